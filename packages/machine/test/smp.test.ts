import { expect, test } from 'vitest';
import { IRQ_IPI, Machine } from '../src/index.js';

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
  m.sendIpi(2, 0);
  expect(m.cpus[1]!.pending & (1 << IRQ_IPI)).not.toBe(0);
  expect(m.cpus[1]!.timeNs).toBe(5000);
});

test('does its waker soon let it run?', () => {
  const m = machine();
  m.sendIpi(2, 0);
  expect(m.cpu.sliceEndNs - m.now()).toBeLessThanOrEqual(1000);
});

test('does an interrupt that is masked leave it asleep until it is let in?', () => {
  const m = machine();
  m.maskIrq(IRQ_IPI, true);
  m.sendIpi(2, 0);
  expect([m.cpus[1]!.timeNs, m.cpu.sliceEndNs]).toEqual([1000, 1e6]);
  m.maskIrq(IRQ_IPI, false);
  expect(m.cpus[1]!.timeNs).toBe(5000);
});
