/** The interface between objects and their pagers (vm/vm_pager.h). */
import type { vm_ooffset_t, vm_pindex_t, vm_prot_t } from '../sys/types.h.js';
import { swap_pager_unswapped } from './swap_pager.js';
import type { vm_object } from './vm_object.h.js';
import { OBJT_SWAP } from './vm_object.h.js';
import type { vm_page } from './vm_page.h.js';

/** Results of a get or put, per page. */
export const VM_PAGER_OK = 0;
export const VM_PAGER_BAD = 1;
export const VM_PAGER_FAIL = 2;
export const VM_PAGER_PEND = 3;
export const VM_PAGER_ERROR = 4;
export const VM_PAGER_AGAIN = 5;
/** vm_pager_put_pages flags */
export const VM_PAGER_PUT_SYNC = 0x1;
export const VM_PAGER_PUT_INVAL = 0x2;

/**
 * A pager's operations. All are called with the vm lock held and return with it held; those that may sleep
 * let go of it meanwhile. Pages handed in are busy (get) or soft-busy (put) and belong to `object`.
 * @lock c constant
 */
export interface pagerops extends struct {
  pgo_init: () => Sleeps; // (c) at startup, may be null
  pgo_alloc: (handle: u32, size: vm_ooffset_t, prot: vm_prot_t, offset: vm_ooffset_t) => Sleeps<vm_object>; // (c)
  pgo_dealloc: (object: vm_object) => Sleeps; // (c) the object dies
  pgo_getpages: (object: vm_object, m: ptr<vm_page>, count: int, reqpage: int) => Sleeps<int>; // (c) page in
  pgo_putpages: (object: vm_object, m: ptr<vm_page>, count: int, flags: int, rtvals: ptr<int>) => Sleeps; // (c) page out
  pgo_haspage: (object: vm_object, pindex: vm_pindex_t, before: ptr<int>, after: ptr<int>) => boolean; // (c)
  pgo_pageunswapped: (m: vm_page) => void; // (c) the page became dirty: its store is stale; may be null
}

/** Tells the pager that its copy of the page is stale. Locks: V held. Does not sleep. @inline */
export function vm_pager_page_unswapped(m: vm_page): void {
  if (m.object.type === OBJT_SWAP) swap_pager_unswapped(m);
}
