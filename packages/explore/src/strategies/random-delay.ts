import { Prng } from '@trap12/machine';
import { Memory } from '@trap12/target';
import { DelayLog } from '../delays.js';
import { holdsSleepLock, isNamed } from '../processes.js';
import type { StrategyMaker } from './strategy.js';

/** How often the process is kept waiting, of the occasions. */
const PROBABILITY = 0.3;
/** From 0.13 to 1 s, drawn evenly over the logarithm. */
const DELAY_MIN_LOG2_NS = 27;
const DELAY_SPREAD_LOG2 = 3;
const SALT = 0x5244;

/**
 * Random delays: the process waits now and then, for a while, where it holds no sleep lock. Knows nothing of locks or data, so it may
 * find what the others are blind to; slow. (The delays of noise makers such as ConTest: Edelstein et al., "Multithreaded Java
 * program test generation", IBM Systems Journal 41(1), 2002.)
 */
export const randomDelay: StrategyMaker = (target, { process, seed }) => {
  const memory = new Memory(target);
  const random = new Prng(seed ^ SALT);
  const until = new Map<number, number>();
  const log = new DelayLog(target);
  return {
    delays: log.delays,
    interruptsEnabled(context, now) {
      if (random.next() >= PROBABILITY * 0x1_0000_0000) return false;
      if (!isNamed(memory, context, process) || holdsSleepLock(memory, context)) return false;
      const scale = 2 ** (DELAY_MIN_LOG2_NS + random.below(DELAY_SPREAD_LOG2));
      until.set(context, now + scale + random.below(scale));
      log.begin(context, now);
      return true;
    },
    isHeld(context, now) {
      const end = until.get(context);
      if (end === undefined) return false;
      if (now < end) return true;
      until.delete(context);
      log.end(context, now);
      return false;
    },
  };
};
