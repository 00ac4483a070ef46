import { beforeAll, describe, expect, it } from 'vitest';
import { type Unit, unit } from './unit.js';

const WEIRD_ADDR = 0xdeadc0de;
const M_NOWAIT = 1;
const M_ZERO = 0x100;
const BASE = 0xc0800000;
const PAGE = 4096;

/** kmem_map is a row of pages, handed out in order; what is given back is only counted. */
const STUBS = `
export let Giant: embed<mtx>;
export let cnt: embed<vmmeter>;
export let kernel_map: vm_map = null;
export let kmem_map: vm_map = null;
export let kmembase: u32 = 0;
export let kmemlimit: u32 = 0;
export let test_map: embed<vm_map>;
export let test_next: u32 = 0xc0800000;
export let test_freed: u32 = 0;
export let test_complaints: int = 0;
export let test_wakeups: int = 0;
export let M_TEST: embed<malloc_type> = $init({ ks_shortdesc: 'test' });
export let hz: int = 100;
export function panic(fmt: str, ...args: va_list): never {
  machine_stop($i32($addr(fmt)));
}
export function printf(fmt: str, ...args: va_list): int {
  test_complaints++;
  return 0;
}
export function mtx_init(m: mtx, name: str, opts: int): void {}
export function mtx_lock_spin(m: mtx): void {
  KASSERT(m.mtx_lock === 0, 'spin lock taken twice');
  m.mtx_lock = 1;
}
export function mtx_unlock_spin(m: mtx): void {
  KASSERT(m.mtx_lock === 1, 'spin lock not held');
  m.mtx_lock = 0;
}
export function wakeup(ident: u32): void {
  test_wakeups++;
}
export function* tsleep(ident: u32, pri: int, wmesg: str, timo: int): Sleeps<int> {
  panic('tsleep');
}
export function bzero(p: u32, len: u32): void {
  hw_bzero(p, len);
}
export function bcopy(src: u32, dst: u32, len: u32): void {
  hw_bcopy(src, dst, len);
}
export function copystr(from: u32, to: u32, maxlen: u32, done: ptr<u32>): int {
  return 0;
}
export function SYSCTL_OUT(req: sysctl_req, addr: u32, len: u32): int {
  return 0;
}
export function* kmem_alloc(map: vm_map, size: u32): Sleeps<u32> {
  return 0xc0700000;
}
export function* kmem_malloc(map: vm_map, size: u32, flags: int): Sleeps<u32> {
  const a = test_next;
  if (a + size > kmemlimit) return 0;
  test_next += round_page(size);
  return a;
}
export function* kmem_free(map: vm_map, addr: u32, size: u32): Sleeps {
  test_freed += size;
}
export function* vm_kmem_init(): Sleeps {
  kmem_map = test_map;
  kmembase = 0xc0800000;
  kmemlimit = 0xc0880000;
}
`;

let u: Unit;
let type: number;
beforeAll(async () => {
  u = await unit(['kern/kern_malloc.ts'], STUBS);
  u.run('kmeminit', 0);
  type = u.address('M_TEST');
});

const malloc = (size: number, flags = 0): number => u.run('malloc', size, type, flags) >>> 0;
const free = (a: number): void => {
  u.call('free', a | 0, type);
};
const stat = (name: string): number => u.field(type, 'malloc_type', name);
/** A panic of the stubs leaves malloc_mtx locked. */
const unlock = (): void => {
  u.store32(u.address('malloc_mtx') + (u.image.structs.mtx?.fields.mtx_lock?.offset ?? 0), 0);
};
const complaints = (): number => u.load32(u.address('test_complaints'));

describe('malloc', () => {
  it('rounds sizes up to powers of two and cuts a page into blocks that do not overlap', () => {
    const blocks = Array.from({ length: 200 }, () => malloc(20));
    expect(new Set(blocks).size).toBe(200);
    for (const b of blocks) expect((b - BASE) % 32).toBe(0);
    expect(stat('ks_memuse')).toBe(200 * 32);
    for (const b of blocks) free(b);
    expect(stat('ks_memuse')).toBe(0);
    expect(stat('ks_inuse')).toBe(0);
    expect(stat('ks_maxused')).toBe(200 * 32);
  });

  it('fills freed memory with junk, and says so when a block changed while it was free', () => {
    const a = malloc(64);
    u.store32(a + 20, 1);
    free(a);
    expect(u.load32(a + 20)).toBe(WEIRD_ADDR);
    u.store32(a + 20, 0x12345678);
    const before = complaints();
    // A freed block goes to the end of the list: take all of them.
    const blocks: number[] = [];
    for (let b = 0; b !== a; blocks.push(b)) b = malloc(64);
    expect(complaints()).toBe(before + 1);
    for (const b of blocks) free(b);
  });

  it('clears with M_ZERO and leaves junk without', () => {
    const a = malloc(48, M_ZERO);
    for (let i = 0; i < 48; i += 4) expect(u.load32(a + i)).toBe(0);
    free(a);
    const b = malloc(48);
    expect(u.load32(b + 16)).toBe(WEIRD_ADDR);
    free(b);
  });

  it('catches a double free, a free in the middle of a block, and one of an address that is not its own', () => {
    const a = malloc(100);
    free(a);
    expect(() => free(a)).toThrow('free: multiple freed item');
    unlock();
    const fresh = malloc(100);
    expect(() => free(fresh + 4)).toThrow('free: unaligned addr');
    unlock();
    expect(() => free(0xc0100000)).toThrow('out of range');
  });
});

describe('large blocks', () => {
  beforeAll(async () => {
    u = await unit(['kern/kern_malloc.ts'], STUBS);
    u.run('kmeminit', 0);
    type = u.address('M_TEST');
  });

  it('are whole pages, and go back to kmem_map with the next malloc that may sleep', () => {
    const a = malloc(3 * PAGE + 1);
    expect(a % PAGE).toBe(0);
    expect(stat('ks_memuse')).toBe(4 * PAGE);
    free(a);
    expect(stat('ks_memuse')).toBe(0);
    expect(u.load32(u.address('test_freed'))).toBe(0);
    const b = malloc(16, M_NOWAIT);
    expect(u.load32(u.address('test_freed'))).toBe(0);
    free(b);
    malloc(16);
    expect(u.load32(u.address('test_freed'))).toBe(4 * PAGE);
  });

  it('are refused with M_NOWAIT when there is no space', () => {
    expect(malloc(0x100000, M_NOWAIT)).toBe(0);
  });

  it('stop at the limit of their type: 0 with M_NOWAIT', () => {
    const limit = stat('ks_limit');
    expect(limit).toBeGreaterThan(0x80000 / 2);
    let n = 0;
    while (malloc(4 * PAGE, M_NOWAIT) !== 0) n++;
    expect(n).toBeGreaterThan(0);
    expect(stat('ks_memuse')).toBeGreaterThanOrEqual(limit);
    expect(stat('ks_limblocks')).toBeGreaterThan(0);
  });
});
