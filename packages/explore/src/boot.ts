import type { Machine } from '@trap12/machine';
import { DEFAULT_REGIME, loadKernelFiles, parseRegime, System } from '@trap12/kernel';
import { loadProgram, makeRootImage } from '@trap12/userland';
import { type Delay, DelayLog } from './delays.js';
import { strategyNamed } from './strategies/index.js';
import { kernelView } from './view.js';

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
  const system = await createSystem(setup);
  if (suspicion === undefined) return { system, delays: [] };
  const { process, strategy: name } = suspicion;
  const strategy = strategyNamed(name)(kernelView(system), { process, seed: setup.seed });
  const log = new DelayLog(system);
  system.observe(log, DelayLog.classes);
  system.observe(strategy, strategy.classes);
  system.decideBy(strategy);
  return { system, delays: log.delays };
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
