import { DEFAULT_REGIME, loadKernelFiles, REGIMES, System } from '@trap12/kernel';
import { loadProgram, makeRootImage } from '@trap12/userland';

/** One number decides everything: this, the seed. */
export interface Setup {
  ramBytes: number;
  ncpu: number;
  swapBytes: number;
  seed: number;
  /** Name of a locking regime */
  locking: string;
  /** What init gives to the shell; without it the console gets an interactive one */
  command?: string;
  /** Stop in the debugger on a panic */
  debugger: boolean;
  /** Keep processes of this name waiting, now and then, where they hold no lock: to find races of theirs */
  perturbProcess?: string;
}

export const DEFAULT_SETUP: Setup = {
  ramBytes: 64 << 20,
  ncpu: 1,
  swapBytes: 64 << 20,
  seed: 1,
  locking: DEFAULT_REGIME,
  debugger: true,
};

/** How often a process that is perturbed is kept waiting, of the occasions. */
const PERTURBATION = 0.7;

/** Builds a machine with the kernel loaded; nothing has run yet. */
export async function createSystem(setup: Setup): Promise<System> {
  const { module, image } = await loadKernelFiles();
  const regime = REGIMES[setup.locking];
  if (regime === undefined)
    throw new RangeError(`no locking regime ${setup.locking}; one of: ${Object.keys(REGIMES).join(', ')}`);
  return new System(module, image, {
    ramBytes: setup.ramBytes,
    ncpu: setup.ncpu,
    diskBytes: setup.swapBytes,
    seed: setup.seed,
    regime: regime.switches,
    rootImage: makeRootImage(setup.command),
    debuggerOnPanic: setup.debugger,
    loader: loadProgram,
    ...(setup.perturbProcess === undefined
      ? {}
      : { perturbation: PERTURBATION, perturbProcess: setup.perturbProcess }),
  });
}
