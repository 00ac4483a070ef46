import type { ScheduleStrategy } from '@trap12/machine';
import { DEFAULT_REGIME, loadKernelFiles, parseRegime, System } from '@trap12/kernel';
import { loadProgram, makeRootImage } from '@trap12/userland';
import { STRATEGIES } from './strategies/index.js';

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
  /** Keep processes of a name waiting, to find races of theirs; by name from STRATEGIES */
  strategy?: { name: string; process: string };
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
    ...(setup.strategy === undefined ? {} : { strategy: makeStrategy(setup.strategy, setup.seed) }),
  });
}

function makeStrategy(
  { name, process }: { name: string; process: string },
  seed: number,
): (system: System) => ScheduleStrategy {
  const make = STRATEGIES[name];
  if (make === undefined)
    throw new RangeError(`no strategy ${name}; one of: ${Object.keys(STRATEGIES).join(', ')}`);
  return (system) => make(system, { process, seed });
}
