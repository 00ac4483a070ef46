import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Unit, unit } from './unit.js';
import { STUBS } from './vm_object.stubs.js';

/** More for a long search: RUNS=1000 npx vitest run … */
const RUNS = Number(process.env.RUNS ?? 60);
const NPAGES = 16;
const NSPACES = 8;
const PQ = { FREE: 1, INACTIVE: 17, ACTIVE: 18, CACHE: 19, HOLD: 35, COUNT: 36 };
const PG = { BUSY: 1, FICTITIOUS: 8, MAPPED: 0x20, ZERO: 0x40, UNMANAGED: 0x800 };
const SHARE = 0;
const COPY = 1;
const VM_FAULT_DIRTY = 8;
const MADV_WILLNEED = 3;
const MADV_DONTNEED = 4;

const FILES = [
  'kern/kern_ktr.ts',
  'kern/kern_regime.ts',
  'kern/kern_lock.ts',
  'i386/atomic.ts',
  'vm/vm_zone.ts',
  'vm/vm_map.ts',
  'vm/vm_map_lock.ts',
  'vm/vm_map_fault.ts',
  'vm/vm_map_prot.ts',
  'vm/vm_map_wire.ts',
  'vm/vm_map_copy.ts',
  'vm/vm_vmspace.ts',
  'vm/vm_object.ts',
  'vm/vm_object_clean.ts',
  'vm/vm_object_collapse.ts',
  'vm/vm_page.ts',
  'vm/vm_pageq.ts',
  'vm/vm_page_valid.ts',
  'vm/vm_fault.ts',
  'vm/vm_fault_pager.ts',
  'vm/vm_fault_wire.ts',
  'vm/vm_pager.ts',
  'vm/default_pager.ts',
  'vm/phys_pager.ts',
  'vm/device_pager.ts',
  'vm/vnode_pager.ts',
];

let u: Unit;
beforeAll(async () => {
  u = await unit(FILES, STUBS, {
    get_pcpu: () => u.address('test_pcpu'),
    intr_disable: () => 0,
    intr_restore: () => {},
  });
  u.run('test_init');
  const { segments } = u.image;
  for (const seg of segments) {
    if (seg.name === 'data' || seg.name === 'bss') remember(seg.address, seg.size);
  }
  remember(0xc0400000, 0x20000);
  remember(0xc0800000, 0x80000);
});

/** Memory as it was after test_init: a property that failed must not spoil the search for a smaller case. */
const saved: { address: number; words: Uint32Array }[] = [];
function remember(address: number, size: number): void {
  saved.push({
    address,
    words: Uint32Array.from({ length: size >>> 2 }, (_, i) => u.load32(address + 4 * i)),
  });
}
function reset(): void {
  for (const { address, words } of saved) {
    words.forEach((w, i) => {
      u.store32(address + 4 * i, w);
    });
  }
}
beforeEach(reset);

/* Kernel functions take and return signed words; addresses here are unsigned. */
const call = (name: string, ...args: number[]): number => u.call(name, ...args.map((a) => a | 0)) >>> 0;
const run = (name: string, ...args: number[]): number => u.run(name, ...args.map((a) => a | 0)) >>> 0;
/** Fields of struct vm_page, read often: offset and size once. */
const layout = new Map<string, { offset: number; size: number }>();
function page(m: number, f: string): number {
  let at = layout.get(f);
  if (at === undefined) {
    at = u.image.structs.vm_page?.fields[f];
    if (at === undefined) throw new Error(`no field ${f}`);
    layout.set(f, at);
  }
  const va = m + at.offset;
  const word = u.load32(va & ~3) >>> (8 * (va & 3));
  return at.size === 4 ? word >>> 0 : word & ((1 << (8 * at.size)) - 1);
}
const pageSize = (): number => u.image.structs.vm_page?.size ?? 0;
const array = (): number => u.load32(u.address('vm_page_array'));
const npages = (): number => u.load32(u.address('vm_page_array_size'));
/** The managed pages: the array also has structures for what the array itself lies in. */
const pages = (): number[] =>
  Array.from({ length: npages() }, (_, i) => array() + i * pageSize()).filter(
    (m) => page(m, 'phys_addr') !== 0,
  );
