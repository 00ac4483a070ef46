/** The zone allocator (vm/vm_zone.h). Code in vm/vm_zone.ts. */
import type { mtx } from '../sys/mutex.h.js';
import type { vm_offset_t } from '../sys/types.h.js';
import type { vm_object } from './vm_object.h.js';

/** Zone flags. */
export const ZONE_INTERRUPT = 0x0001;
export const ZONE_PANICFAIL = 0x0002;
export const ZONE_BOOT = 0x0010;
/** What word 1 of a free item holds (INVARIANTS). */
export const ZENTRY_FREE = 0x12342378;
/** Item sizes are multiples of this. */
export const ZONE_ROUNDING = 32;

/**
 * A zone: items of one size that are never given back to anybody else (type-stable). Word 0 of a free item
 * links to the next free one, word 1 holds ZENTRY_FREE.
 * @lock c constant after zinitna
 * @lock z zmtx; for ZONE_INTERRUPT zones the vm lock (Giant or vm_mtx, by regime) instead
 * @lock Z the same; anybody reads: zmtx, Giant or vm_mtx
 * @lock V vm lock (Giant or vm_mtx, by regime)
 * @lock l zone_mtx
 */
export interface vm_zone extends struct {
  zmtx: embed<mtx>; // (c) spin lock on the free list; a leaf
  zitems: u32; // (z) first free item
  zfreecnt: int; // (Z) number of free items
  zfreemin: int; // (c) grow when no more than these are free
  znalloc: u_int; // (Z) allocations so far
  zkva: vm_offset_t; // (c) reserved address range (ZONE_INTERRUPT)
  zpagecount: int; // (V) pages put there so far
  zpagemax: int; // (c) most that fit there
  zmax: int; // (c) most items, 0: no limit
  ztotal: int; // (Z) items in all
  zsize: u_int; // (c) size of an item
  zalloc: int; // (c) pages to grow by
  zflags: int; // (c) ZONE_*
  zallocflag: int; // (c) class for vm_page_alloc
  zobj: vm_object; // (c) object of the pages (ZONE_INTERRUPT)
  zname: str; // (c) name
  zent: embed<SLIST_ENTRY<vm_zone>>; // (l) all zones
}
