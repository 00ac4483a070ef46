import type {
  Died,
  KeyReport,
  Progress,
  RaceReport,
  SearchResult,
  Shrunk,
  StaleReport,
  WrongMapping,
} from '@trap12/explore';
import { keysText, racesText, staleText, wrapped, wrongMappingText } from '@trap12/explore';
import type { JUnitSuite } from './junit.js';

/** Runs by chance from each moment of a command's failing run, unless it is said otherwise. */
export const COMMAND_ODDS = 10;

export const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

const rate = ({ tries, seconds }: Progress): string => `${Math.round(tries / Math.max(seconds, 0.001))}/s`;

/** How many schedules there were, and how fast. */
export const summaryOf = (progress: Progress): string =>
  `${count(progress.tries, 'schedule')} in ${progress.seconds.toFixed(1)} s (${rate(progress)})`;

/** A share of `of` tries; what none of them showed is below one in so many. */
export const share = (p: number, of: number): string =>
  p === 0 ? `below ${percent(1 / of)}` : `about ${percent(p)}`;

export const percent = (p: number): string => `${(100 * p).toFixed(p < 0.01 ? 3 : 1)} %`;

/** How far a search is, in a line: schedules, rate, failures, coverage, estimate. */
export function progressLine(progress: Progress): string {
  const { tries, failures, covered, estimate } = progress;
  const parts = [count(tries, 'schedule'), rate(progress)];
  if (failures > 0) parts.push(`${failures} failed`);
  if (estimate !== undefined) parts.push(`something new in the next: ${share(estimate, Math.max(tries, 1))}`);
  if (covered !== undefined) parts.push(covered);
  return parts.join(', ');
}

/** Units that workers died of. */
export function diedText(died: readonly Died[]): string[] {
  return died.flatMap(({ unit: { strategy, seed, first, count: n, prefixes }, says }) => [
    `a worker died, and another one of the same: ${says}`,
    prefixes === undefined
      ? `    ${strategy}, seed ${seed}, schedules ${first + 1} to ${first + n}`
      : `    ${strategy}, ${count(n, 'schedule')} from choices ${[...prefixes[0]!.choices].map((c) => c.charCodeAt(0)).join(' ')} on`,
  ]);
}

/** What --races has seen. */
export interface Seen {
  races: readonly RaceReport[];
  stale: readonly StaleReport[];
  mappings: readonly WrongMapping[];
  keys: readonly KeyReport[];
}

export const isWrong = (seen: Seen | undefined): boolean =>
  seen !== undefined &&
  (seen.stale.length > 0 ||
    seen.mappings.length > 0 ||
    seen.keys.length > 0 ||
    seen.races.some((race) => race.judgement === 'unprotected'));

export function racesLines(seen: Seen | undefined): string[] {
  if (seen === undefined) return [];
  const { races, stale, mappings, keys } = seen;
  const none = isWrong(seen)
    ? []
    : ['no access was seen that lacks a lock, and no stale or wrong translation'];
  const lines = [
    ...none,
    ...stale.flatMap((each) => [...staleText(each), '']),
    ...mappings.flatMap((each) => [...wrongMappingText(each), '']),
    ...keysText(keys),
    ...racesText(races),
  ];
  return ['', ...lines.flatMap(wrapped)];
}

/** Failures by signature, where a search went on behind the first. */
export function bucketsText({ buckets, tries }: SearchResult): string[] {
  if (buckets.length === 0) return [];
  return [
    '',
    `Failures by signature, of ${count(tries, 'schedule')}:`,
    ...buckets.map(({ times, title, after }) => `${String(times).padStart(8)}  ${title} (first: ${after})`),
  ];
}

/** What shrinking has come to, for people. */
export function shrunkText({ before, tries, minimal, fewest, examined, endNs }: Shrunk): string[] {
  // Where that is told, what is known of the choices follows, and says so itself.
  if (before === 0) return [];
  const end = minimal || examined.choices.length === 0 ? '' : ' (not to the end)';
  const made = tries === 1 ? '1 try' : `${tries} tries`;
  const out = [`${count(before, 'choice')}, shrunk to ${examined.choices.length} in ${made}${end}`];
  if (fewest) out.push('with fewer interruptions at locks and sleeps it does not fail so');
  if (minimal && examined.choices.some(({ hold }) => hold !== undefined))
    out.push(
      `without ${examined.choices.length === 1 ? 'it' : 'one of them'}, or with the next shorter wait, it does not fail so (by ${(endNs / 1e9).toFixed(3)} virtual seconds)`,
    );
  return out;
}

/** The same as plain data. */
export function shrunkJson({ before, tries, minimal, fewest, examined, endNs }: Shrunk): object {
  return { tries, choicesBefore: before, choices: examined.choices.length, minimal, fewest, endNs };
}

/** A search as a suite of JUnit's: a case a signature that failed, and one for the search as a whole. */
export function suiteOfSearch(name: string, result: SearchResult, text: string): JUnitSuite {
  const { buckets, died } = result;
  const whole = `${count(result.tries, 'schedule')}${result.covered === undefined ? '' : `; ${result.covered}`}`;
  const cases = buckets.map(({ title, times, after }, i) => ({
    name: title,
    failure: {
      message: `${count(times, 'schedule')} failed so, the first was number ${after}`,
      text: i === 0 ? text : '',
    },
  }));
  const dead = died.map((each) => ({
    name: 'a worker that died',
    failure: { message: each.says, text: diedText([each]).join('\n') },
  }));
  const end = result.interrupted ? '; interrupted' : '';
  const none = cases.length + dead.length === 0 ? [{ name: `no schedule failed: ${whole}${end}` }] : [];
  return { name, cases: [...none, ...cases, ...dead], seconds: result.seconds };
}
