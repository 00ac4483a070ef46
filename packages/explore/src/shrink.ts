import { type Closeness, type Examined, examine } from './failure.js';
import type { Lab } from './lab.js';
import { LooseReplay } from './record.js';
import type { ScheduledChoice } from './schedule.js';

export interface ShrinkOptions {
  /** Asked before each try; true ends it where it is */
  stop?(): boolean;
  onProgress?(choices: number, tries: number): void;
}

export interface Shrunk {
  /** The smallest failing run that was found */
  examined: Examined;
  /** Choices before */
  before: number;
  tries: number;
  /** Proved: without any single one of its choices, the run does not fail in this way. False: it was ended before. */
  minimal: boolean;
}

/**
 * Makes a failing schedule small: choices are left out, in pieces from halves down to single ones, as long as the run still fails with the
 * same signature; until, with nothing changed in between, every piece of every size has been tried in vain, single ones at last. So what
 * is left cannot lose any one choice, and shrinking it again changes nothing.
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
    const run = examine(lab, new LooseReplay(lab.system, choices), closeness, false);
    return run.failure?.signature === signature ? run : undefined;
  };
  const stopped = (): boolean => options.stop?.() === true;
  // What is replayed loosely may be a little different already; if it is another failure then, nothing can be done.
  let current = attempt(found.choices);
  if (current === undefined) return { examined: found, before: found.choices.length, tries, minimal: false };
  let minimal = false;
  while (!minimal && !stopped()) {
    const smaller = onePass(current.choices, attempt, stopped);
    options.onProgress?.((smaller ?? current).choices.length, tries);
    minimal = smaller === undefined && !stopped();
    if (smaller !== undefined) current = smaller;
  }
  const examined = examine(lab, new LooseReplay(lab.system, current.choices));
  return { examined, before: found.choices.length, tries, minimal };
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
