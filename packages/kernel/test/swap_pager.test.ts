import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Unit, unit } from './unit.js';

/** More for a long search: RUNS=1000 npx vitest run … */
const RUNS = Number(process.env.RUNS ?? 60);
const NONE = -1;
const NOBJS = 4;
/** Page indices go up to here, a few metadata blocks. */
const NPAGES = 100;
/** Small devices, so that space runs out: 5 stripes and a piece, and 3 stripes. */
const DEV_PAGES = [90, 48];
const STRIPE = 16;
const SWM_FREE = 2;
const SWM_POP = 4;

/** What the swap pager stands on: memory without end, swblocks from a list, devices that open. */
const STUBS = `
export let Giant: embed<mtx>;
export let panicstr: str = null;
export let cnt: embed<vmmeter>;
export let test_proc: embed<proc>;
export let test_pcpu: embed<pcpu>;
export let test_objs: array<embed<vm_object>, ${NOBJS}>;
export let test_vnodes: array<embed<vnode>, 2>;
let test_zone: embed<vm_zone>;
/** The page that is resident in its object: test_resident_object null for none. */
export let test_resident_object: vm_object = null;
export let test_resident_pindex: u32 = 0;
export let test_page: embed<vm_page>;
/**
 * How many allocations from here on fail, and the object whose page 0 then gets a block, as if it had been
 * paged out.
 */
export let test_zalloc_fails: int = 0;
export let test_pageout: vm_object = null;
let heap: u32 = 0xc0400000;
let free_items: u32 = 0;

export function panic(fmt: str, ...args: va_list): never {
  machine_stop($i32($addr(fmt)));
}
export function printf(fmt: str, ...args: va_list): void {}
export function wakeup(ident: u32): void {}
export function bump(n: u32): u32 {
  const a = heap;
  heap += (n + 31) & ~31;
  return a;
}
export function* malloc(size: u32, type: malloc_type, flags: int): Sleeps<u32> {
  const a = bump(size);
  for (let p: u32 = a; p < a + size; p += 4) $st32(p, 0);
  return a;
}
export function free(addr: u32, type: malloc_type): void {}
export function* zinit(name: str, size: int, n: int, flags: int, alloc: int): Sleeps<vm_zone> {
  return test_zone;
}
export function zalloci(z: vm_zone): u32 {
  if (test_zalloc_fails > 0) {
    test_zalloc_fails--;
    return 0;
  }
  if (free_items === 0) return bump($sizeof<swblock>());
  const a = free_items;
  free_items = $ld32(a);
  return a;
}
export function zfreei(z: vm_zone, item: u32): void {
  $st32(item, $i32(free_items));
  free_items = item;
}
export function _mtx_lock_quick(m: mtx): int {
  KASSERT(m.mtx_lock === MTX_UNOWNED, 'mutex taken twice');
  m.mtx_lock = $addr(test_proc);
  return 1;
}
export function _mtx_unlock(m: mtx): void {
  KASSERT(m.mtx_lock === $addr(test_proc), 'mutex not ours');
  m.mtx_lock = MTX_UNOWNED;
}
export function* VOP_OPEN(vp: vnode, mode: int, p: proc): Sleeps<int> {
  return 0;
}
export function* VOP_CLOSE(vp: vnode, mode: int, p: proc): Sleeps<int> {
  return 0;
}
export function vm_page_lookup(o: vm_object, pindex: u32): vm_page {
  return o === test_resident_object && pindex === test_resident_pindex ? test_page : null;
}
export function* vm_wait(): Sleeps {
  if (test_pageout !== null) yield* test_assign(test_pageout, 0);
}
export function* vm_object_pip_wait(o: vm_object, why: str): Sleeps {}

export function* test_init(): Sleeps {
  test_pcpu.curproc = test_proc;
  vm_mtx.mtx_lock = MTX_UNOWNED;
  vm_lockp = vm_mtx;
  cnt.v_page_count = 64;
  swp_pager_list_init();
  swapgeom();
  yield* swp_pager_meta_init();
  for (let i: int = 0; i < ${NOBJS}; i++) {
    test_objs[i].type = OBJT_DEFAULT;
    test_objs[i].size = ${NPAGES};
    test_objs[i].hash_rand = 129 * i;
  }
}
export function* test_swapon(i: int, pages: int): Sleeps<int> {
  return yield* swaponvp(test_proc, test_vnodes[i], $u32(0x100 + i), pages);
}
export function* test_lock(): Sleeps {
  yield* vm_lock();
}
/** Gives a page a block: 0, or -1 if there is none. */
export function* test_assign(o: vm_object, pindex: u32): Sleeps<int> {
  const blk = swp_pager_getswapspace(1);
  if (blk === SWAPBLK_NONE) return -1;
  yield* swp_pager_meta_build(o, pindex, blk);
  return 0;
}
`;

let u: Unit;
const saved: { address: number; words: Uint32Array }[] = [];
const remember = (address: number, size: number): void => {
  saved.push({
    address,
    words: Uint32Array.from({ length: size >>> 2 }, (_, i) => u.load32(address + 4 * i)),
  });
};

