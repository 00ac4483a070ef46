import {
  causeOf,
  causeText,
  CHANCES,
  commandPair,
  type Examined,
  explain,
  explanationText,
  type Fate,
  fateOf,
  fateText,
  keysText,
  type Lab,
  type Mark,
  missedWakeups,
  missedWakeupsText,
  pairText,
  RaceWatch,
  staleText,
  StrictReplay,
  unlessCut,
  wrapped,
  wrongMappingText,
} from '@trap12/explore';
import { COMMAND_ODDS, type Seen } from './explore-text.js';
import { type LOST, lostLines } from './found-run.js';
import { labOf, type Subject } from './subject.js';
import type { Stage } from './progress.js';
import type { SearchHost } from './work/host.js';

export { COMMAND_ODDS };
/** Runs by chance from each moment of a failing run of threads, by default. */
export const THREADS_ODDS = 50;

/** What an explanation needs beside the run. */
export interface Around {
  /** The subject with the kernel's checked form; undefined: Ctrl-C came before it was there */
  checked: Subject | undefined;
  host: SearchHost;
  /** What was seen of races in it, if somebody has looked */
  seen?: Seen | undefined;
  seed: number;
  /** Runs by chance from each moment; undefined: as many as usual */
  tries?: number;
  /** Where it is said what is done */
  stage?: Stage;
}

/** All that is said of a failing run. */
export interface Explained {
  text: string[];
  fate?: Fate | undefined;
  /** What the text names, in order of time */
  marks: readonly Mark[];
}

/** All that is said of a failing run: what met, the choices, the lanes, and how likely it was throughout. */
export async function explained(lab: Lab, examined: Examined, around: Around): Promise<Explained> {
  const { checked, host, seen, seed } = around;
  const walk = CHANCES.random!;
  const { stop } = host;
  let turns = 0;
  const turn = (): Promise<void> => {
    turns++;
    around.stage?.look();
    return host.turn();
  };
  around.stage?.at(() => 'looking at what met, step by step');
  if (lab.threads.length > 0) {
    const explanation = await explain(lab, examined, {
      ...{ walk, seed, stop, turn, tries: around.tries ?? THREADS_ODDS },
      ...(checked === undefined ? {} : { checked: () => labOf(checked) }),
    });
    return { text: explanationText(explanation), marks: explanation.pair?.marks ?? [] };
  }
  const tries = around.tries ?? COMMAND_ODDS;
  if (checked === undefined) return { text: lostText(['clashes'], tries), marks: [] };
  const known: string[] = [];
  for (const look of looks(checked, examined, seen)) {
    // Each is many seconds of the host's.
    await turn();
    const found = unlessCut(stop, look);
    if (found === undefined)
      return { text: [...known.flatMap(wrapped), ...lostText(['clashes'], tries)], marks: [] };
    known.push(...found.is);
  }
  await turn();
  const met = unlessCut(stop, () => commandPair(lab, () => labOf(checked), examined));
  if (met === undefined)
    return { text: [...known.flatMap(wrapped), ...lostText(['clashes'], tries)], marks: [] };
  const marks = met.is?.marks ?? [];
  const text = [...known, ...pairText(met.is)].flatMap(wrapped);
  if (tries === 0) return { text, marks };
  turns = 0;
  around.stage?.at(() => `looking for the moment of no return: run ${turns}`);
  await turn();
  const fate = host.interrupted ? undefined : await fateOf(lab, examined, { walk, seed, tries, turn, stop });
  const told = fate === undefined ? lostText([], tries) : fateText(fate);
  return { text: [...text, ...told], fate, marks };
}

/** What Ctrl-C has left unknown. @param tries runs from each moment that were wanted */
const lostText = (lost: readonly (keyof typeof LOST)[], tries: number): string[] =>
  lostLines({ lost: tries === 0 ? lost : [...lost, 'fate'] });

/**
 * What can be known of a command's failure, one after the other: translations that were stale in it and locks
 * that were lacking; wakeups that were lost, what a process died over. Each makes the run anew.
 */
function* looks(
  checked: Subject,
  examined: Examined,
  seen: Seen | undefined,
): Generator<() => string[], void> {
  let made: Lab | undefined;
  const observed = (): Lab => (made ??= labOf(checked));
  yield () => {
    const { stale, mappings, keys } = seen ?? seenIn(observed(), examined);
    return [
      ...stale.flatMap((each) => [...staleText(each), '']),
      ...mappings.flatMap((each) => [...wrongMappingText(each), '']),
      ...keysText(keys),
    ];
  };
  const { ended } = examined.attempt;
  if (ended === 'time') yield () => missedWakeupsText(missedWakeups(observed(), examined.choices));
  if (ended === 'panic') yield () => causeText(causeOf(observed(), examined.choices));
}

/** Makes the failing run once more and watches its accesses. */
function seenIn(lab: Lab, { choices }: Examined): Seen {
  const watch = new RaceWatch(lab.system);
  try {
    lab.attempt(new StrictReplay(lab, choices), watch);
  } finally {
    watch.end();
  }
  watch.told();
  return seenBy(watch);
}

/** What somebody has seen who looked on at races. */
export const seenBy = ({ races, stale, mappings, keys }: RaceWatch): Seen => ({
  races,
  stale,
  mappings,
  keys,
});
