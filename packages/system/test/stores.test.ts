import { createHash } from 'node:crypto';
import type { Which } from '@trap12/target';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSystem, History, type System } from '../src/index.js';
import { loadKernel } from '../src/node.js';

const checked = await loadKernel(undefined, 'checked');
const KERNBASE = 0xc000_0000;
const COMMAND = 'memcheck 9m & cat /bin/sh | wc -c; wait';
const RANDOM_WORDS = 5;

const boot = (): System =>
  createSystem(checked, { ramBytes: 16 << 20, swapBytes: 24 << 20, command: COMMAND, ncpu: 2, seed: 5 });

const hash = ({ machine }: System): string =>
  createHash('sha256').update(machine.ram.u8).update(String(machine.now())).digest('hex');

/** What became of a word of the kernel's, by looking at every step of a run that nobody looks back in. */
interface Plain {
  /** Steps that stored to it, or after which it was another one, in order */
  stored: number[];
  changed: number[];
}

function plainly(addresses: readonly number[]): Map<number, Plain> {
  const system = boot();
  const { machine, symbols } = system;
  const { i32 } = machine.ram;
  const out = new Map(addresses.map((a): [number, Plain] => [a, { stored: [], changed: [] }]));
  const words = addresses.map((a) => (a - KERNBASE) >>> 2);
  const last = words.map((w) => i32[w]!);
  const stores = new Set(
    symbols.image.sites
      .filter((row) => ['store', 'rmw'].includes(symbols.image.siteKinds[row[5]]!))
      .map((r) => r[0] | 0),
  );
  let from = 0;
  let to = 0;
  machine.steps.askFrom({
    step: ({ number, site, address }) => {
      addresses.forEach((a, i) => {
        const seen = out.get(a)!;
        const now = i32[words[i]!]!;
        const touched = from < a + 4 && to > a;
        if (now !== last[i]) seen.changed.push(number - 1);
        if (now !== last[i] || touched) seen.stored.push(number - 1);
        last[i] = now;
      });
      from = stores.has(site) ? address >>> 0 : 0;
      to = from === 0 ? 0 : from + symbols.site(site)!.width;
      return false;
    },
  });
  expect(machine.run(60e9)).toBe('halt');
  return out;
}

describe('stores of the past', () => {
  let system: System;
  let history: History;
  let end = 0;
  beforeAll(() => {
    system = boot();
    history = new History(system);
    let why: string = 'time';
    while (why === 'time') why = history.run(system.machine.now() + 2e7);
    expect(why).toBe('halt');
    end = history.end;
  }, 60_000);

  it('are those of a run that was looked at step by step: the last, the first and the next of any word', () => {
    const { symbols } = system;
    const variables = symbols.image.symbols.filter((s) => s.kind !== 'text' && s.size >= 4);
    // Some that are written all the time, and some that happen to come.
    const names = [
      'cnt',
      'Giant',
      'sched_lock',
      'ticks',
      'time_second',
      'vm_mtx',
      'softticks',
      'runq_length',
    ];
    const addresses = names.map((n) => symbols.address(n));
    addresses.push(symbols.address('cnt') + symbols.offset('vmmeter', 'v_vm_faults'));
    for (let i = 0; i < RANDOM_WORDS; i++)
      addresses.push((variables[(i * 7919) % variables.length]!.address & ~3) >>> 0);
    const plain = plainly([...new Set(addresses)]);
    let found = 0;
    for (const part of [0.6]) {
      const here = Math.floor(end * part);
      history.goTo(here);
      const before = hash(system);
      const ask = (which: Which, address: number, changes: boolean): number | undefined =>
        history.write(which, { address, bytes: 4, changes })?.step;
      for (const [address, { stored, changed }] of plain) {
        for (const [changes, steps] of [
          [false, stored],
          [true, changed],
        ] as const) {
          const where = `${address.toString(16)} ${symbols.nearest(address)?.symbol.name} ${changes}`;
          expect([where, ask('last', address, changes)]).toEqual([where, steps.findLast((s) => s < here)]);
          expect([where, ask('next', address, changes)]).toEqual([where, steps.find((s) => s >= here)]);
        }
        expect(ask('first', address, true)).toBe(changed.find((s) => s < here));
        found += changed.length > 0 ? 1 : 0;
      }
      expect(hash(system)).toBe(before);
      expect(history.step).toBe(here - 1);
    }
    expect(found).toBeGreaterThan(10);
  }, 240_000);

  it('of programs are told with their instructions, in the memory of the process that stands', () => {
    history.goTo(Math.floor(end * 0.6));
    // The pages that memcheck fills, from its heap on.
    const address = 0x6000;
    const written = history.write('last', { address, bytes: 4 })!;
    expect(written).toMatchObject({ by: 'program', mapping: false });
    expect(written.site?.function.name).toBe('_fill_page');
    expect(written.process).toMatch(/^pid \d+ "memcheck"$/);
    expect(written.now).toEqual(system.target.read(address, 4));
    history.goTo(written.step + 1);
    expect(system.target.read(address, 4)).toEqual(written.now);
    // Of the page that lies there now, that was the first since it came.
    expect(history.write('first', { address, bytes: 4 })!.step).toBeLessThanOrEqual(written.step);
  }, 60_000);

  it('by copies are told when they change something, and what moves memory is told as such', () => {
    const execution = system.target.execution!;
    history.goTo(Math.floor(end * 0.3));
    const { memory, machine } = system;
    let [at, before] = [0, 0];
    // One that changes the end of what it is copied to.
    for (let changes = false; !changes; ) {
      execution.break(system.symbols.address('copyout'), 1, true);
      execution.go('continue');
      expect(history.run(60e9)).toBe('step');
      const esp = machine.reg[0]! >>> 0;
      const [to, length] = [memory.u32(esp + 8), memory.u32(esp + 12)];
      at = to + length - 4;
      before = history.step + 1;
      const old = length > 4 ? system.target.read(at, 4) : undefined;
      execution.go('match');
      expect(history.run(60e9)).toBe('step');
      changes = old !== undefined && old.join() !== system.target.read(at, 4).join();
    }
    const written = history.write('last', { address: at, bytes: 4 })!;
    expect(written.step).toBeGreaterThanOrEqual(before);
    expect(written.by).toBe('copy');
    expect(written.trace.map((t) => ('frame' in t ? t.frame.function : ''))).toContain('copyout');
    // Text of a program is never stored to where it is: it was mapped there.
    history.goTo(Math.floor(end * 0.6));
    const text = history.write('last', { address: 0x1000, bytes: 4 })!;
    expect(text).toMatchObject({ mapping: true, old: new Uint8Array(0) });
    expect(text.site?.function.name).toMatch(/^pmap_enter/);
  }, 60_000);

  it('are none where nothing is mapped, and leave the machine where it stands', () => {
    history.goTo(Math.floor(end / 2));
    const before = hash(system);
    for (const which of ['last', 'first', 'next'] as const)
      expect(history.write(which, { address: 0x10, bytes: 8 })).toBeUndefined();
    expect(history.write('last', { address: 0xffff_fffc, bytes: 8 })?.by).not.toBe('program');
    expect(hash(system)).toBe(before);
    expect(system.machine.ram.watch).toBeNull();
  }, 60_000);
});