beforeAll(async () => {
  u = await unit(
    [
      'kern/kern_regime.ts',
      'kern/subr_blist.ts',
      'vm/swap_pager.ts',
      'vm/swap_pager_meta.ts',
      'vm/vm_swap.ts',
    ],
    STUBS,
    { get_pcpu: () => u.address('test_pcpu') },
  );
  u.run('test_init');
  for (const [i, pages] of DEV_PAGES.entries()) expect(u.run('test_swapon', i, pages)).toBe(0);
  u.run('test_lock');
  for (const seg of u.image.segments)
    if (seg.name === 'data' || seg.name === 'bss') remember(seg.address, seg.size);
  remember(0xc0400000, 0x8000);
});
/** Memory as it was before the first test. */
function reset(): void {
  for (const { address, words } of saved)
    words.forEach((w, i) => {
      u.store32(address + 4 * i, w);
    });
}
beforeEach(reset);

const size = (name: string): number => u.image.structs[name]?.size ?? 0;
const offset = (s: string, f: string): number => u.image.structs[s]?.fields[f]?.offset ?? 0;
const variable = (name: string): number => u.load32(u.address(name));
const objectAt = (i: number): number => (u.address('test_objs') + i * size('vm_object')) | 0;
const blockOf = (i: number, page: number): number => u.call('swp_pager_meta_ctl', objectAt(i), page, 0) | 0;

/** Blocks of a device that swap can use: all but the first stripe. */
const usable = DEV_PAGES.map((n) => n - STRIPE);
const total = usable.reduce((a, b) => a + b, 0);

/** Which blocks the bitmap has free. */
function freeBlocks(): Set<number> {
  const bl = variable('swapblist');
  const out = new Set<number>();
  const blocks = u.field(bl, 'blist', 'bl_blocks');
  const walk = (node: number, radix: number, skip: number, from: number): void => {
    if (radix === 32) {
      for (let i = 0; i < 32; i++) if ((u.load32(node) >>> i) & 1) out.add(from + i);
      return;
    }
    for (let i = 1, at = from; i <= skip && at < blocks; i += skip / 16, at += radix / 16)
      walk(node + 8 * i, radix / 16, skip / 16 - 1, at);
  };
  walk(u.field(bl, 'blist', 'bl_root'), u.field(bl, 'blist', 'bl_radix'), u.field(bl, 'blist', 'bl_skip'), 0);
  return out;
}

/** Invariants W1 to W4 of swap_pager_meta.ts. */
function check(): void {
  const free = freeBlocks();
  const owner = new Map<number, number>();
  const held = new Map<number, number>();
  for (let i = 0; i <= variable('swhash_mask'); i++) {
    let swap = u.load32(variable('swhash') + 4 * i);
    for (; swap !== 0; swap = u.field(swap, 'swblock', 'swb_hnext')) {
      const object = u.field(swap, 'swblock', 'swb_object');
      held.set(object, (held.get(object) ?? 0) + 1);
      let n = 0;
      for (let k = 0; k < 16; k++) {
        const blk = u.load32(swap + offset('swblock', 'swb_pages') + 4 * k) | 0;
        if (blk === NONE) continue;
        expect([blk, owner.has(blk), free.has(blk)]).toEqual([blk, false, false]);
        owner.set(blk, object);
        n++;
      }
      expect(u.field(swap, 'swblock', 'swb_count')).toBe(n);
      expect(n).toBeGreaterThan(0);
    }
  }
  expect(variable('vm_swap_size')).toBe(free.size);
  expect(free.size + owner.size).toBe(total);
  DEV_PAGES.forEach((_, d) => {
    const onDevice = [...owner.keys()].filter((b) => Math.floor(b / STRIPE) % 4 === d).length;
    expect(u.field(u.address('swdevt') + d * size('swdevt_t'), 'swdevt_t', 'sw_used')).toBe(onDevice);
  });
  for (let i = 0; i < NOBJS; i++) {
    const o = objectAt(i) >>> 0;
    if (u.field(o, 'vm_object', 'type') === 1)
      expect(u.field(o, 'vm_object', 'swp_bcount')).toBe(held.get(o) ?? 0);
    else expect(held.has(o)).toBe(false);
  }
}

type Op = { op: string; o: number; p: number; n: number; flag: boolean };
const ops = fc.array(
  fc.record({
    op: fc.constantFrom(
      'assign',
      'assign',
      'assign',
      'free',
      'pop',
      'freespace',
      'copy',
      'reserve',
      'freeall',
    ),
    o: fc.nat(NOBJS - 1),
    p: fc.nat(NPAGES - 1),
    n: fc.integer({ min: 1, max: 40 }),
    flag: fc.boolean(),
  }),
  { maxLength: 50 },
);

/** Which pages of which object have a block. */
class Model {
  readonly on = Array.from({ length: NOBJS }, () => new Set<number>());
  get used(): number {
    return this.on.reduce((n, s) => n + s.size, 0);
  }
}

