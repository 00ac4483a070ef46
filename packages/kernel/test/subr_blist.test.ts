import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Unit, unit } from './unit.js';

/** More for a long search: RUNS=1000 npx vitest run … */
const RUNS = Number(process.env.RUNS ?? 100);
const NONE = -1;
const MAX_ALLOC = 32;

/** A heap that forgets: each test makes its blists anew. */
const STUBS = `
export let panicstr: str = null;
let heap: u32 = 0xc0400000;
export function heap_reset(): void {
  heap = 0xc0400000;
}
export function panic(fmt: str, ...args: va_list): never {
  machine_stop($i32($addr(fmt)));
}
export function* malloc(size: u32, type: malloc_type, flags: int): Sleeps<u32> {
  const a = heap;
  heap += (size + 15) & ~15;
  for (let p: u32 = a; p < heap; p += 4) $st32(p, (flags & M_ZERO) !== 0 ? 0 : 0xdeadc0de);
  return a;
}
export function free(addr: u32, type: malloc_type): void {}
`;

let u: Unit;
beforeAll(async () => {
  u = await unit(['kern/subr_blist.ts'], STUBS);
});

const field = (bl: number, name: string): number => u.field(bl, 'blist', name);

function create(blocks: number): number {
  u.call('heap_reset');
  return u.run('blist_create', blocks) >>> 0;
}

/** The blist beside an array that says of each block whether it is free. */
class Model {
  readonly free: boolean[];
  bl: number;

  constructor(blocks: number) {
    this.free = new Array<boolean>(blocks).fill(false);
    this.bl = create(blocks);
  }

  /** The first run of n free blocks inside a leaf: what first fit must give. */
  firstFit(n: number): number {
    for (let i = 0; i + n <= this.free.length; i++) {
      if (i % 32 > 32 - n) continue;
      if (this.free.slice(i, i + n).every(Boolean)) return i;
    }
    return NONE;
  }

  set(at: number, n: number, value: boolean): number {
    let changed = 0;
    for (let i = at; i < at + n; i++) {
      if (this.free[i] !== value) changed++;
      this.free[i] = value;
    }
    return changed;
  }

  /** Invariants B1 to B4 of subr_blist.ts, node by node. */
  check(): void {
    const count = this.free.filter(Boolean).length;
    expect(field(this.bl, 'bl_free')).toBe(count);
    const walk = (node: number, radix: number, skip: number, from: number): { free: number; run: number } => {
      const word = u.load32(node);
      const hint = u.load32(node + 4) | 0;
      let found = { free: 0, run: 0 };
      if (radix === 32) {
        let run = 0;
        for (let i = 0; i < 32; i++) {
          const bit = (word >>> i) & 1;
          expect([from + i, bit]).toEqual([from + i, this.free[from + i] === true ? 1 : 0]);
          run = bit ? run + 1 : 0;
          found = { free: found.free + bit, run: Math.max(found.run, run) };
        }
      } else {
        const sub = radix / 16;
        const step = skip / 16;
        for (let i = 1, at = from; i <= skip && at < this.free.length; i += step, at += sub) {
          const below = walk(node + 8 * i, sub, step - 1, at);
          found = { free: found.free + below.free, run: Math.max(found.run, below.run) };
        }
        expect(word).toBe(found.free);
      }
      expect(hint).toBeGreaterThanOrEqual(found.run);
      return found;
    };
    walk(field(this.bl, 'bl_root'), field(this.bl, 'bl_radix'), field(this.bl, 'bl_skip'), 0);
  }
}

type Op = { op: 'alloc' | 'free' | 'fill'; at: number; n: number } | { op: 'resize'; at: number; n: number };

const ops = fc.array(
  fc.record({
    op: fc.constantFrom<Op['op']>('alloc', 'alloc', 'free', 'free', 'fill', 'resize'),
    at: fc.nat(99999),
    n: fc.integer({ min: 1, max: 64 }),
  }),
  { maxLength: 60 },
);

function apply(m: Model, o: Op): Model {
  const blocks = m.free.length;
  const at = o.at % blocks;
  const n = Math.min(o.n, blocks - at);
  switch (o.op) {
    case 'alloc': {
      const want = Math.min(o.n, MAX_ALLOC);
      const got = u.call('blist_alloc', m.bl, want) | 0;
      expect(got).toBe(m.firstFit(want));
      if (got !== NONE) m.set(got, want, false);
      return m;
    }
    case 'free': {
      /* Only what is allocated may be freed: from `at` on as far as that goes. */
      let k = 0;
      while (k < n && !m.free[at + k]) k++;
      if (k > 0) {
        u.call('blist_free', m.bl, at, k);
        m.set(at, k, true);
      }
      return m;
    }
    case 'fill':
      expect(u.call('blist_fill', m.bl, at, n)).toBe(m.set(at, n, false));
      return m;
    default: {
      const size = 1 + (o.at % 2000);
      const cell = 0xc03f0000;
      u.store32(cell, m.bl);
      u.run('blist_resize', cell | 0, size, o.n & 1);
      m.bl = u.load32(cell);
      const old = m.free.slice();
      m.free.length = size;
      for (let i = 0; i < size; i++) m.free[i] = i < old.length ? old[i]! : (o.n & 1) === 1;
      return m;
    }
  }
}

describe('blist', () => {
  it('does what a plain array of blocks does, and keeps its invariants', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), ops, (blocks, list) => {
        const m = new Model(blocks);
        u.call('blist_free', m.bl, 0, blocks);
        m.set(0, blocks, true);
        for (const o of list) apply(m, o);
        m.check();
      }),
      { numRuns: RUNS },
    );
  });

  it.each([
    1, 31, 32, 33, 511, 512, 513, 8192, 8193, 70000,
  ])('gives out %i blocks one by one, each once', (blocks) => {
    const bl = create(blocks);
    expect(u.call('blist_alloc', bl, 1) | 0).toBe(NONE);
    u.call('blist_free', bl, 0, blocks);
    for (let i = 0; i < blocks; i++) expect(u.call('blist_alloc', bl, 1)).toBe(i);
    expect(u.call('blist_alloc', bl, 1) | 0).toBe(NONE);
  });

  it('finds a hole again after its hints were lowered', () => {
    const bl = create(4096);
    u.call('blist_free', bl, 0, 4096);
    while ((u.call('blist_alloc', bl, 32) | 0) !== NONE);
    u.call('blist_free', bl, 1000, 7);
    expect(u.call('blist_alloc', bl, 8) | 0).toBe(NONE);
    expect(u.call('blist_alloc', bl, 7)).toBe(1000);
  });

  it('notices blocks that are freed twice or do not exist', () => {
    const bl = create(100);
    u.call('blist_free', bl, 10, 5);
    expect(() => u.call('blist_free', bl, 12, 1)).toThrow('freeing free block');
    expect(() => u.call('blist_free', bl, 99, 2)).toThrow('blist_free');
    expect(() => u.call('blist_alloc', bl, 33)).toThrow('blist_alloc');
  });
});
