import type { System } from '@trap12/system';
import type { Delay } from './delays.js';
import { strategyNamed } from './strategies/index.js';

/** Which process is kept waiting, and by which strategy (STRATEGIES). */
export interface Suspicion {
  process: string;
  strategy: string;
}

/**
 * Puts a strategy to work on a machine that has not run yet. It draws from the machine's own seed.
 * @returns what it does, growing while the machine runs
 * @throws RangeError that says which strategies there are
 */
export function disturb(system: System, { process, strategy }: Suspicion): readonly Delay[] {
  const { seed } = system.options;
  const made = strategyNamed(strategy)(system.target, { process, seed });
  system.disturb(made);
  return made.delays;
}