function apply(m: Model, { op, o, p, n, flag }: Op): void {
  const object = objectAt(o);
  const pages = m.on[o]!;
  const end = Math.min(p + n, NPAGES);
  switch (op) {
    case 'assign':
      for (let i = p; i < end; i++) {
        /* The old block goes only after the new one has come. */
        expect(u.run('test_assign', object, i) | 0).toBe(m.used < total ? 0 : -1);
        if (m.used < total) pages.add(i);
      }
      return;
    case 'free':
      u.call('swp_pager_meta_ctl', object, p, SWM_FREE);
      pages.delete(p);
      return;
    case 'pop': {
      const blk = u.call('swp_pager_meta_ctl', object, p, SWM_POP) | 0;
      expect(blk !== NONE).toBe(pages.delete(p));
      if (blk !== NONE) u.call('swp_pager_freeswapspace', blk, 1);
      return;
    }
    case 'freespace':
      u.call('swap_pager_freespace', object, p, end - p);
      for (let i = p; i < end; i++) pages.delete(i);
      return;
    case 'reserve': {
      for (let i = p; i < end; i++) pages.delete(i);
      u.call('swap_pager_freespace', object, p, end - p);
      const room = total - m.used;
      expect(u.run('swap_pager_reserve', object, p, end - p) | 0).toBe(room >= end - p ? 0 : -1);
      if (room >= end - p) for (let i = p; i < end; i++) pages.add(i);
      return;
    }
    case 'copy': {
      const to = (o + 1 + (n % (NOBJS - 1))) % NOBJS;
      if (u.field(object, 'vm_object', 'type') !== 1) return;
      u.run('swap_pager_copy', object, objectAt(to), p, flag ? 1 : 0);
      for (let i = 0; i < NPAGES; i++) if (pages.delete(i + p)) m.on[to]!.add(i);
      if (flag) pages.clear();
      return;
    }
    default:
      u.call('swp_pager_meta_free_all', object);
      pages.clear();
  }
}

describe('swap space and its metadata', () => {
  it('keep every block in one place, whatever is done with them', () => {
    fc.assert(
      fc.property(ops, (list) => {
        reset();
        const m = new Model();
        for (const o of list) apply(m, o);
        for (let i = 0; i < NOBJS; i++) {
          for (let p = 0; p < NPAGES; p++)
            expect([i, p, blockOf(i, p) !== NONE]).toEqual([i, p, m.on[i]!.has(p)]);
        }
        check();
      }),
      { numRuns: RUNS },
    );
  });

  it('throw an old block away where the other object has the page in memory', () => {
    u.run('test_assign', objectAt(0), 5);
    u.run('test_assign', objectAt(0), 6);
    u.store32(u.address('test_resident_object'), objectAt(1));
    u.store32(u.address('test_resident_pindex'), 5);
    u.run('swap_pager_copy', objectAt(0), objectAt(1), 0, 1);
    expect([blockOf(1, 5), blockOf(1, 6) !== NONE]).toEqual([NONE, true]);
    check();
  });

  it('keep a newer block that came while the copy waited for memory', () => {
    u.run('test_assign', objectAt(0), 0);
    const old = blockOf(0, 0);
    u.store32(u.address('test_zalloc_fails'), 1);
    u.store32(u.address('test_pageout'), objectAt(1));
    u.run('swap_pager_copy', objectAt(0), objectAt(1), 0, 1);
    expect([NONE, old]).not.toContain(blockOf(1, 0));
    check();
  });

  it('stripe the devices and leave the first stripe of each alone', () => {
    const free = [...freeBlocks()];
    expect(free.length).toBe(total);
    DEV_PAGES.forEach((pages, d) => {
      const mine = free.filter((b) => Math.floor(b / STRIPE) % 4 === d);
      const onDevice = mine
        .map((b) => Math.floor(b / STRIPE / 4) * STRIPE + (b % STRIPE))
        .sort((a, b) => a - b);
      expect(onDevice).toEqual(Array.from({ length: pages - STRIPE }, (_, i) => STRIPE + i));
    });
  });

  it('say which neighbours can be read along', () => {
    const o = objectAt(0);
    for (let p = 20; p < 40; p++) u.run('test_assign', o, p);
    u.call('swp_pager_meta_ctl', o, 33, SWM_FREE);
    const before = 0xc03f0000;
    const after = 0xc03f0004;
    const has = (p: number): [number, number, number] => [
      Number(u.call('swap_pager_haspage', o, p, before | 0, after | 0)),
      u.load32(before),
      u.load32(after),
    ];
    expect(has(19)).toEqual([0, 0, 0]);
    expect(has(20)).toEqual([1, 0, 7]);
    expect(has(30)).toEqual([1, 7, 2]);
    expect(has(32)[2]).toBe(0);
    expect(has(33)).toEqual([0, 0, 0]);
    expect(has(34)[1]).toBe(0);
  });

  it('refuse a device twice and a fifth one', () => {
    expect(u.call('swap_place', u.address('test_vnodes') | 0, 0x999) | 0).toBe(-2);
    expect(u.call('swap_place', 0x1234, 0x101) | 0).toBe(-2);
    expect(u.call('swap_place', 0x1234, 0x999) | 0).toBe(2);
  });
});
