import { lockGap } from './lock-gap.js';
import { randomDelay } from './random-delay.js';
import type { StrategyMaker } from './strategy.js';

export type { Strategy, StrategyMaker, StrategySetup } from './strategy.js';

/** Every strategy, by the name that options take. */
export const STRATEGIES: Record<string, StrategyMaker> = {
  'lock-gap': lockGap,
  'random-delay': randomDelay,
};

export const DEFAULT_STRATEGY = 'lock-gap';

/** @throws RangeError that says what is accepted */
export function strategyNamed(name: string): StrategyMaker {
  const maker = Object.hasOwn(STRATEGIES, name) ? STRATEGIES[name] : undefined;
  if (maker === undefined)
    throw new RangeError(`no strategy "${name}"; accepted: ${Object.keys(STRATEGIES).join(', ')}`);
  return maker;
}
