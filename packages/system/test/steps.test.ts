import { createHash } from 'node:crypto';
import type { Stepper } from '@trap12/machine';
import { SymbolTable } from '@trap12/target';
import { describe, expect, it } from 'vitest';
import { createSystem, type System, type SystemOptions } from '../src/index.js';
import { loadKernel } from '../src/node.js';

/* Is a machine that was made to stand at any of its steps the machine that never stood? */
const SETUP: Partial<SystemOptions> = {
  ramBytes: 16 << 20,
  swapBytes: 24 << 20,
  command: 'memcheck 14m & cat /bin/sh | wc -c; sh -c "exit 3"; wait; swapinfo',
};
const checked = await loadKernel(undefined, 'checked');
const END_NS = 100e9;

const memoryOf = (s: System): string => createHash('sha256').update(s.machine.ram.u8).digest('hex');

function start(options: Partial<SystemOptions>): { system: System; console: () => string } {
  const system = createSystem(checked, { ...SETUP, ...options });
  let text = '';
  system.machine.console.onOutput = (s) => {
    text += s;
  };
  return { system, console: () => text };
}

/** Numbers from 0 to 1, the same on every host. */
function chance(seed: number): () => number {
  let x = seed;
  return () => {
    x = (Math.imul(x, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return x / 0x7fff_ffff;
  };
}

/** Has the machine run to step `number`. */
function runTo({ machine }: System, number: number): ReturnType<typeof machine.run> {
  const stepper: Stepper = { programs: true, step: (view) => view.number >= number };
  machine.steps.askFrom(stepper, number);
  return machine.run(END_NS);
}

describe.each([1, 2, 4])('%i CPUs', (ncpu) => {
  it('stands at hundreds of steps, and goes on as if it had not', () => {
    const plain = start({ ncpu, seed: 2 + ncpu });
    const why = plain.system.machine.run(END_NS);
    const { machine } = plain.system;
    const total = machine.steps.number;
    const standing = start({ ncpu, seed: 2 + ncpu });
    const next = chance(ncpu);
    const stood = { program: 0, beginning: 0, disabled: 0, enabled: 0 };
    for (;;) {
      const { steps, reg, cpu, program } = standing.system.machine;
      // Long ways, and some steps in a row.
      const way = next() < 0.3 ? 1 + Math.floor(5 * next()) : 1 + Math.floor((next() * total) / 250);
      if (runTo(standing.system, steps.number + way) !== 'step') break;
      const where = reg[16] !== 0 ? 'beginning' : cpu.interruptsEnabled ? 'enabled' : 'disabled';
      stood[program !== null ? 'program' : where]++;
    }
    expect(why).toBe('halt');
    expect(Math.min(...Object.values(stood))).toBeGreaterThan(5);
    expect(standing.console()).toBe(plain.console());
    expect(standing.system.machine.now()).toBe(machine.now());
    expect(standing.system.machine.step).toEqual(machine.step);
    expect(standing.system.machine.steps.number).toBe(total);
    expect(memoryOf(standing.system)).toBe(memoryOf(plain.system));
  }, 180_000);
});

it('from any step of some thousand a snapshot gives the same thousandth step after', () => {
  const { system } = start({ ncpu: 2, seed: 9 });
  const { machine } = system;
  const next = chance(5);
  const other = start({ ncpu: 2, seed: 9 }).system;
  for (let i = 0; i < 60; i++) {
    expect(runTo(system, machine.steps.number + 40_000)).toBe('step');
    const from = machine.steps.number;
    const base = machine.save();
    runTo(system, from + 1000);
    const want = [memoryOf(system), machine.now(), machine.steps.number];
    other.machine.restore(base);
    runTo(other, from + 1 + Math.floor(998 * next()));
    const between = other.machine.save();
    other.machine.restore(between);
    runTo(other, from + 1000);
    expect([memoryOf(other), other.machine.now(), other.machine.steps.number]).toEqual(want);
  }
}, 180_000);

it('the listing of each program tells where the machine can stand in it, as its code does', () => {
  for (const { name, code, image } of checked.executables) {
    const symbols = new SymbolTable(image!());
    const steps = new Set([...code().matchAll(/\$step\((\d+),/g)].map(([, at]) => Number(at)));
    const places = symbols.image.sites.map(([at]) => at >>> 0).filter((at) => symbols.isPlace(at));
    expect([name, places]).toEqual([name, [...steps].sort((a, b) => a - b)]);
  }
});
