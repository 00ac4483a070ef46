import {
  BOOT_COMMAND,
  Libc,
  loadProgram,
  makeRootImage,
  NAME_ADDR,
  type Program,
  runProgram,
  type User,
} from '../../userland/src/index.js';
import { loadKernelFiles } from '../host/files.js';
import { DEFAULT_REGIME, REGIMES } from '../host/regime.js';
import { System } from '../host/system.js';

export interface RunOptions {
  ramBytes: number;
  ncpu: number;
  swapBytes: number;
  seed: number;
  locking: string;
  /** Virtual seconds that it may take */
  seconds: number;
  /** Does something to the machine before it is switched on */
  prepare: (system: System) => void;
}

export interface RunResult {
  console: string;
  system: System;
  why: string;
}

/**
 * Boots the kernel as built and runs `program` as the only command; what it throws comes out here. Answers questions that need
 * the whole kernel: system calls, paging, accounting.
 */
export async function runInKernel(program: Program, options: Partial<RunOptions> = {}): Promise<RunResult> {
  const o: RunOptions = {
    ramBytes: 64 << 20,
    ncpu: 1,
    swapBytes: 64 << 20,
    seed: 1,
    locking: DEFAULT_REGIME,
    seconds: 600,
    prepare: () => {},
    ...options,
  };
  const { module, image } = await loadKernelFiles(process.env.TRAP12_KERNEL);
  const regime = REGIMES[o.locking];
  if (regime === undefined) throw new RangeError(o.locking);
  const system = new System(module, image, {
    ramBytes: o.ramBytes,
    ncpu: o.ncpu,
    diskBytes: o.swapBytes,
    seed: o.seed,
    regime: regime.switches,
    rootImage: makeRootImage('/bin/true', { 'etc/data': 'The quick brown fox jumps over the lazy dog.\n' }),
    debuggerOnPanic: true,
    loader: function* (cpu, entry) {
      const name = yield* cpu.read(NAME_ADDR, 5);
      if (new TextDecoder().decode(name) !== 'true\0') return yield* loadProgram(cpu, entry);
      yield* runProgram(program, new Libc(cpu, ['true'], new Map()));
    },
  });
  let text = '';
  system.machine.console.onOutput = (s) => {
    text += s;
  };
  o.prepare(system);
  const why = system.machine.run(o.seconds * 1e9);
  system.machine.console.flush();
  return { console: text, system, why };
}

export { BOOT_COMMAND, type Libc, type Program, type User };