const count = (f: string): number => u.field(u.address('cnt'), 'vmmeter', f);
const offset = (s: string, f: string): number => u.image.structs[s]?.fields[f]?.offset ?? 0;

/** Invariants 1 to 4 and 6 of vm_page.ts, for every page. */
function checkPages(): void {
  const all = pages();
  const queueOf = new Map<number, number>();
  const sums = { v_free_count: 0, v_cache_count: 0, v_inactive_count: 0, v_active_count: 0 };
  for (let q = 1; q < PQ.COUNT; q++) {
    const vpq = u.address('vm_page_queues') + q * (u.image.structs.vpgqueues?.size ?? 0);
    let n = 0;
    for (let m = u.load32(vpq); m !== 0; m = u.load32(m)) {
      if (queueOf.has(m) || page(m, 'queue') !== q)
        throw new Error(`page ${m} is on queue ${q} and elsewhere`);
      queueOf.set(m, q);
      n++;
    }
    expect(u.field(vpq, 'vpgqueues', 'lcnt')).toBe(n);
    if (q < PQ.INACTIVE) sums.v_free_count += n;
    else if (q === PQ.INACTIVE) sums.v_inactive_count += n;
    else if (q === PQ.ACTIVE || q === PQ.HOLD) sums.v_active_count += n;
    else sums.v_cache_count += n;
  }
  for (const [name, n] of Object.entries(sums)) expect([name, count(name)]).toEqual([name, n]);
  expect(count('v_page_count')).toBe(all.length);

  const inObject = new Map<number, number>();
  const listq = offset('vm_page', 'listq');
  for (let o = u.load32(u.address('vm_object_list')); o !== 0; o = u.load32(o)) {
    let n = 0;
    for (let m = u.field(o, 'vm_object', 'memq'); m !== 0; m = u.load32(m + listq)) {
      if (inObject.has(m)) throw new Error(`page ${m} is in two objects`);
      inObject.set(m, o);
      n++;
    }
    expect(u.field(o, 'vm_object', 'resident_page_count')).toBe(n);
  }
  let wired = 0;
  let zero = 0;
  for (const m of all) {
    const q = page(m, 'queue');
    const flags = page(m, 'flags');
    expect([q, page(m, 'object')]).toEqual([queueOf.get(m) ?? 0, inObject.get(m) ?? 0]);
    if (page(m, 'object') !== 0) {
      expect(call('vm_page_lookup', page(m, 'object'), page(m, 'pindex'))).toBe(m);
    }
    if (q >= PQ.FREE && q < PQ.INACTIVE) {
      const must = ['object', 'wire_count', 'hold_count', 'busy', 'valid', 'dirty', 'md_pv_list_count'];
      if (q !== PQ.FREE + page(m, 'pc') || (flags & ~PG.ZERO) !== 0 || must.some((f) => page(m, f) !== 0)) {
        throw new Error(`free page ${m} is in use`);
      }
      if (flags & PG.ZERO) zero++;
    } else if (q >= PQ.CACHE && q < PQ.HOLD) {
      expect(q).toBe(PQ.CACHE + page(m, 'pc'));
      expect([page(m, 'dirty'), page(m, 'busy'), page(m, 'wire_count'), flags & PG.BUSY]).toEqual([
        0, 0, 0, 0,
      ]);
      expect(page(m, 'md_pv_list_count')).toBe(0);
    } else if (q === 0) {
      expect(page(m, 'wire_count') > 0 || (flags & (PG.BUSY | PG.UNMANAGED)) !== 0).toBe(true);
    }
    if (page(m, 'wire_count') > 0) {
      wired++;
      expect(q).toBe(0);
    }
  }
  expect(count('v_wire_count')).toBe(wired);
  expect(u.load32(u.address('vm_page_zero_count'))).toBe(zero);
}

