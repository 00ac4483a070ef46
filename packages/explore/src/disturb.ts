import type { System } from '@trap12/system';
import { type Delay, DelayLog } from './delays.js';
import { Named } from './named.js';
import { strategyNamed } from './strategies/index.js';
import { kernelView } from './view.js';

/** Which process is kept waiting, and by which strategy (STRATEGIES). */
export interface Suspicion {
  process: string;
  strategy: string;
}

/**
 * Gives a machine's decisions to a strategy, from now on. It draws from a generator seeded by the machine's
 * own seed.
 * @param named told of the machine's processes, if it is wanted whether there is one of that name
 * @returns whom it has kept waiting, growing while the machine runs
 * @throws RangeError that says which strategies there are
 */
export function disturb(system: System, { process, strategy }: Suspicion, named?: Named): readonly Delay[] {
  const { seed } = system.options;
  const made = strategyNamed(strategy)(kernelView(system), { process, seed });
  const log = new DelayLog(system.target);
  system.observe(log, DelayLog.classes);
  system.observe(made, made.classes);
  if (named !== undefined) system.observe(named, Named.classes);
  system.decideBy(made);
  return log.delays;
}
