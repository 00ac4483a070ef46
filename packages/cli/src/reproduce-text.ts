import {
  type Absent,
  DEFAULT_BACKGROUND,
  type Difference,
  type Equivalence,
  type Load,
  type Reproduction,
  type RunOutcome,
} from '@trap12/explore';
import type { Report } from '@trap12/report';
import { DEFAULT_OPTIONS } from '@trap12/system';
import type { ReproduceFlags } from './reproduce-search.js';
import { shellWord, sizeText } from './words.js';

/** What was run, and beside what. */
export function loadText({ command, background, from }: Load): string {
  const beside = background.name === 'none' ? 'nothing beside it' : `background load: ${background.name}`;
  return `load: ${command} (${from === 'report' ? "the report's recipe" : 'as given'}, ${beside})`;
}

/** Commands of the report that are not run, and why. */
export const leftLines = ({ left = [] }: Pick<Load, 'left'>): string[] =>
  left.map(({ text, because }) => `not run of the report: ${text} (${because})`);

/** The command that makes the same run again. */
export function replayText(
  path: string,
  { seed, look, result }: Pick<RunOutcome, 'seed' | 'look' | 'result'>,
  locking: string,
  flags: ReproduceFlags,
): string {
  const { ram, ncpu, swap, seconds, strategy } = flags;
  const words = [
    `trap12 reproduce --seed ${seed} --ram ${sizeText(ram)} --ncpu ${ncpu} --swap ${sizeText(swap)}`,
    `--locking ${locking} --seconds ${seconds} ${look ? '--looks 1' : `--looks 0 --strategy ${strategy}`}`,
  ];
  if (flags.diskErrors > 0) words.push(`--disk-errors ${flags.diskErrors}`);
  // Without it the search goes on behind a panic that is not the report's.
  if (result !== 'same') words.push('--any');
  return `replay: ${[...words, ...workWords(flags, path)].join(' ')}`;
}

/** Words of a command that say what is to be run, with what, and for which report. */
function workWords({ suspect, load, background, program, patch }: ReproduceFlags, path: string): string[] {
  return [
    ...(suspect === undefined ? [] : [`--suspect ${shellWord(suspect)}`]),
    ...(load === undefined ? [] : [`--load ${shellWord(load)}`]),
    ...(background === DEFAULT_BACKGROUND ? [] : [`--background ${background}`]),
    ...program.map((file) => `--program ${shellWord(file)}`),
    ...patch.map((file) => `--patch ${shellWord(file)}`),
    // What came by standard input has to be named by who gives the command.
    path === '-' ? 'REPORT' : shellWord(path),
  ];
}

/** Nobody is kept waiting where nobody says who: then the panic is left to the seeds alone. */
export const unnamedLines = (report: Report, suspect: string | undefined): string[] =>
  suspect === undefined && report.process?.value.name === undefined
    ? ['nobody is kept waiting: the report names no process (--suspect NAME does)']
    : [];

/** Nobody was kept waiting, and who could have been. */
export const absentText = ({ others }: Absent): string =>
  `no process of that name ran; accepted: ${others.join(', ')}`;

/** Of a run whose suspect was none of its processes: it was like any other. */
export const absentLines = ({ absent }: RunOutcome): string[] =>
  absent === undefined ? [] : [`nobody was kept waiting: ${absent.name}: ${absentText(absent)}`];

/** The load is not as it was meant, if so many seeds end with the same complaint. */
const COMPLAINTS = 3;

/** What somebody who waits for a search should know at once of its last outcome; mostly nothing. */
export function noteOn(outcomes: readonly RunOutcome[]): string | undefined {
  const last = outcomes.at(-1)!;
  const isFirst = (is: (each: RunOutcome) => boolean): boolean =>
    outcomes.findIndex(is) === outcomes.length - 1;
  const absent = isFirst((each) => each.absent !== undefined) ? absentLines(last) : [];
  if (isFirst(({ result }) => result === 'near')) {
    const but = last.differences.map(({ what }) => what).join(', ');
    const goesOn = 'the search goes on for one that is the same';
    return [`seed ${last.seed} died the same but for ${but}; ${goesOn}`, ...absent].join('; ');
  }
  if (absent.length > 0) return `seed ${last.seed}: ${absent[0]}`;
  const alike = outcomes.every(
    ({ result, title, status }) => result === 'ended' && status !== 0 && title === last.title,
  );
  if (alike && outcomes.length === COMPLAINTS)
    return `the first ${COMPLAINTS} seeds all ended with status ${last.status}, ${last.title}: is the load as it was meant?`;
  return undefined;
}

export function differenceLines(differences: readonly Difference[], indent: string): string[] {
  return differences.map(({ what, because }) => `${indent}${what}: ${because}`);
}

export function equivalenceLines(equivalences: readonly Equivalence[]): string[] {
  if (equivalences.length === 0) return [];
  return [
    'taken to be the same by rule (docs/reproduce.md):',
    ...equivalences.map(({ rule, wanted, got }) => `    ${rule}: ${wanted} and ${got}`),
  ];
}

