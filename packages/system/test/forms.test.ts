import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSystem, type Kernel, type SystemOptions } from '../src/index.js';
import { loadKernel } from '../src/node.js';

/*
 * Do both forms of the kernel give the same run? Time, console, memory, disk and registers. `npm run
 * acceptance` asks it of many seeds.
 */
const SETUP: Partial<SystemOptions> = {
  ramBytes: 16 << 20,
  swapBytes: 24 << 20,
  command: 'sleepers 2 & memcheck 14m & cat /bin/sh | wc -c; sh -c "exit 3"; wait; swapinfo',
};
const [fast, checked] = [await loadKernel(), await loadKernel(undefined, 'checked')];

function outcome(kernel: Kernel, options: Partial<SystemOptions>) {
  const { machine } = createSystem(kernel, { ...SETUP, ...options });
  let console = '';
  machine.console.onOutput = (s) => {
    console += s;
  };
  const why = machine.run(100e9);
  // Where the checked form stands after a panic, the words of its frames are in memory for whoever looks.
  const ram = machine.ram.u8.slice();
  const view = new DataView(ram.buffer);
  for (const { va, word } of machine.saveDevices().lent.words)
    view.setInt32(machine.mmu.inspect(va).pa, word, true);
  const memory = createHash('sha256').update(ram).digest('hex');
  const { sectorsRead, sectorsWritten } = machine.disk;
  return { why, console, memory, now: machine.now(), step: machine.step, sectorsRead, sectorsWritten };
}

it.each([
  ['giant', 1, 1],
  ['vm_mtx-20010519', 2, 2],
  ['vm_mtx-20010519+swaplocks', 4, 3],
  ['vm_mtx-20010519+swaplocks+vmspace-ref', 2, 4],
] as const)(
  '%s on %i CPUs, seed %i',
  (locking, ncpu, seed) => {
    const one = outcome(fast, { locking, ncpu, seed });
    expect(outcome(checked, { locking, ncpu, seed })).toEqual(one);
    expect(one.sectorsWritten).toBeGreaterThan(0);
  },
  120_000,
);
