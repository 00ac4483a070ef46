import { Prng } from '@trap12/machine';
import { Gaps } from './gaps.js';
import { decideHolds } from './holds.js';
import type { StrategyMaker } from './strategy.js';

/** How often the process is kept waiting where it has given back its last lock. */
const PROBABILITY = 0.5;
/** The others may take the lock 1 to 2^COUNT_LOG2 times meanwhile, drawn evenly over the logarithm. */
const COUNT_LOG2 = 7;
/** If they do not, the wait ends after this. */
const DELAY_MAX_NS = 3e9;
const SALT = 0x4c47;

interface Hold {
  lock: number;
  left: number;
  untilNs: number;
}

/**
 * Opens the gap between two critical sections. Where the process has just given back the last lock that it
 * held, what it learnt under that lock may cease to be true. So it waits right there, until others have taken
 * the same lock exclusively a number of times: one more change of what that lock protects, or ten, with no
 * need to guess how long that takes.
 *
 * After C.-S. Park and K. Sen, "Randomized active atomicity violation detection in concurrent programs" (FSE
 * 2008), which stops a thread between two sections that its author meant to be one. Deviations: no annotation
 * says which sections belong together, so any gap is tried (see Gaps); the number of foreign sections is
 * drawn and not one.
 */
export const lockGap: StrategyMaker = (view, { process, seed }) => {
  const random = new Prng(seed ^ SALT);
  const gaps = new Gaps(view, process);
  const holds = new Map<number, Hold>();

  function acquired(context: number, lock: number): void {
    for (const [held, hold] of holds)
      if (held !== context && hold.lock === lock && --hold.left <= 0) holds.delete(held);
  }

  function wantsToWait(context: number): boolean {
    const lock = gaps.opened(context);
    if (lock === undefined) return false;
    if (random.next() >= PROBABILITY * 0x1_0000_0000) return false;
    const scale = 2 ** random.below(COUNT_LOG2);
    holds.set(context, { lock, left: scale + random.below(scale), untilNs: view.nowNs + DELAY_MAX_NS });
    return true;
  }

  function isHeld(context: number): boolean {
    const hold = holds.get(context);
    if (hold !== undefined && view.nowNs >= hold.untilNs) holds.delete(context);
    return holds.has(context);
  }

  return {
    classes: Gaps.classes,
    decide: (decision) => decideHolds(decision, wantsToWait, isHeld),
    happened(kind, object, arg, at) {
      const lock = gaps.happened(kind, object, arg, at);
      if (lock !== undefined) acquired(at.context, lock);
    },
  };
};
