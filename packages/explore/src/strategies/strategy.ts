import type { ScheduleStrategy } from '@trap12/machine';
import type { Target } from '@trap12/target';
import type { Delay } from '../delays.js';

/** What a strategy is made for: the process to look at, and a number that decides everything it draws. */
export interface StrategySetup {
  /** Command name of the process under suspicion; a report names it */
  process: string;
  seed: number;
}

/** A schedule strategy that can tell afterwards what it did. */
export interface SearchStrategy extends ScheduleStrategy {
  /** In order of their beginnings */
  readonly delays: readonly Delay[];
}

/** One file a strategy; STRATEGIES in index.ts lists them. A new one touches nothing else. */
export type StrategyMaker = (target: Target, setup: StrategySetup) => SearchStrategy;