/** Invariants 1 to 4 of vm_object.ts. */
function checkObjects(): void {
  const objects: number[] = [];
  for (let o = u.load32(u.address('vm_object_list')); o !== 0; o = u.load32(o)) objects.push(o);
  expect(objects.length).toBe(u.load32(u.address('vm_object_count')));
  for (const o of objects) {
    expect(u.field(o, 'vm_object', 'paging_in_progress')).toBe(0);
    let shadows = 0;
    for (
      let s = u.field(o, 'vm_object', 'shadow_head');
      s !== 0;
      s = u.load32(s + offset('vm_object', 'shadow_list'))
    ) {
      expect(objects).toContain(s);
      expect(u.field(s, 'vm_object', 'backing_object')).toBe(o);
      shadows++;
    }
    expect(u.field(o, 'vm_object', 'shadow_count')).toBe(shadows);
    expect(u.field(o, 'vm_object', 'ref_count')).toBeGreaterThanOrEqual(shadows);
    expect(u.field(o, 'vm_object', 'ref_count')).toBeGreaterThan(0);
    const backing = u.field(o, 'vm_object', 'backing_object');
    if (backing !== 0) expect(objects).toContain(backing);
  }
}

/** A page of memory as a process sees it; spaces that share it have the same one. */
interface Cell {
  value: number;
}
interface Space {
  vm: number;
  cells: Cell[];
  inherit: number[];
  wired: boolean[];
}

type Op =
  | { op: 'write'; space: number; page: number; value: number; dirty: boolean }
  | { op: 'read'; space: number; page: number }
  | { op: 'fork'; space: number }
  | { op: 'exit'; space: number }
  | { op: 'remap'; space: number; start: number; len: number }
  | { op: 'inherit'; space: number; start: number; len: number; how: number }
  | { op: 'advise'; space: number; start: number; len: number; how: number }
  | { op: 'wire'; space: number; start: number; len: number; on: boolean }
  | { op: 'steal'; first: number; step: number; cache: boolean };

/*
 * Most of it happens to a few pages of a few spaces: what is wrong shows where the same page is written,
 * shared, read and written again in the right order, and that must not be left to luck.
 */
const space = fc.oneof({ weight: 2, arbitrary: fc.nat(1) }, { weight: 1, arbitrary: fc.nat(NSPACES - 1) });
const pageIndex = fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(NPAGES - 1) });
const range = { start: fc.nat(NPAGES - 1), len: fc.integer({ min: 1, max: NPAGES }) };
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      op: fc.constant('write' as const),
      space,
      page: pageIndex,
      value: fc.integer({ min: 1, max: 0x7fffffff }),
      dirty: fc.boolean(),
    }),
  },
  { weight: 12, arbitrary: fc.record({ op: fc.constant('read' as const), space, page: pageIndex }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('fork' as const), space }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('exit' as const), space }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('remap' as const), space, ...range }) },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('inherit' as const),
      space,
      ...range,
      how: fc.constantFrom(SHARE, COPY),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('advise' as const),
      space,
      ...range,
      how: fc.constantFrom(MADV_WILLNEED, MADV_DONTNEED),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('wire' as const), space, ...range, on: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('steal' as const),
      first: fc.nat(127),
      step: fc.integer({ min: 1, max: 9 }),
      cache: fc.boolean(),
    }),
  },
);

function newSpace(): Space {
  return {
    vm: run('test_space'),
    cells: Array.from({ length: NPAGES }, () => ({ value: 0 })),
    inherit: Array.from({ length: NPAGES }, () => COPY),
    wired: Array.from({ length: NPAGES }, () => false),
  };
}

/** What must be as it was when all processes are gone. */
const left = (): Record<string, number> => ({
  objects: u.load32(u.address('vm_object_count')),
  free: count('v_free_count'),
  swap: call('test_swapused'),
});

