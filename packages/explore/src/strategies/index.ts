import { lockGap } from './lock-gap.js';
import { randomDelay } from './random-delay.js';
import type { StrategyMaker } from './strategy.js';

export type { StrategyMaker, StrategySetup } from './strategy.js';

/** Every strategy, by the name that options take. */
export const STRATEGIES: Record<string, StrategyMaker> = {
  'lock-gap': lockGap,
  'random-delay': randomDelay,
};

export const DEFAULT_STRATEGY = 'lock-gap';
