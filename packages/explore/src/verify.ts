import { unlessCut } from './cut.js';
import { type Examined, examine } from './failure.js';
import type { Lab } from './lab.js';
import type { NoveltyReport } from './novelty.js';
import { LooseReplay } from './record.js';
import type { Schedule, ScheduledChoice } from './schedule.js';
import { type Died, search, type SearchOptions } from './search.js';
import { stallPlaces, stallsIn } from './stall-places.js';
import { boundedPlan, sampled } from './walks/index.js';

/** How a schedule that failed goes with the change. */
export interface ReplayedWith {
  /** How it ended before */
  was: string;
  /** How it ends now, by signature; undefined: in order */
  now: string | undefined;
  /** Its time was over before it ended, which is no failure of a load from power-on */
  cut: boolean;
  /** How many of its choices came by, of how many */
  made: number;
  choices: number;
}

export interface Verdict {
  replayed: ReplayedWith[];
  /** Schedules that differ a little from those */
  around: number;
  /** What was tried of all schedules, fewest preemptions first; undefined if it failed before */
  systematic:
    | { tries: number; covered: string | undefined; exhausted: boolean; complete: boolean }
    | undefined;
  /** Schedules by chance, and what they leave */
  sampled: NoveltyReport | undefined;
  /** A failure with the change: then it has not survived */
  failed: Examined | undefined;
  /**
   * The failure has the signature of one of the schedules that it was to cure: the change has only moved the
   * window
   */
  moved: boolean;
  /** Units that workers died of: nothing is known of them */
  died: Died[];
  /** Ctrl-C: it has not come to its end */
  interrupted: boolean;
}

export interface VerifyOptions
  extends Pick<SearchOptions, 'seed' | 'schedules' | 'host' | 'crew' | 'onProgress'> {
  /**
   * A lab with the kernel of the failing schedules, in its checked form, made when it is wanted: it tells
   * where a processor stood. Without it stalls are made at the steps of the same numbers
   */
  original?: () => Lab;
}

/** A preemption is moved by so many of its process's own points, either way. */
const SHIFT_MAX = 4;
/** Of the schedules that it may try, a half goes to each of the two ways. */
const SYSTEMATIC_SHARE = 0.5;

/**
 * Judges a change: `lab` has it, `failing` are schedules that fail without it. They are replayed, process by
 * process, as far as their choices still come by (a processor stands at the same place, not at the step of
 * the same number); so are schedules that differ from them a little; then all schedules are tried, those with
 * the fewest preemptions first, and schedules by chance.
 */
export async function verify(
  lab: Lab,
  failing: readonly Schedule[],
  options: VerifyOptions,
): Promise<Verdict> {
  const verdict: Verdict = {
    replayed: [],
    around: 0,
    systematic: undefined,
    sampled: undefined,
    failed: undefined,
    moved: false,
    died: [],
    interrupted: false,
  };
  const { host } = options;
  const stopped = async (): Promise<boolean> => {
    await host.turn();
    verdict.interrupted = host.stop?.() === true;
    return verdict.interrupted;
  };
  const before = new Set(failing.map((schedule) => schedule.ended));
  const givenUp = host.cut?.bind(host);
  /** Ctrl-C has come in the middle of a run: what it would have shown is not known. */
  const interrupted = (): Verdict => {
    verdict.interrupted = true;
    return finished();
  };
  const fails = (run: Examined): boolean => {
    if (run.failure === undefined) return false;
    verdict.failed = run;
    return true;
  };
  const finished = (): Verdict => {
    const signature = verdict.failed?.failure?.signature;
    const again = verdict.replayed.some((r) => r.now !== undefined);
    verdict.moved = signature !== undefined && !again && before.has(signature);
    return verdict;
  };
  const moved: ScheduledChoice[][] = [];
  for (const schedule of failing) {
    if (await stopped()) return finished();
    const { choices, ended: was } = schedule;
    const made = unlessCut(givenUp, () => {
      const mapped = mappedTo(lab, choices, options.original);
      const decider = new LooseReplay(lab, mapped);
      return { mapped, decider, run: examine(lab, decider) };
    });
    if (made === undefined) return interrupted();
    const { mapped, decider, run } = made.is;
    moved.push(mapped);
    const now = run.failure?.signature;
    const cut = now === undefined && run.attempt.ended === 'time';
    verdict.replayed.push({ was, now, cut, made: decider.made, choices: choices.length });
    if (fails(run)) return finished();
  }
  for (const choices of moved)
    for (const near of neighbours(choices)) {
      if (await stopped()) return finished();
      const run = unlessCut(givenUp, () => examine(lab, new LooseReplay(lab, near), undefined, false));
      if (run === undefined) return interrupted();
      verdict.around++;
      if (fails(run.is)) {
        verdict.failed = examine(lab, new LooseReplay(lab, near));
        return finished();
      }
    }
  await everywhere(lab, options, verdict);
  return finished();
}

/** The choices with their stalls at the places where they were made. */
function mappedTo(
  lab: Lab,
  choices: readonly ScheduledChoice[],
  original: (() => Lab) | undefined,
): ScheduledChoice[] {
  if (original === undefined || choices.every(({ kind }) => kind !== 'stall')) return [...choices];
  return stallsIn(lab, choices, stallPlaces(original(), choices));
}

/** Tries all schedules, then some by chance. */
async function everywhere(
  lab: Lab,
  { original: _, ...options }: VerifyOptions,
  verdict: Verdict,
): Promise<void> {
  const systematic = await search(lab, {
    ...options,
    plan: boundedPlan(),
    schedules: Math.max(1, Math.round(options.schedules * SYSTEMATIC_SHARE)),
  });
  const { tries, covered, exhausted, complete, interrupted, died } = systematic;
  verdict.systematic = { tries, covered, exhausted, complete };
  verdict.failed = systematic.found;
  verdict.died = died;
  verdict.interrupted = interrupted;
  if (systematic.found !== undefined || tries >= options.schedules || interrupted || died.length > 0) return;
  const rest = await search(lab, {
    ...options,
    plan: sampled,
    schedules: options.schedules - tries,
    novelty: true,
  });
  verdict.sampled = rest.novelty;
  verdict.failed = rest.found;
  verdict.died = rest.died;
  verdict.interrupted = rest.interrupted;
}

/** Schedules that lack a choice, or have a preemption a little earlier or later. */
export function* neighbours(choices: readonly ScheduledChoice[]): Generator<ScheduledChoice[]> {
  for (let i = 0; i < choices.length; i++) {
    yield choices.filter((_, j) => j !== i);
    const choice = choices[i]!;
    if (choice.kind !== 'preempt') continue;
    for (let shift = -SHIFT_MAX; shift <= SHIFT_MAX; shift++) {
      const own = choice.own + shift;
      if (shift === 0 || own < 0) continue;
      yield choices.map((c, j) => (j === i ? { ...c, own } : c));
    }
  }
}