function clamp(o: { start: number; len: number }): [number, number] {
  return [o.start, Math.min(o.len, NPAGES - o.start)];
}

/** Does the operation on the kernel and on the plain model. */
function apply(spaces: Space[], o: Op): void {
  if (o.op === 'steal') {
    for (let i = o.first; i < npages(); i += o.step) call('test_steal', i, o.cache ? 1 : 0);
    return;
  }
  const s = spaces[o.space % spaces.length] as Space;
  switch (o.op) {
    case 'write':
      run('test_write', s.vm, o.page, o.value, o.dirty ? VM_FAULT_DIRTY : 0);
      (s.cells[o.page] as Cell).value = o.value;
      break;
    case 'read':
      expect(run('test_read', s.vm, o.page)).toBe((s.cells[o.page] as Cell).value);
      break;
    case 'fork':
      if (spaces.length === NSPACES) break;
      spaces.push({
        vm: run('vmspace_fork', s.vm),
        cells: s.cells.map((c, i) => (s.inherit[i] === SHARE ? c : { value: c.value })),
        inherit: [...s.inherit],
        wired: s.wired.map(() => false),
      });
      break;
    case 'exit':
      if (spaces.length === 1) break;
      run('vmspace_free', s.vm);
      spaces.splice(spaces.indexOf(s), 1);
      break;
    case 'remap': {
      const [start, len] = clamp(o);
      run('test_map', s.vm, start, len);
      for (let i = start; i < start + len; i++) {
        s.cells[i] = { value: 0 };
        s.inherit[i] = COPY;
        s.wired[i] = false;
      }
      break;
    }
    case 'inherit': {
      const [start, len] = clamp(o);
      // As in BSD, memory that was shared by fork and is then copied by fork is not shared with its first
      // partner any more: the copy-on-write of the second fork comes between. Not what this test is about.
      if (o.how === COPY && s.inherit.slice(start, start + len).includes(SHARE)) break;
      run('test_inherit', s.vm, start, len, o.how);
      s.inherit.fill(o.how, start, start + len);
      break;
    }
    case 'advise':
      run('test_advise', s.vm, ...clamp(o), o.how);
      break;
    case 'wire':
      run('test_wire', s.vm, ...clamp(o), o.on ? 1 : 0);
      break;
  }
}

describe('shadow chains under fork, exit, copy-on-write, sharing, collapse and paging', () => {
  it('show every process what it wrote, keep the books, and leave nothing behind', () => {
    fc.assert(
      fc.property(fc.array(op, { minLength: 30, maxLength: 90, size: 'max' }), (ops) => {
        reset();
        const before = left();
        const spaces = [newSpace()];
        ops.forEach((o, i) => {
          apply(spaces, o);
          checkObjects();
          if (i % 4 === 3) checkPages();
        });
        for (const s of spaces) {
          s.cells.forEach((c, i) => {
            expect(run('test_read', s.vm, i)).toBe(c.value);
          });
        }
        for (const s of spaces) run('vmspace_free', s.vm);
        checkPages();
        expect(left()).toEqual(before);
      }),
      { numRuns: RUNS },
    );
  }, 120_000);

  it('do not grow with generations of fork, write and exit of the parent', () => {
    const before = left();
    let s = newSpace();
    for (let i = 0; i < NPAGES; i++) run('test_write', s.vm, i, 100 + i, 0);
    for (let n = 0; n < 50; n++) {
      const child = run('vmspace_fork', s.vm);
      run('test_write', child, n % NPAGES, 1000 + n, 0);
      run('vmspace_free', s.vm);
      s = { ...s, vm: child };
      expect(u.load32(u.address('vm_object_count'))).toBeLessThan(before.objects + 4);
    }
    expect(run('test_read', s.vm, 49 % NPAGES)).toBe(1049);
    run('vmspace_free', s.vm);
    expect(left()).toEqual(before);
  });

  it('move the page up instead of copying it when nobody else can see it', () => {
    const parent = run('test_space');
    run('test_write', parent, 3, 33, 0);
    const child = run('vmspace_fork', parent);
    run('test_write', child, 4, 44, 0);
    run('vmspace_free', parent);
    const before = count('v_cow_optim');
    run('test_write', child, 3, 34, 0);
    expect(count('v_cow_optim') - before).toBeLessThanOrEqual(1);
    expect(run('test_read', child, 3)).toBe(34);
    run('vmspace_free', child);
    checkPages();
  });
});

