import { Prng } from '@trap12/machine';
import { decideHolds } from './holds.js';
import type { StrategyMaker } from './strategy.js';

/** How often the process is kept waiting, of the occasions. */
const PROBABILITY = 0.3;
/** From 0.13 to 1 s, drawn evenly over the logarithm. */
const DELAY_MIN_LOG2_NS = 27;
const DELAY_SPREAD_LOG2 = 3;
const SALT = 0x5244;

/**
 * Random delays: the process waits now and then, for a while, where it holds no sleep lock. Knows nothing of
 * locks or data, so it may find what the others are blind to; slow. (The delays of noise makers such as
 * ConTest: Edelstein et al., "Multithreaded Java program test generation", IBM Systems Journal 41(1), 2002.)
 */
export const randomDelay: StrategyMaker = (view, { process, seed }) => {
  const random = new Prng(seed ^ SALT);
  const until = new Map<number, number>();

  function wantsToWait(context: number): boolean {
    if (random.next() >= PROBABILITY * 0x1_0000_0000) return false;
    if (!view.isNamed(context, process) || view.holdsSleepLock(context)) return false;
    const scale = 2 ** (DELAY_MIN_LOG2_NS + random.below(DELAY_SPREAD_LOG2));
    until.set(context, view.nowNs + scale + random.below(scale));
    return true;
  }

  function isHeld(context: number): boolean {
    const end = until.get(context);
    if (end !== undefined && view.nowNs >= end) until.delete(context);
    return until.has(context);
  }

  return { classes: [], decide: (decision) => decideHolds(decision, wantsToWait, isHeld) };
};
