import type { ScheduleStrategy } from '@trap12/machine';
import { DEFAULT_REGIME, loadKernelFiles, parseRegime, System } from '@trap12/kernel';
import { loadProgram, makeRootImage } from '@trap12/userland';

/** One number decides everything: this, the seed. */
export interface Setup {
  ramBytes: number;
  ncpu: number;
  swapBytes: number;
  seed: number;
  /** A locking regime, as parseRegime takes it */
  locking: string;
  /** What init gives to the shell; without it the console gets an interactive one */
  command?: string;
  /** Stop in the debugger on a panic */
  debugger: boolean;
  /** Makes the strategy that keeps processes waiting, to find races of theirs */
  strategy?: (system: System) => ScheduleStrategy;
}

export const DEFAULT_SETUP: Setup = {
  ramBytes: 64 << 20,
  ncpu: 1,
  swapBytes: 64 << 20,
  seed: 1,
  locking: DEFAULT_REGIME,
  debugger: true,
};

/** Builds a machine with the kernel loaded; nothing has run yet. */
export async function createSystem(setup: Setup): Promise<System> {
  const { module, image } = await loadKernelFiles();
  return new System(module, image, {
    ramBytes: setup.ramBytes,
    ncpu: setup.ncpu,
    diskBytes: setup.swapBytes,
    seed: setup.seed,
    regime: parseRegime(setup.locking),
    rootImage: makeRootImage(setup.command),
    debuggerOnPanic: setup.debugger,
    loader: loadProgram,
    ...(setup.strategy === undefined ? {} : { strategy: setup.strategy }),
  });
}
