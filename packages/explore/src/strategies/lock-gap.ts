import { Prng } from '@trap12/machine';
import { Memory } from '@trap12/target';
import { DelayLog } from '../delays.js';
import { holdsSleepLock, isNamed } from '../processes.js';
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
 * Opens the gap between two critical sections. Where the process has just given back the last lock that it held, what it learnt under
 * that lock may cease to be true. So it waits right there, until others have taken the same lock exclusively a number of times:
 * one more change of what that lock protects, or ten, with no need to guess how long that takes.
 *
 * After C.-S. Park and K. Sen, "Randomized active atomicity violation detection in concurrent programs" (FSE 2008), which stops
 * a thread between two sections that its author meant to be one. Deviations: no annotation says which sections belong together, so
 * any gap is tried; the number of foreign sections is drawn and not one. The kernel tells of its sx locks only: sections under one mutex
 * follow each other so closely that counting them opens no gap to speak of (tried: the example was found more slowly).
 */
export const lockGap: StrategyMaker = (target, { process, seed }) => {
  const memory = new Memory(target);
  const random = new Prng(seed ^ SALT);
  const lastReleased = new Map<number, number>();
  const holds = new Map<number, Hold>();
  const log = new DelayLog(target);
  return {
    delays: log.delays,
    acquired(context, lock, exclusive, now) {
      lastReleased.delete(context);
      if (!exclusive) return;
      for (const [held, hold] of holds) {
        if (held === context || hold.lock !== lock) continue;
        log.taken(held, context, now);
        if (--hold.left > 0) continue;
        holds.delete(held);
        log.end(held, now);
      }
    },
    released(context, lock) {
      lastReleased.set(context, lock);
    },
    interruptsEnabled(context, now) {
      const lock = lastReleased.get(context);
      if (lock === undefined || !isNamed(memory, context, process) || holdsSleepLock(memory, context))
        return false;
      lastReleased.delete(context);
      if (random.next() >= PROBABILITY * 0x1_0000_0000) return false;
      const scale = 2 ** random.below(COUNT_LOG2);
      holds.set(context, { lock, left: scale + random.below(scale), untilNs: now + DELAY_MAX_NS });
      log.begin(context, now, lock);
      return true;
    },
    isHeld(context, now) {
      const hold = holds.get(context);
      if (hold === undefined) return false;
      if (now < hold.untilNs) return true;
      holds.delete(context);
      log.end(context, now);
      return false;
    },
  };
};
