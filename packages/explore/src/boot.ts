import type { Machine, ScheduleStrategy } from '@trap12/machine';
import { DEFAULT_REGIME, loadKernelFiles, parseRegime, System } from '@trap12/kernel';
import { loadProgram, makeRootImage } from '@trap12/userland';
import type { Delay } from './delays.js';
import { strategyNamed } from './strategies/index.js';

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

/** Which process is kept waiting, and by which strategy (STRATEGIES). */
export interface Suspicion {
  process: string;
  strategy: string;
}

/** The same with a strategy at work, if there is a suspicion. `delays` grows while the machine runs. */
export async function createDisturbed(
  setup: Setup,
  suspicion: Suspicion | undefined,
): Promise<{ system: System; delays: readonly Delay[] }> {
  if (suspicion === undefined) return { system: await createSystem(setup), delays: [] };
  const make = strategyNamed(suspicion.strategy);
  let delays: readonly Delay[] = [];
  const strategy = (system: System): ScheduleStrategy => {
    const made = make(system, { process: suspicion.process, seed: setup.seed });
    delays = made.delays;
    return made;
  };
  return { system: await createSystem({ ...setup, strategy }), delays };
}

/** Virtual time between two turns of the host. */
const SLICE_NS = 1e8;

/**
 * Runs a machine until it stops or virtual time is up. In between, the host's signals and timers get their turn, and stop() is asked.
 * @returns why it stopped, or 'time': that was up, or stop() said so
 */
export async function runFor(
  { machine }: System,
  seconds: number,
  stop: () => boolean,
): Promise<ReturnType<Machine['run']>> {
  let why: ReturnType<Machine['run']> = 'time';
  for (let until = SLICE_NS; why === 'time' && until <= seconds * 1e9 && !stop(); until += SLICE_NS) {
    why = machine.run(until);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return why;
}
