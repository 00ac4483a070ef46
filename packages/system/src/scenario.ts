import type { SystemOptions } from './options.js';

/** What of the machine a scenario may say. */
export type ScenarioMachine = Pick<
  SystemOptions,
  'ramBytes' | 'ncpu' | 'swapBytes' | 'seed' | 'locking' | 'packetsPerSecond' | 'tunables'
> &
  Partial<Pick<SystemOptions, 'diskErrorRate'>>;

/** A kernel thread of a scenario. */
export interface ScenarioThread {
  /** Name of its process, 1 to 16 characters */
  name: string;
}

/**
 * A scenario as its file describes it (docs/scenarios.md), without its kernel code, which is part of the
 * kernel.
 */
export interface Scenario {
  /** The file's name, without directory and .ts */
  name: string;
  machine: Partial<ScenarioMachine>;
  /** Kernel threads; then there is no user land */
  threads: ScenarioThread[];
  /** Names of the kernel's own processes that may be kept waiting, beside the threads */
  daemons: string[];
  /** What the shell runs, if there are no threads */
  command: string | undefined;
  /** Virtual seconds that a try may take from its beginning */
  seconds: number;
}
