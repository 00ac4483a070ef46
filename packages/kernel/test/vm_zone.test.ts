import { beforeAll, describe, expect, it } from 'vitest';
import { type Unit, unit } from './unit.js';
import { STUBS } from './vm_map.stubs.js';

const ZENTRY_FREE = 0x12342378;

/** Pages for ZONE_INTERRUPT zones: a fixed number of them, whose frames are where they are mapped. */
const PAGES = `
export let test_pages_left: int = 0;
export let test_page: embed<vm_page>;
export let test_zone: embed<vm_zone>;
export let test_izone: embed<vm_zone>;
export function vm_page_alloc(o: vm_object, i: vm_pindex_t, c: int): vm_page {
  if (test_pages_left === 0) return null;
  test_pages_left--;
  return test_page;
}
export function pmap_kenter(va: u32, pa: u32): void {}
export function* test_zones(): Sleeps {
  yield* zinitna(test_zone, null, 'TEST', 100, 0, 0, 1);
  yield* zinitna(test_izone, null, 'ITEST', 1500, 12, ZONE_INTERRUPT, 1);
}
export function* test_unlock(): Sleeps {
  vm_unlock();
}
`;

let u: Unit;
let zone: number;
let izone: number;
beforeAll(async () => {
  u = await unit(
    [
      'kern/kern_ktr.ts',
      'kern/kern_regime.ts',
      'kern/kern_lock.ts',
      'vm/vm_zone.ts',
      'vm/vm_map.ts',
      'vm/vm_map_lock.ts',
      'vm/vm_vmspace.ts',
    ],
    STUBS + PAGES,
    { get_pcpu: () => u.address('test_pcpu') },
  );
  u.run('test_init');
  u.run('test_zones');
  zone = u.address('test_zone');
  izone = u.address('test_izone');
});

const zalloc = (): number => u.run('zalloc', zone) >>> 0;
const free = (z: number): number => u.field(z, 'vm_zone', 'zfreecnt');
const total = (z: number): number => u.field(z, 'vm_zone', 'ztotal');

describe('a zone', () => {
  it('rounds items to 32 bytes and grows by whole pages, keeping a page of items in reserve', () => {
    expect(u.field(zone, 'vm_zone', 'zsize')).toBe(128);
    const first = zalloc();
    expect(total(zone)).toBe(32);
    expect(free(zone)).toBe(31);
    const second = zalloc();
    expect(total(zone)).toBe(64);
    expect(first).not.toBe(second);
    u.call('zfree', zone, first);
    u.call('zfree', zone, second);
  });

  it('marks free items and gives the one freed last out first, with its contents', () => {
    const a = zalloc();
    const b = zalloc();
    u.store32(a + 8, 0xabcd);
    u.call('zfree', zone, b);
    u.call('zfree', zone, a);
    expect(u.load32(a + 4)).toBe(ZENTRY_FREE);
    expect(u.load32(a)).toBe(b);
    expect(zalloc()).toBe(a);
    expect(u.load32(a + 4)).toBe(0);
    expect(u.load32(a + 8)).toBe(0xabcd);
    u.call('zfree', zone, a);
  });

  it('notices an item that is freed twice, and one that was written to while free', () => {
    const a = zalloc();
    u.call('zfree', zone, a);
    expect(() => u.call('zfree', zone, a)).toThrow(/item is already free/);
    u.store32(a + 4, 1);
    expect(() => zalloc()).toThrow(/item is not free/);
    u.store32(a + 4, ZENTRY_FREE);
    u.store32(zone + (u.image.structs.vm_zone?.fields.zitems?.offset ?? 0), a);
  });
});

describe('a ZONE_INTERRUPT zone', () => {
  it('takes pages one by one into the range it has, items lying across pages, and ends with the range', () => {
    expect(u.field(izone, 'vm_zone', 'zpagemax')).toBe(5);
    u.store32(u.address('test_pages_left'), 100);
    const items: number[] = [u.call('zalloci', izone) >>> 0, u.call('zalloci', izone) >>> 0];
    /*
     * Two items fit into a page: the second call grew the zone although one was free, for a page of items is
     * the reserve.
     */
    expect(u.load32(u.address('test_pages_left'))).toBe(98);
    for (;;) {
      const item = u.call('zalloci', izone) >>> 0;
      if (item === 0) break;
      items.push(item);
    }
    /* One more than asked for: it fits into the last page. */
    expect(items).toHaveLength(13);
    expect(new Set(items).size).toBe(13);
    const kva = u.field(izone, 'vm_zone', 'zkva');
    for (const item of items) expect((item - kva) % 1504).toBe(0);
    expect(u.load32(u.address('test_pages_left'))).toBe(95);
    for (const item of items) u.call('zfreei', izone, item);
    expect(free(izone)).toBe(13);
    expect(total(izone)).toBe(13);
  });

  it('serves what it has when there is no page, and insists on the vm lock', () => {
    expect(u.call('zalloci', izone)).not.toBe(0);
    u.run('test_unlock');
    expect(() => u.call('zalloci', izone)).toThrow(/panic/);
  });
});
