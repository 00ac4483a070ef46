import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSystem, type System, type SystemOptions } from '../src/index.js';
import { loadKernel } from '../src/node.js';

/*
 * A machine is a value: is a run that was saved, put aside, continued and put back the same as one that
 * nobody touched? At random polls, which lie in the middle of page faults, disk transfers, signals and forks.
 */
const LOAD = `
trap 'echo caught' USR1
(for i in 1 2 3; do echo $i; sleep 1; done) | cat > /tmp/a &
memcheck 9m & cat /bin/sh /bin/ls | wc -c; kill -USR1 $$; sh -c 'echo $$; exit 3'; echo $?
wait; cat /tmp/a; ls -l /bin | wc -l`;

const kernel = await loadKernel();
const SETUP: Partial<SystemOptions> = { ramBytes: 12 << 20, swapBytes: 16 << 20, command: LOAD };

function machine(options: Partial<SystemOptions>) {
  const system = createSystem(kernel, { ...SETUP, ...options });
  const made = { system, text: '' };
  system.machine.console.onOutput = (s) => {
    made.text += s;
  };
  return made;
}

const digest = (...data: (string | Uint8Array | Int32Array)[]): string =>
  data.reduce((h, d) => h.update(d), createHash('sha256')).digest('hex');

/** Of memory, paging unit, devices and processors; the disk's contents by their chunks. */
function hash({ machine }: System): string {
  const { devices, tlb } = machine.save();
  const chunks: string[] = [];
  const plain = JSON.stringify(devices, (_, v) => {
    if (!ArrayBuffer.isView(v)) return v;
    chunks.push(digest(v as Uint8Array));
    return chunks.length;
  });
  return digest(machine.ram.u8, plain, tlb, chunks.join());
}

/** Numbers from a seed, the same everywhere. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => ((state = (Math.imul(state, 1103515245) + 12345) | 0) >>> 16) & 0x7fff;
}

it.each([
  [1, 1],
  [2, 2],
  [4, 3],
  [8, 4],
])(
  'on %i CPUs (seed %i), saved, left, restored and gone on with',
  (ncpu, seed) => {
    const straight = machine({ ncpu, seed });
    const why = straight.system.machine.run(600e9);
    expect(why).toBe('halt');
    const polls = straight.system.machine.step.polls;
    expect(straight.text).toContain('caught\n');

    const dice = numbers(seed);
    let one = machine({ ncpu, seed });
    let at = 0;
    let stops = 0;
    for (;;) {
      at += 1 + (dice() % Math.ceil(polls / 20));
      const stopped = one.system.machine.run(600e9, at);
      if (stopped !== 'step') break;
      stops++;
      const snapshot = one.system.machine.save();
      const before = hash(one.system);
      const { text } = one;
      // On into another future, or into another machine.
      if (dice() % 2 === 0) one.system.machine.run(600e9, at + 1 + (dice() % 50));
      else one = machine({ ncpu, seed });
      one.system.machine.restore(snapshot);
      one.text = text;
      expect(hash(one.system)).toBe(before);
    }
    expect(stops).toBeGreaterThan(10);
    expect(one.text).toBe(straight.text);
    expect(one.system.machine.now()).toBe(straight.system.machine.now());
    expect(digest(one.system.machine.ram.u8)).toBe(digest(straight.system.machine.ram.u8));
  },
  240_000,
);

it('pages that were not written to are shared between snapshots, and all that were are noted', () => {
  const { system } = machine({ ncpu: 2, seed: 7 });
  const { machine: m } = system;
  m.run(1e9);
  const first = m.save();
  m.run(1.02e9);
  const second = m.save();
  let shared = 0;
  second.pages.forEach((page, i) => {
    if (page === first.pages[i]) shared++;
    const now = m.ram.u8.subarray(i << 12, (i + 1) << 12);
    const kept = page ?? new Uint8Array(4096);
    expect(Buffer.compare(kept, now), `page ${i}`).toBe(0);
  });
  expect(shared).toBeGreaterThan(second.pages.length / 2);
  expect(shared).toBeLessThan(second.pages.length);
});

it('a snapshot of a machine with other memory or processors is refused', () => {
  const small = machine({}).system.machine.save();
  expect(() => machine({ ramBytes: 16 << 20 }).system.machine.restore(small)).toThrow('12M does not fit');
  expect(() => machine({ ncpu: 2 }).system.machine.restore(small)).toThrow('1 CPUs does not fit');
});
