import { placeText } from '../places.js';
import type { Fate, Moment } from './fate.js';
import { wrapped } from './text.js';
import { whoText } from '../processes.js';

const WIDTH = 80;
const BAR = 10;

/**
 * The odds of a failure over its run, and the moment of no return, for people.
 * @param diedNs when the process died, if that is known: what comes behind is the kernel's death alone
 */
export function fateText(fate: Fate | undefined, diedNs = Number.POSITIVE_INFINITY): string[] {
  if (fate === undefined) return [];
  const { moments, endNs, noReturn } = fate;
  if (moments.length === 0)
    return [...cutText(fate, 'How likely it was to fail so is not known: ').flatMap(wrapped), ''];
  const [first] = moments as [Moment];
  const last = moments.at(-1)!;
  const tries = moments.map((moment) => moment.tries);
  const [fewest, most] = [Math.min(...tries), Math.max(...tries)];
  const runs = `${most} runs from each moment${fewest < most ? `, or ${fewest} where these all passed` : ''}`;
  const out = [
    `How likely it was to fail so, had it gone on by chance (${runs}; one passes if it does not fail so until ${((endNs - last.ns) / 1e6).toFixed(1)} ms behind the last of these moments, and may fail later):`,
    '',
    '         us',
  ];
  moments.forEach((moment, i) => {
    const p = moment.failed / moment.tries;
    const mark = moment.ns >= diedNs ? '  (dead)' : i === noReturn ? '  <- no return' : '';
    const head = `${us(moment, first).padStart(11)}  ${`${Math.round(100 * p)} %`.padStart(5)} ${'#'.repeat(Math.round(p * BAR)).padEnd(BAR)} `;
    out.push(`${head}${whereText(moment)}`.slice(0, WIDTH - mark.length).trimEnd() + mark);
  });
  return [
    ...out.flatMap((line, i) => (i === 0 ? wrapped(line) : [line])),
    '',
    ...endText(fate).flatMap(wrapped),
    ...cutText(fate, 'Not all of its moments were looked at: ').flatMap(wrapped),
    '',
  ];
}

/** Why moments are lacking, if it was ended before all were looked at. */
function cutText({ moments, ended }: Fate, head: string): string[] {
  if (ended === undefined) return [];
  const { by, runs, ns, tries, wanted } = ended;
  const why = by === 'time' ? 'its time was over' : 'it was interrupted';
  const [first] = moments;
  const where =
    first === undefined
      ? `the first one, ${(ns / 1e9).toFixed(6)} s`
      : `the next one, ${us(ended, first)} us`;
  const made = `at ${where}, ${tries} of at most ${wanted} were made`;
  return [`${head}${why} after ${runs} run${runs === 1 ? '' : 's'}; ${made}.`];
}

const us = (moment: Pick<Moment, 'ns'>, first: Moment): string => ((moment.ns - first.ns) / 1000).toFixed(2);

function whereText({ process, pid, place }: Moment): string {
  const who = pid < 0 ? process : `${process}/${pid}`;
  return place === undefined ? who : `${who} in ${place.function}:${place.line}`;
}

/** The least of the odds at some moments. */
const leastOf = (moments: readonly Moment[]): number =>
  Math.min(...moments.map(({ failed, tries }) => failed / tries));

/** More than this share is said to be likely. */
const LIKELY = 0.8;

/** The first moment from which on it was likely already; undefined: none before the moment of no return. */
function likelyFrom(moments: readonly Moment[], noReturn: number): number | undefined {
  const at = moments.findIndex((_, i) => leastOf(moments.slice(i)) > LIKELY);
  return at >= 0 && at < noReturn ? at : undefined;
}

function endText({ moments, noReturn, exact, jump, ended }: Fate): string[] {
  const percent = ({ failed, tries }: Moment): string => `${failed} of ${tries}`;
  if (noReturn === undefined) {
    const certain = moments.every(({ failed, tries }) => failed === tries);
    // The last of the failing run is looked at behind the first: without both neither is said.
    if (ended !== undefined && moments.length < 2) return ['Where the moment of no return is, is not known.'];
    return [
      certain
        ? 'The moment of no return is before the first of these: all runs failed.'
        : 'There is no moment of no return: up to the last of these some runs passed.',
    ];
  }
  const [before, there] = [moments[noReturn - 1]!, moments[noReturn]!];
  const { place, chosen } = there;
  const when =
    chosen === undefined
      ? `when ${whoText(there)} runs`
      : `when ${whoText(chosen)} is chosen to run behind ${whoText(there)}`;
  const out = [
    `The moment of no return: ${us(there, moments[0]!)} us, ${when}; before it ${percent(before)} runs failed, from it on all.`,
  ];
  if (place !== undefined) out.push(`      in ${placeText(place)}`);
  const likely = likelyFrom(moments, noReturn);
  if (likely !== undefined)
    out.push(
      `  Already from ${us(moments[likely]!, moments[0]!)} us on at least ${Math.floor(100 * leastOf(moments.slice(likely)))} % failed.`,
    );
  if (!exact)
    out.push(`      (or between that and ${us(before, moments[0]!)} us: it was not looked at more closely)`);
  if (jump !== undefined && jump !== noReturn) {
    const [low, high] = [moments[jump - 1]!, moments[jump]!];
    out.push(
      `  The odds rose most at ${us(high, moments[0]!)} us, from ${percent(low)} to ${percent(high)}: ${whereText(high)}.`,
    );
  }
  return out;
}
