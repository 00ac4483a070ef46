import { expect, test } from 'vitest';
import { IRQ_IPI, Machine, PTE_P, PTE_U, PTE_W } from '../src/index.js';
import { Tables } from './tables.js';

/** Two CPUs of which the second waits for an interrupt since 1 us; it is 5 us on the first. */
function machine(): Machine {
  const m = new Machine({ ramBytes: 4 << 20, ncpu: 2, diskSectors: 0, seed: 1, pcpuAddresses: [0, 0] });
  const [first, second] = m.cpus;
  first!.timeNs = 5000;
  first!.sliceEndNs = 1e6;
  second!.parked = false;
  second!.halted = true;
  second!.timeNs = 1000;
  return m;
}

test('does a CPU that is woken go on at the time of its waker, not where it went to sleep?', () => {
  const m = machine();
  m.processors.sendIpi(2, 0);
  expect(m.cpus[1]!.pending & (1 << IRQ_IPI)).not.toBe(0);
  expect(m.cpus[1]!.timeNs).toBe(5000);
});

test('does its waker soon let it run?', () => {
  const m = machine();
  m.processors.sendIpi(2, 0);
  expect(m.cpu.sliceEndNs - m.now()).toBeLessThanOrEqual(1000);
});

test('does an interrupt that is masked leave it asleep until it is let in?', () => {
  const m = machine();
  m.processors.maskIrq(IRQ_IPI, true);
  m.processors.sendIpi(2, 0);
  expect([m.cpus[1]!.timeNs, m.cpu.sliceEndNs]).toEqual([1000, 1e6]);
  m.processors.maskIrq(IRQ_IPI, false);
  expect(m.cpus[1]!.timeNs).toBe(5000);
});

const VA = 0x0804_8000;
const FULL = PTE_P | PTE_W | PTE_U;

/** What a CPU that does not run will have in its TLB for a page once it runs again: -1 for nothing. */
function held(m: Machine, cpu: number, va: number): number {
  const running = m.mmu.save();
  m.mmu.restore(m.cpus[cpu]!.savedTlb);
  const pa = m.mmu.uw[va >>> 12]!;
  m.mmu.restore(running);
  return pa;
}

/** Two pages that both CPUs have touched, the first of which the tables have no more. */
function touched(): Machine {
  const m = machine();
  const t = new Tables(m.ram, m.mmu);
  const touch = (): void => {
    for (const va of [VA, VA + 4096]) m.mmu.fill(va, m.mmu.walk(va, true, true), true, true);
  };
  for (const va of [VA, VA + 4096]) t.map(va, 0x20_0000, FULL, FULL);
  touch();
  m.cpus[1]!.savedTlb = m.mmu.save();
  m.mmu.flush();
  touch();
  t.map(VA, 0, 0, FULL);
  return m;
}

test('does an invalidation here leave a translation there, and a shootdown take it away, that page only?', () => {
  const m = touched();
  m.mmu.invalidate(VA);
  expect([held(m, 1, VA), held(m, 1, VA + 4096)]).toEqual([0x20_0000, 0x20_0000]);
  m.processors.broadcastInvalidate(1 << 1, VA);
  expect([held(m, 1, VA), held(m, 1, VA + 4096)]).toEqual([-1, 0x20_0000]);
});

test('does a shootdown of everything leave nothing, and one for others leave all?', () => {
  const m = touched();
  m.processors.broadcastInvalidate(1 << 2, -1);
  expect(held(m, 1, VA)).toBe(0x20_0000);
  m.processors.broadcastInvalidate(1 << 1, -1);
  expect([held(m, 1, VA), held(m, 1, VA + 4096)]).toEqual([-1, -1]);
});

test('does it spare the CPU that asks for it, which drops its own?', () => {
  const m = touched();
  m.processors.broadcastInvalidate(0b11, VA);
  expect([m.mmu.uw[VA >>> 12], held(m, 1, VA)]).toEqual([0x20_0000, -1]);
});
