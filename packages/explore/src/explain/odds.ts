import type { Decider, Decision } from '@trap12/machine';
import { Prng } from '@trap12/machine';
import { unlessCut } from '../cut.js';
import { type Examined, hasFailed } from '../failure.js';
import type { Attempt, Lab } from '../lab.js';
import { StrictReplay } from '../record.js';
import type { WalkMaker } from '../walks/index.js';

/** How likely the failure was at a moment of the failing run, had it gone on by chance from there. */
export interface Odds {
  /** Decisions about processes that were made as in the failing run */
  decisions: number;
  /** Events of the failing run that had happened by then */
  events: number;
  failed: number;
  tries: number;
}

export interface OddsOptions {
  /** How the run goes on */
  walk: WalkMaker;
  seed: number;
  /** Continuations from each moment */
  tries: number;
  /** At most so many moments, evenly over the run */
  moments: number;
  /** Asked before each continuation, and in the middle of it; true ends it */
  stop?(): boolean;
  /** Lets the host's own events have their turn before each */
  turn?(): Promise<void>;
}

/** Makes the choices of a run for a number of decisions, then leaves them to somebody else. */
export class Handover implements Decider {
  private made = 0;

  constructor(
    private readonly first: Decider,
    private readonly count: number,
    private readonly then: Decider,
  ) {}

  nextStall(from: number): number | undefined {
    return (this.made < this.count ? this.first : this.then).nextStall?.(from);
  }

  decide(decision: Decision): number {
    const { kind } = decision;
    // Chance is chance from the moment on; what is no decision about processes goes with them.
    const still = this.made < this.count;
    if (still && (kind === 'preempt' || kind === 'run')) this.made++;
    return (still ? this.first : this.then).decide(decision);
  }
}

/**
 * What can be told of a failure without looking closely: how the try ended, and the message without its
 * numbers.
 */
function roughly({ ended, console }: Attempt): string {
  const message = /^(?:panic: |Fatal ).*$/m.exec(console)?.[0] ?? '';
  return `${ended} ${message.replace(/(?:0x)?[0-9a-f]*\d[0-9a-f]*/g, '#')}`;
}

/**
 * Draws the odds of the failure over the failing run: from each moment the run is continued by chance, again
 * and again, and the failures of the same kind are counted. Where they jump, the failure became likely; where
 * they reach all, nothing could prevent it any more.
 * @returns whole: it was not stopped before the end of the run
 */
export async function odds(
  lab: Lab,
  found: Examined,
  options: OddsOptions,
): Promise<{ odds: Odds[]; whole: boolean }> {
  const events = found.log?.events ?? [];
  const base = lab.decisionsAtStart;
  // Between two events nothing has happened that anybody could be told of.
  const moments = [0, ...new Set(events.map((e) => e.decisions - base))].sort((a, b) => a - b);
  const step = Math.max(1, Math.ceil(moments.length / options.moments));
  const wanted = roughly(found.attempt);
  const seeds = new Prng(options.seed);
  const out: Odds[] = [];
  for (let m = 0; m < moments.length; m += step) {
    const decisions = moments[m]!;
    const seed = seeds.below(0x7fff_ffff);
    let failed = 0;
    for (let i = 0; i < options.tries; i++) {
      await options.turn?.();
      if (options.stop?.() === true) return { odds: out, whole: false };
      const walk = options.walk(lab, seed, i);
      const then = new Handover(new StrictReplay(lab, found.choices), decisions, walk);
      const attempt = unlessCut(options.stop, () => lab.attempt(then))?.is;
      if (attempt === undefined) return { odds: out, whole: false };
      if (hasFailed(lab, attempt) && roughly(attempt) === wanted) failed++;
    }
    const before = events.filter((e) => e.decisions - base <= decisions).length;
    out.push({ decisions, events: before, failed, tries: options.tries });
  }
  return { odds: out, whole: true };
}

/** The moment over which the odds rise most: from out[i - 1] to out[i]; undefined if they never rise. */
export function jump(all: readonly Pick<Odds, 'failed' | 'tries'>[]): number | undefined {
  let best: number | undefined;
  let most = 0;
  for (let i = 1; i < all.length; i++) {
    const rise = all[i]!.failed / all[i]!.tries - all[i - 1]!.failed / all[i - 1]!.tries;
    if (rise > most) {
      most = rise;
      best = i;
    }
  }
  return best;
}
