import type { Decider, Observer } from '@trap12/machine';
import type { KernelView } from '../view.js';

/** What a strategy is made for: the process to look at, and a number that decides everything it draws. */
export interface StrategySetup {
  /** Command name of the process under suspicion; a report names it */
  process: string;
  seed: number;
}

/** Decides when a process is to be kept waiting, by what it is told. It draws from a generator of its own. */
export interface Strategy extends Decider, Observer {
  /** Trace points that it wants (names of KTR_* constants) */
  readonly classes: readonly string[];
}

/**
 * One file a strategy; STRATEGIES in index.ts lists them. A new one touches no other code; README.md and
 * docs/reproduce.md name it, which a test wants.
 */
export type StrategyMaker = (view: KernelView, setup: StrategySetup) => Strategy;
