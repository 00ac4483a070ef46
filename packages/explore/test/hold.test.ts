import { createSystem } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { describe, expect, test } from 'vitest';
import { Held, HoldFinder, placeName, roundest, shorter } from '../src/hold.js';

const [A, B, C] = [0x1000, 0x2000, 0x3000] as const;

describe('does a preemption turn out to be a hold?', () => {
  test('passed over until it was chosen: the choices between are said by it', () => {
    const finder = new HoldFinder();
    finder.preempted(0, A, 100);
    finder.ran(1, [A, B], 1, 110);
    finder.ran(undefined, [B, A], 0, 120);
    finder.ran(2, [A], 1, 160);
    finder.ran(undefined, [A, B], 0, 345);
    expect([1, 2].map((i) => finder.isSaid(i))).toEqual([true, true]);
    // Of the times from 61 to 245 it is the roundest.
    expect(finder.holdAt(0)).toEqual({ forNs: 200 });
  });

  test('not chosen any more: it has no end', () => {
    const finder = new HoldFinder();
    finder.preempted(0, A, 100);
    finder.ran(1, [A, B], 1, 110);
    expect(finder.holdAt(0)).toEqual({ forNs: undefined });
  });

  test('chosen at once: it is a preemption', () => {
    const finder = new HoldFinder();
    finder.preempted(0, A, 100);
    finder.ran(undefined, [A, B], 0, 110);
    expect(finder.holdAt(0)).toBeUndefined();
  });

  test('who was not preempted is passed over by a choice of its own', () => {
    const finder = new HoldFinder();
    finder.preempted(0, A, 100);
    finder.ran(1, [A, C, B], 2, 110);
    finder.ran(2, [A, B], 1, 120);
    expect([1, 2].map((i) => finder.isSaid(i))).toEqual([false, true]);
    expect(finder.holdAt(0)).toEqual({ forNs: undefined });
  });

  test('an end before the last passing over, on a clock that is behind: nothing is said by it', () => {
    const finder = new HoldFinder();
    finder.preempted(0, A, 100);
    finder.ran(1, [A, B], 1, 150);
    finder.ran(undefined, [A, B], 0, 140);
    expect(finder.holdAt(0)).toBeUndefined();
    expect(finder.isSaid(1)).toBe(false);
  });
});

describe('is who is held passed over, and for so long?', () => {
  const held = new Held();
  held.begin(A, 100, 50);
  held.begin(B, 100, undefined);
  const cases: [string, number[], number, number][] = [
    ['while it lasts', [A, C], 120, 1],
    ['not from its end on', [A, C], 150, 0],
    ['all of them: nobody', [A, B], 149, 2],
    ['without an end, for ever', [B, C], 1e12, 1],
    ['not before it began: a debugger goes back', [A, B], 99, 0],
  ];
  for (const [what, contexts, now, first] of cases)
    test(what, () => expect(held.firstFree(contexts, now)).toBe(first));
});

describe('times', () => {
  test('the roundest above one and up to another', () => {
    const of = [
      [61, 245],
      [0, 1000],
      [199, 200],
      [200, 201],
      [883_069_000, 883_070_509],
    ].map(([low, high]) => roundest(low!, high!));
    expect(of).toEqual([200, 1000, 200, 201, 883_070_000]);
  });

  test('the next shorter one of one digit', () => {
    expect([2345, 2000, 1_000_000, 10_000, 1001, 1000].map(shorter)).toEqual([
      2000,
      1000,
      900_000,
      9000,
      1000,
      undefined,
    ]);
  });
});

test('is the place not known where the running stack is not mapped?', async () => {
  const system = createSystem(await loadKernel(), { ramBytes: 16 << 20 });
  const { machine, memory } = system;
  machine.run(1e6);
  expect(placeName(system)).toMatch(/^\w+:\d+$/);
  const { registers } = memory.target.cpu;
  // A kernel that has lost its own stack's mapping goes on with a translation that the processor still has.
  machine.ram.i32[(machine.mmu.inspect(registers!.ebp).ptePa & ~3) >>> 2] = 0;
  expect(placeName(system)).toBe('-');
});
