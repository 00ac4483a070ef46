import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dropFrom, PTE_P, PTE_U, PTE_W, TLB_CAPACITY } from '../src/index.js';
import { DIRECTORY, Tables } from './tables.js';

const VA = 0x08048000;
const FULL = PTE_P | PTE_W | PTE_U;

/** An access as the hardware makes it: the TLB, else a walk that fills it. */
function access(t: Tables, va: number, write: boolean, user: boolean): number {
  const { mmu } = t;
  const tlb = user ? (write ? mmu.uw : mmu.ur) : write ? mmu.kw : mmu.kr;
  const held = tlb[va >>> 12]!;
  if (held >= 0) return held;
  const pa = mmu.walk(va, write, user);
  if (pa >= 0) mmu.fill(va, pa, write, user);
  return pa;
}

test('does a translation stay after its table entry is gone, until invlpg or a load of cr3?', () => {
  for (const forget of ['invlpg', 'cr3', 'flush'] as const) {
    const t = new Tables();
    t.map(VA, 0x200000, FULL, FULL);
    t.map(VA + 4096, 0x300000, FULL, FULL);
    for (const va of [VA, VA + 4096]) expect(access(t, va, true, true)).toBeGreaterThan(0);
    t.ram.i32[t.pteAt(VA) >>> 2] = 0;
    t.ram.i32[t.pteAt(VA + 4096) >>> 2] = 0;
    expect(access(t, VA, true, true), 'stale').toBe(0x200000);
    expect(access(t, VA, false, false), 'stale for the supervisor, too').toBe(0x200000);
    if (forget === 'invlpg') t.mmu.invalidate(VA);
    else if (forget === 'cr3') t.mmu.load(DIRECTORY);
    else t.mmu.flush();
    expect(access(t, VA, false, false), forget).toBe(-1);
    expect(access(t, VA + 4096, false, false), 'the neighbour').toBe(forget === 'invlpg' ? 0x300000 : -1);
  }
});

test('does write access that was taken away last until the entry is dropped?', () => {
  const t = new Tables();
  t.map(VA, 0x200000, FULL, FULL);
  access(t, VA, true, true);
  t.ram.i32[t.pteAt(VA) >>> 2] = 0x200000 | PTE_P | PTE_U;
  expect(access(t, VA, true, true)).toBe(0x200000);
  t.mmu.invalidate(VA);
  expect(access(t, VA, true, true)).toBe(-1);
  expect(access(t, VA, false, true)).toBe(0x200000);
});

test('does a read leave the write and the user rights to be looked up?', () => {
  const t = new Tables();
  t.map(VA, 0x200000, PTE_P | PTE_W, FULL);
  expect(access(t, VA, false, false)).toBe(0x200000);
  const vpn = VA >>> 12;
  expect([t.mmu.kw[vpn], t.mmu.ur[vpn], t.mmu.uw[vpn]]).toEqual([-1, -1, -1]);
  expect(access(t, VA, false, true)).toBe(-1);
});

test('does it hold TLB_CAPACITY translations at most, and forget the oldest?', () => {
  const t = new Tables();
  for (let i = 0; i <= TLB_CAPACITY; i++) t.map(VA + i * 4096, 0x200000, FULL, FULL);
  for (let i = 0; i < TLB_CAPACITY; i++) access(t, VA + i * 4096, false, true);
  expect(t.mmu.kr[VA >>> 12]).toBe(0x200000);
  access(t, VA + TLB_CAPACITY * 4096, false, true);
  expect(t.mmu.kr[VA >>> 12]).toBe(-1);
  expect(t.mmu.kr.reduce((n, pa) => n + (pa >= 0 ? 1 : 0), 0)).toBe(TLB_CAPACITY);
});

test('does a CPU that comes back find what it held, stale entries included?', () => {
  const t = new Tables();
  t.map(VA, 0x200000, FULL, FULL);
  access(t, VA, true, true);
  const saved = t.mmu.save();
  expect(t.mmu.kr[VA >>> 12]).toBe(-1);
  t.ram.i32[t.pteAt(VA) >>> 2] = 0;
  t.mmu.restore(saved);
  expect(access(t, VA, true, true)).toBe(0x200000);
});

test('and not what was dropped while it was away?', () => {
  const t = new Tables();
  for (const va of [VA, VA + 4096]) {
    t.map(va, 0x200000, FULL, FULL);
    access(t, va, true, true);
  }
  const saved = t.mmu.save();
  dropFrom(saved, VA);
  for (const va of [VA, VA + 4096]) t.ram.i32[t.pteAt(va) >>> 2] = 0;
  t.mmu.restore(saved);
  expect(access(t, VA, true, true)).toBe(-1);
  expect(access(t, VA + 4096, true, true)).toBe(0x200000);
});

test('does it never invent a translation: each one held was in the tables since it was last dropped?', () => {
  const PAGES = 3000;
  const step = fc.record({
    what: fc.constantFrom('touch', 'touch', 'touch', 'remap', 'unmap', 'invlpg', 'cr3', 'swap'),
    from: fc.nat(PAGES - 1),
    count: fc.integer({ min: 1, max: 700 }),
    write: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const t = new Tables();
      /** Frames that a page has had since its last invalidation. */
      const had = Array.from({ length: PAGES }, () => new Set<number>());
      const now = new Array<number>(PAGES).fill(-1);
      let frame = 0;
      const drop = (i: number): void => {
        had[i] = new Set(now[i]! < 0 ? [] : [now[i]!]);
      };
      for (const s of steps) {
        if (s.what === 'cr3') {
          t.mmu.load(DIRECTORY);
          for (let i = 0; i < PAGES; i++) drop(i);
        } else if (s.what === 'swap') t.mmu.restore(t.mmu.save());
        else
          for (let i = s.from; i < Math.min(PAGES, s.from + s.count); i++) {
            const va = VA + i * 4096;
            if (s.what === 'touch') access(t, va, s.write, true);
            else if (s.what === 'invlpg') {
              t.mmu.invalidate(va);
              drop(i);
            } else {
              now[i] = s.what === 'unmap' ? -1 : 0x200000 + (frame++ % 1000) * 4096;
              t.map(va, Math.max(0, now[i]!), now[i]! < 0 ? 0 : FULL, FULL);
              if (now[i]! >= 0) had[i]!.add(now[i]!);
            }
          }
        for (let i = 0; i < PAGES; i++)
          for (const tlb of [t.mmu.kr, t.mmu.kw, t.mmu.ur, t.mmu.uw]) {
            const pa = tlb[(VA >>> 12) + i]!;
            if (pa >= 0 && !had[i]!.has(pa)) throw new Error(`page ${i} translates to ${pa.toString(16)}`);
          }
      }
    }),
    { numRuns: 60 },
  );
});