describe('pages', () => {
  type PageOp = { op: string; index: number };
  const pageOp: fc.Arbitrary<PageOp> = fc.record({
    op: fc.constantFrom(
      'alloc',
      'alloc',
      'allocz',
      'free',
      'zerofree',
      'activate',
      'deactivate',
      'cache',
      'wire',
      'unwire',
      'hold',
      'unhold',
      'rename',
      'dontneed',
    ),
    index: fc.nat(11),
  });

  it('are in exactly one state after any sequence of operations', () => {
    fc.assert(
      fc.property(fc.array(pageOp, { maxLength: 80 }), (ops) => {
        reset();
        const before = left();
        run('test_mkobject', 64);
        const object = u.load32(u.address('test_object'));
        const held: number[] = [];
        for (const { op: what, index } of ops) {
          const m = call('vm_page_lookup', object, index);
          if (what === 'alloc' || what === 'allocz') {
            if (m === 0) {
              const p = call('vm_page_alloc', object, index, what === 'alloc' ? 0 : 3);
              expect(page(p, 'flags') & PG.BUSY).toBe(PG.BUSY);
              call('test_pvalid', p);
              call('vm_page_activate', p);
              call('test_pwakeup', p);
            }
          } else if (what === 'unhold') {
            const p = held.pop();
            if (p !== undefined) call('vm_page_unhold', p);
          } else if (m !== 0) {
            const wires = page(m, 'wire_count');
            const dirty = page(m, 'dirty') !== 0;
            if (what === 'free' && wires === 0) {
              call('test_flags', m, PG.BUSY, 0);
              call('test_pfree', m);
            } else if (what === 'zerofree' && wires === 0) call('test_pzero', m);
            else if (what === 'activate') call('vm_page_activate', m);
            else if (what === 'deactivate') call('vm_page_deactivate', m);
            else if (what === 'dontneed') call('vm_page_dontneed', m);
            else if (what === 'cache' && !dirty && wires === 0) call('vm_page_cache', m);
            else if (what === 'wire') call('vm_page_wire', m);
            else if (what === 'unwire' && wires > 0) call('vm_page_unwire', m, index & 1);
            else if (what === 'hold') {
              call('test_phold', m);
              held.push(m);
            } else if (what === 'rename' && call('vm_page_lookup', object, index + 20) === 0) {
              call('test_flags', m, PG.BUSY, 0);
              call('vm_page_rename', m, object, index + 20);
            }
          }
          checkPages();
        }
        for (const p of held) call('vm_page_unhold', p);
        for (let i = 0; i < 64; i++) {
          const m = call('vm_page_lookup', object, i);
          while (m !== 0 && page(m, 'wire_count') > 0) call('vm_page_unwire', m, 0);
        }
        run('vm_object_deallocate', object);
        checkPages();
        expect(left()).toEqual(before);
      }),
      { numRuns: RUNS },
    );
  }, 60_000);

  it('panic when they are freed twice, while busy, or wired', () => {
    run('test_mkobject', 8);
    const object = u.load32(u.address('test_object'));
    const m = call('vm_page_alloc', object, 0, 0);
    call('vm_page_wire', m);
    expect(() => call('test_pfree', m)).toThrow('vm_page_free: freeing wired page');
    const m2 = call('vm_page_alloc', object, 1, 0);
    call('test_pfree', m2);
    expect(() => call('test_pfree', m2)).toThrow('vm_page_free: pindex');
    expect(() => call('vm_page_unwire', m2, 0)).toThrow('vm_page_unwire: invalid wire count');
  });
});
