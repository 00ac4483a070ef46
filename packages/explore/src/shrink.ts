import { type Closeness, type Examined, examine, hasFailed } from './failure.js';
import { Kept } from './kept.js';
import type { Lab } from './lab.js';
import { LooseReplay } from './record.js';
import type { ScheduledChoice } from './schedule.js';
import { bounded } from './walks/bounded.js';

export interface ShrinkOptions {
  /** Asked before each try; true ends it where it is */
  stop?(): boolean;
  onProgress?(choices: number, tries: number): void;
  /** Schedules with fewer interruptions that are tried, at most; 0: none */
  fewerMax?: number;
}

export interface Shrunk {
  /** The smallest failing run that was found */
  examined: Examined;
  /** Choices before */
  before: number;
  tries: number;
  /** Proved: without any single one of its choices, the run does not fail in this way. False: it was ended before. */
  minimal: boolean;
  /** Proved: no schedule with fewer interruptions fails in this way. False: that is not known. */
  fewest: boolean;
}

const FEWER_MAX = 2000;

/**
 * Makes a failing schedule small: choices are left out, in pieces from halves down to single ones, as long as the run still fails with the
 * same signature; until, with nothing changed in between, every piece of every size has been tried in vain, single ones at last. So what
 * is left cannot lose any one choice. Of threads, all schedules with fewer interruptions are tried then, if there are not too many.
 * Shrinking it again changes nothing.
 *
 * A. Zeller, R. Hildebrandt, "Simplifying and isolating failure-inducing input" (TSE 2002). Deviations: what a choice belongs to is a
 * process and a count of its own decisions, so that what follows finds its place after a piece is gone; after each success the run is
 * recorded anew, which drops choices that did not come by any more.
 */
export function shrink(lab: Lab, found: Examined, options: ShrinkOptions = {}): Shrunk {
  const signature = found.failure?.signature;
  let tries = 0;
  const attempt = (choices: readonly ScheduledChoice[], closeness?: Closeness): Examined | undefined => {
    tries++;
    const run = examine(lab, new LooseReplay(lab, choices), closeness, false);
    return run.failure?.signature === signature ? run : undefined;
  };
  const stopped = (): boolean => options.stop?.() === true;
  // What is replayed loosely may be a little different already; if it is another failure then, nothing can be done.
  let current = attempt(found.choices);
  const before = found.choices.length;
  if (current === undefined) return { examined: found, before, tries, minimal: false, fewest: false };
  let minimal = false;
  let fewest = false;
  advance(lab, current);
  while (!minimal && !stopped()) {
    const smaller = onePass(current.choices, attempt, stopped);
    options.onProgress?.((smaller ?? current).choices.length, tries);
    if (smaller !== undefined) {
      current = smaller;
      advance(lab, current);
      continue;
    }
    if (stopped()) break;
    const fewer = withFewer(lab, current, options.fewerMax ?? FEWER_MAX, stopped);
    tries += fewer.tries;
    minimal = fewer.run === undefined;
    fewest = fewer.all;
    if (fewer.run !== undefined) current = fewer.run;
  }
  lab.rewind();
  const examined = examine(lab, new LooseReplay(lab, current.choices));
  return { examined, before, tries, minimal, fewest };
}

/** Up to a run's first choice every piece of it is alike; so long it has to be for it to be worth while, and this is left of it. */
const ALIKE_NS = 0.2e9;
const LEFT_NS = 0.05e9;

/** Has the tries begin shortly before the run's first choice. */
function advance(lab: Lab, { firstNs }: Examined): void {
  if (lab.threads.length > 0 || firstNs === undefined || firstNs - lab.beginNs < ALIKE_NS) return;
  lab.advance(firstNs - LEFT_NS);
}

const interruptions = ({ choices }: Examined): number => choices.filter((c) => c.kind === 'preempt').length;

/**
 * Looks for a schedule that fails in the same way with fewer interruptions, or with as many and fewer choices of who runs, where there are few
 * enough to try them all.
 */
function withFewer(
  lab: Lab,
  than: Examined,
  most: number,
  stopped: () => boolean,
): { run: Examined | undefined; all: boolean; tries: number } {
  const fewer = interruptions(than) - 1;
  if (lab.threads.length === 0 || most === 0) return { run: undefined, all: false, tries: 0 };
  const limit = than.choices.some((c) => c.kind === 'run') ? fewer + 1 : fewer;
  if (limit < 0) return { run: undefined, all: true, tries: 0 };
  const searcher = bounded(limit)(lab, 0);
  for (let tries = 1; tries <= most && !stopped(); tries++) {
    const walk = searcher.next();
    if (walk === undefined) return { run: undefined, all: searcher.covers?.(fewer) === true, tries };
    const kept = new Kept(walk);
    if (!hasFailed(lab, lab.attempt(kept))) continue;
    const run = examine(lab, kept.again(), undefined, false);
    if (run.failure?.signature !== than.failure?.signature) continue;
    if (run.choices.length < than.choices.length) return { run, all: false, tries };
  }
  return { run: undefined, all: searcher.covers?.(fewer) === true, tries: most };
}

type Attempt = (choices: readonly ScheduledChoice[]) => Examined | undefined;

/** Leaves out pieces of all sizes; returns the first run that still fails so, undefined if there is none. */
function onePass(
  choices: readonly ScheduledChoice[],
  attempt: Attempt,
  stopped: () => boolean,
): Examined | undefined {
  for (let size = choices.length; size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < choices.length; from += size) {
      if (stopped()) return undefined;
      const rest = [...choices.slice(0, from), ...choices.slice(from + size)];
      const run = attempt(rest);
      if (run !== undefined && run.choices.length < choices.length) return run;
    }
  }
  return undefined;
}
