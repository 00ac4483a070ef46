import { createHash } from 'node:crypto';
import type { Decider, Decision } from '@trap12/machine';
import { describe, expect, it } from 'vitest';
import {
  completeOptions,
  createSystem,
  snapshotBytes,
  type System,
  systemFromSnapshot,
  type SystemOptions,
} from '../src/index.js';
import { loadKernel } from '../src/node.js';

/*
 * A processor may stand before any access of a kernel in its checked form, while others go on and interrupts
 * come. Is that a run like any other: the same each time, and one that the kernel survives?
 */
const checked = await loadKernel(undefined, 'checked');
const LOAD = 'threads 1 & memcheck 3m & sort /bin/sh > /tmp/x; cat /bin/sh | wc; wait';

interface Stall {
  step: number;
  ns: number;
}

/** Stands before given steps. */
function standing(stalls: readonly Stall[], seen: Decision[] = []): Decider {
  const byStep = new Map(stalls.map(({ step, ns }) => [step, ns]));
  const steps = stalls.map(({ step }) => step).sort((a, b) => a - b);
  return {
    decide(decision) {
      if (decision.kind !== 'stall') return decision.standard;
      seen.push({ ...decision, objects: [...decision.objects] });
      return byStep.get(decision.number) ?? 0;
    },
    nextStall: (from) => steps.find((step) => step >= from),
  };
}

/** Stalls all over a run. @param ns at most so long */
function scattered(seed: number, ns: number): Stall[] {
  let x = seed;
  const next = (): number => {
    x = (Math.imul(x, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return x / 0x7fff_ffff;
  };
  const stalls: Stall[] = [];
  for (let step = 1000; step < 3_000_000; step += 1 + Math.floor(1500 * next()))
    stalls.push({ step, ns: 1 + Math.floor(ns * next()) });
  return stalls;
}

function boot(given: Partial<SystemOptions>) {
  const options = completeOptions({
    ramBytes: 16 << 20,
    swapBytes: 24 << 20,
    command: LOAD,
    locking: 'giant',
    ...given,
  });
  const system = createSystem(checked, options);
  let text = '';
  system.machine.console.onOutput = (s) => {
    text += s;
  };
  return { system, options, console: () => text };
}

const endOf = ({ machine }: System): unknown => ({
  memory: createHash('sha256').update(machine.ram.u8).digest('hex'),
  now: machine.now(),
  steps: machine.steps.number,
  decided: machine.decisions.save(),
});

describe.each([
  [1, 'giant', 3_000_000],
  [2, 'giant', 30_000],
  [3, 'vm_mtx-20010519+swaplocks', 30_000],
] as const)('%i processors, %s', (ncpu, locking, ns) => {
  it('survives to stand anywhere, the same way each time, and saved in between', { timeout: 240_000 }, () => {
    const stalls = scattered(ncpu, ns);
    const seen: Decision[] = [];
    const first = boot({ ncpu, locking });
    first.system.decideBy(standing(stalls, seen));
    let interrupts = 0;
    const { vectors } = first.system.machine;
    const { interruptKernel } = vectors;
    vectors.interruptKernel = (eip) => {
      interrupts++;
      return interruptKernel(eip);
    };
    expect(first.system.machine.run(100e9), first.console()).toBe('halt');
    expect(first.console()).toContain('memcheck: 3145728 bytes in 768 pages verified, 0 errors');
    expect(seen.length).toBeGreaterThan(500);
    expect(interrupts).toBeGreaterThan(0);
    // In programs it stands, too: there, whatever the instruction, an interrupt may come.
    const kernel = seen.filter(({ objects }) => objects[1]! < 0);
    expect(kernel.length).toBeGreaterThan(300);
    expect(seen.length - kernel.length).toBeGreaterThan(50);
    for (const { objects } of kernel) {
      const site = first.system.symbols.site(objects[1]!)!;
      expect(first.system.symbols.isIndivisible(site), `${site.function.name}:${site.line}`).toBe(false);
    }

    // The same again; in its middle, while processors stand, it moves into another machine by a file.
    const second = boot({ ncpu, locking });
    second.system.decideBy(standing(stalls));
    let { system } = second;
    const { options } = second;
    for (const seconds of [0.008, 0.011, 0.02]) {
      system.machine.run(seconds * 1e9);
      system = systemFromSnapshot(checked, snapshotBytes(system, options)).system;
      system.decideBy(standing(stalls));
    }
    expect(system.machine.run(100e9)).toBe('halt');
    expect(endOf(system)).toEqual(endOf(first.system));
  });
});

it('who is asked and never stalls is as good as who is not asked', () => {
  const none = boot({ ncpu: 2 });
  // Where somebody decides, the kernel names whom it could run.
  none.system.decideBy({ decide: ({ standard }) => standard });
  none.system.machine.run(100e9);
  const asked = boot({ ncpu: 2 });
  const seen: Decision[] = [];
  asked.system.decideBy(
    standing(
      scattered(9, 1).map(({ step }) => ({ step, ns: 0 })),
      seen,
    ),
  );
  asked.system.machine.run(100e9);
  expect(seen.length).toBeGreaterThan(500);
  const of = (system: System) => ({ ...(endOf(system) as object), decided: null });
  expect(of(asked.system)).toEqual(of(none.system));
});

it('another processor spins for a lock whose holder stands', () => {
  // Everywhere on the way of the second processor's first spin locks.
  const waits: string[] = [];
  for (let seed = 1; seed < 40 && waits.length === 0; seed++) {
    const { system, console } = boot({ ncpu: 2, command: 'threads 1' });
    const { machine, symbols } = system;
    const { leaveAtNext } = machine.steps;
    machine.steps.leaveAtNext = function spins() {
      waits.push(symbols.site(machine.reg[11]!)?.function.name ?? '');
      leaveAtNext.call(this);
    };
    system.decideBy(standing(scattered(seed, 100_000)));
    expect(machine.run(100e9), console()).toBe('halt');
  }
  expect(waits.length).toBeGreaterThan(0);
});
