import { describe, expect, it } from 'vitest';
import type { System } from '@trap12/system';
import { SYS } from '../../userland/src/syscalls.js';
import { type Libc, runInKernel, type User } from './boot.js';

const PAGE = 4096;
const BASE = 0x40000000;
const NPAGES = 1024;
const MAP_FIXED_ANON = 0x1012;
const MAP_SHARED_ANON = 0x1011;
const RW = 3;

/** A small generator of our own, so that a seed means the same everywhere. */
function random(seed: number): (n: number) => number {
  let x = (seed * 2654435761) | 1;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
}

interface Place {
  value: number;
  shared: boolean;
  /** Wired, so that a child gets a copy at once */
  locked: boolean;
}

/** Reads a page at two places and compares. */
function* verify(c: Libc, i: number, p: Place): User {
  const at = BASE + i * PAGE;
  const got = [yield* c.cpu.load32(at), yield* c.cpu.load32(at + PAGE - 4)];
  expect([i, ...got]).toEqual([i, p.value, p.value]);
}

function* fill(c: Libc, i: number, value: number): User {
  yield* c.cpu.store32(BASE + i * PAGE, value);
  yield* c.cpu.store32(BASE + i * PAGE + PAGE - 4, value);
}

/** Touches more memory than there is, so that everything else goes to swap. */
function* squeeze(c: Libc, pages: number): User {
  const at = 0x60000000;
  expect(yield* c.sys(SYS.mmap, at, pages * PAGE, RW, MAP_FIXED_ANON, -1, 0, 0, 0)).toBe(at);
  for (let i = 0; i < pages; i++) yield* c.cpu.store32(at + i * PAGE, i);
  for (let i = 0; i < pages; i += 97) expect(yield* c.cpu.load32(at + i * PAGE)).toBe(i);
  expect(yield* c.sys(SYS.munmap, at, pages * PAGE)).toBe(0);
}

/** A child looks at the parent's memory, scribbles on it and takes some away; only shared pages may show that. */
function* family(c: Libc, model: (Place | undefined)[], rnd: (n: number) => number): User {
  const seed = rnd(1 << 30) + 1;
  const pid = yield* c.fork(function* (k) {
    const r = random(seed);
    const seen = new Set<number>();
    for (let n = 0; n < 60; n++) {
      const i = r(NPAGES);
      const p = model[i];
      if (p === undefined) continue;
      if (!p.shared && !seen.has(i)) {
        seen.add(i);
        yield* verify(k, i, p);
        yield* fill(k, i, ~p.value);
      }
    }
    yield* k.sys(SYS.munmap, BASE + 64 * PAGE, 16 * PAGE);
    if (r(2) === 0) yield* squeeze(k, 2000);
    for (let n = 0; n < 10; n++) {
      const i = r(64);
      if (model[i]?.shared) yield* fill(k, i, seed + i);
    }
    return 0;
  });
  expect(pid).toBeGreaterThan(0);
  expect(yield* c.wait(pid)).toEqual([pid, 0]);
  const again = random(seed);
  for (let n = 0; n < 60; n++) again(NPAGES);
  again(2);
  for (let n = 0; n < 10; n++) {
    const i = again(64);
    const p = model[i];
    if (p?.shared) p.value = (seed + i) | 0;
  }
}

function* stress(c: Libc, seed: number, steps: number): User {
  const rnd = random(seed);
  const model: (Place | undefined)[] = Array.from({ length: NPAGES }, () => undefined);
  for (let step = 0; step < steps; step++) {
    const i = rnd(NPAGES);
    const n = Math.min(1 + rnd(100), NPAGES - i);
    const at = BASE + i * PAGE;
    const range = model.slice(i, i + n);
    switch (rnd(9)) {
      case 0:
      case 1: {
        const shared = i < 64;
        const count = shared ? Math.min(n, 64 - i) : n;
        const flags = shared ? MAP_SHARED_ANON : MAP_FIXED_ANON;
        expect(yield* c.sys(SYS.mmap, at, count * PAGE, RW, flags, -1, 0, 0, 0)).toBe(at);
        for (let k = 0; k < count; k++) model[i + k] = { value: 0, shared, locked: false };
        break;
      }
      case 2: {
        const whole = range.every((p) => p !== undefined);
        expect(yield* c.sys(SYS.munmap, at, n * PAGE)).toBe(whole ? 0 : -22);
        if (whole) model.fill(undefined, i, i + n);
        break;
      }
      case 3:
      case 4:
        for (let k = 0; k < n; k++) {
          const p = model[i + k];
          if (p === undefined) continue;
          p.value = (seed * 7919 + step * 4096 + k) | 0;
          yield* fill(c, i + k, p.value);
        }
        break;
      case 5:
        for (let k = 0; k < n; k++) if (model[i + k] !== undefined) yield* verify(c, i + k, model[i + k]!);
        break;
      case 6:
        yield* family(c, model, rnd);
        break;
      case 7:
        yield* squeeze(c, 2600);
        break;
      case 8: {
        /* Takes write access away and gives it back; wires a little and lets go. */
        expect(yield* c.sys(SYS.mprotect, at, n * PAGE, 1)).toBe(0);
        expect(yield* c.sys(SYS.mprotect, at, n * PAGE, RW)).toBe(0);
        const few = Math.min(n, 20);
        if (model[i] !== undefined) {
          expect(yield* c.sys(SYS.mlock, at, few * PAGE)).toBe(0);
          if (rnd(2) === 0) yield* family(c, model, rnd);
          expect(yield* c.sys(SYS.munlock, at, few * PAGE)).toBe(0);
        }
        break;
      }
    }
  }
  for (let i = 0; i < NPAGES; i++) if (model[i] !== undefined) yield* verify(c, i, model[i]!);
}

/** Every page is in exactly one state: the counts add up to all there are. */
function accounted(system: System): void {
  const cnt = system.symbols.address('cnt');
  const count = (name: string): number => system.memory.field('vmmeter', cnt, name);
  const states = ['v_free_count', 'v_cache_count', 'v_inactive_count', 'v_active_count', 'v_wire_count'];
  expect(states.reduce((n, name) => n + count(name), 0)).toBe(count('v_page_count'));
}

describe('memory under pressure', () => {
  for (const [locking, ncpu, seed] of [
    ['giant', 1, 1],
    ['vm_mtx-20010519+swaplocks+vmspace-ref', 1, 2],
    ['vm_mtx-20010519+swaplocks+vmspace-ref', 1, 3],
  ] as const) {
    it(`is what was written to it, whatever is mapped, unmapped, forked and swapped (${locking}, ${ncpu} CPU)`, async () => {
      let done = false;
      const { console, why, system } = await runInKernel(
        function* (c) {
          yield* stress(c, seed, Number(process.env.STEPS ?? 40));
          done = true;
          return 0;
        },
        { ramBytes: 10 << 20, swapBytes: 48 << 20, ncpu, seed, locking },
      );
      accounted(system);
      expect([why, done, /panic|Fatal trap/.test(console) ? console : '']).toEqual(['halt', true, '']);
    });
  }
});
