import { performance } from 'node:perf_hooks';
import { REGIMES, System } from '@trap12/kernel';
import { Libc, loadProgram, makeRootImage, NAME_ADDR, runProgram } from '@trap12/userland';

const DEFAULTS = {
  ramBytes: 64 << 20,
  ncpu: 1,
  swapBytes: 64 << 20,
  seed: 1,
  locking: 'vm_mtx-20010519+swaplocks+vmspace-ref',
  command: '/bin/true',
};

/**
 * A machine with the kernel as built in it.
 * @param program runs in place of /bin/true, if given
 */
export function makeSystem(kernel, given = {}, program = undefined) {
  const o = { ...DEFAULTS, ...given };
  return new System(kernel.module, kernel.image, {
    ramBytes: o.ramBytes,
    ncpu: o.ncpu,
    diskBytes: o.swapBytes,
    seed: o.seed,
    regime: REGIMES[o.locking].switches,
    rootImage: makeRootImage(o.command),
    debuggerOnPanic: true,
    loader: program === undefined ? loadProgram : inPlaceOfTrue(program),
  });
}

function inPlaceOfTrue(program) {
  return function* (cpu, entry) {
    const name = new TextDecoder().decode(yield* cpu.read(NAME_ADDR, 5));
    if (name !== 'true\0') return yield* loadProgram(cpu, entry);
    yield* runProgram(program, new Libc(cpu, ['true'], new Map()));
  };
}

/** Runs a system to its halt and returns what the console showed; throws if it ends otherwise. */
export function runToHalt(system, virtualSeconds = 600) {
  let text = '';
  system.machine.console.onOutput = (s) => {
    text += s;
  };
  const why = system.machine.run(virtualSeconds * 1e9);
  if (why !== 'halt') throw new Error(`the machine ended by ${why}:\n${text}`);
  return text;
}

export function secondsOf(run) {
  const start = performance.now();
  run();
  return (performance.now() - start) / 1000;
}