const NUMBER = /\d+(?:\.\d+)?/g;

/** What makes outcomes alike. Of a program's last words numbers are none of it: times and rates, mostly. */
const kindOf = ({ title, result, status, differences }: RunOutcome): string =>
  result === 'ended'
    ? `${status} ${title.replace(NUMBER, 'N')}`
    : [title, ...differences.map(({ because }) => because)].join('\n');

/** A title with N for each number that is another one in another title of the same kind. */
function sharedTitle(title: string, others: readonly string[]): string {
  const numbers = others.map((other) => other.match(NUMBER) ?? []);
  let i = -1;
  return title.replace(NUMBER, (own) => {
    i++;
    return numbers.every((theirs) => theirs[i] === own) ? own : 'N';
  });
}

/** Outcomes of one kind that are alike in title and reasons, the most frequent first. */
function tallied(outcomes: readonly RunOutcome[]): RunOutcome[][] {
  const groups = new Map<string, RunOutcome[]>();
  for (const each of outcomes) {
    const group = groups.get(kindOf(each));
    if (group === undefined) groups.set(kindOf(each), [each]);
    else group.push(each);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length);
}

function tallyLines(outcomes: readonly RunOutcome[]): string[] {
  const lines = tallied(outcomes).map((alike) => {
    const [first, ...others] = alike as [RunOutcome, ...RunOutcome[]];
    const titles = others.map(({ title }) => title);
    return { first, title: sharedTitle(first.title, titles), n: alike.length };
  });
  return lines.flatMap(({ first, title, n }) => [
    `${String(n).padStart(6)}  ${title}${first.differences.length === 0 ? '' : ` (seed ${first.seed})`}`,
    ...differenceLines(first.differences, '            '),
  ]);
}

/**
 * What happened instead, counted, and in words why none of it was the panic of the report; what comes nearest
 * is first.
 */
export function instead(report: Report, result: Reproduction, stopped: boolean): string[] {
  const { outcomes } = result;
  const near = outcomes.filter((each) => each.result === 'near');
  const rest = outcomes.filter((each) => each.result !== 'near');
  const lines = [
    `${report.title}: not reproduced in ${outcomes.length} run${outcomes.length === 1 ? '' : 's'}${stopped ? ' (interrupted)' : ''}`,
  ];
  if (near.length > 0) lines.push('the same but for:', ...tallyLines(near));
  if (rest.length > 0) lines.push('what came instead, and why it is not the same:', ...tallyLines(rest));
  return lines;
}

/**
 * What else may be tried where one locking regime was searched, and none of its runs died the report's death:
 * the holes of another week are in another regime.
 * @param searched the regime; with switches changed it is somebody's own, who knows of the others
 */
export function othersLines(
  searched: string,
  known: readonly string[],
  path: string,
  flags: ReproduceFlags,
): string[] {
  if (!known.includes(searched)) return [];
  const others = known.filter((name) => name !== searched);
  // What the report tells of its machine is told there, too.
  const { given, ram, ncpu, swap, diskErrors } = flags;
  const machine = [
    ...(given?.ram === false ? [] : [`--ram ${sizeText(ram)}`]),
    ...(given?.ncpu === false ? [] : [`--ncpu ${ncpu}`]),
    ...(swap === DEFAULT_OPTIONS.swapBytes ? [] : [`--swap ${sizeText(swap)}`]),
    ...(diskErrors > 0 ? [`--disk-errors ${diskErrors}`] : []),
  ];
  const words = ['trap12 reproduce --regimes all', ...machine, ...workWords(flags, path)];
  return [`only ${searched} was searched; the other regimes (${others.join(', ')}): ${words.join(' ')}`];
}

/** Regimes that were not searched, as Ctrl-C came before. */
export const unsearchedLines = (list: readonly string[]): string[] =>
  list.map((locking) => `${locking}: not searched (interrupted)`);

/** How a regime did, in one line. @param stopped Ctrl-C came before its end */
export function regimeLine(locking: string, { outcomes, found }: Reproduction, stopped = false): string {
  const last = outcomes.at(-1);
  if (found?.same === true)
    return `${locking}: died as the report says, seed ${found.seed}, after ${last!.seconds.toFixed(2)} virtual seconds`;
  const deaths = outcomes.filter(({ result }) => result === 'near' || result === 'other');
  const end = stopped ? ' (interrupted)' : '';
  const runs = `${outcomes.length} run${outcomes.length === 1 ? '' : 's'}${end}`;
  if (deaths.length === 0) return `${locking}: no panic in ${runs}`;
  const near = deaths.filter(({ result }) => result === 'near').length;
  return `${locking}: ${deaths.length} other panic${deaths.length === 1 ? '' : 's'} in ${runs}${near > 0 ? `, ${near} of them nearly the same` : ''}`;
}
