/**
 * The default pager (vm/default_pager.c): anonymous memory that never went to swap. It has no page, so the
 * first touch is a zero fill; the first write out makes the object the swap pager's.
 */
import { panic } from '../kern/kern_shutdown.js';
import { PAGE_MASK } from '../sys/param.h.js';
import type { vm_ooffset_t, vm_pindex_t, vm_prot_t } from '../sys/types.h.js';
import { swap_pager_putpages } from './swap_pager_io.js';
import type { vm_object } from './vm_object.h.js';
import { OBJT_DEFAULT } from './vm_object.h.js';
import { vm_object_allocate } from './vm_object.js';
import type { vm_page } from './vm_page.h.js';
import type { pagerops } from './vm_pager.h.js';
import { VM_PAGER_FAIL } from './vm_pager.h.js';
import { OFF_TO_IDX } from './vm_param.h.js';

export let defaultpagerops: embed<pagerops> = $init({
  pgo_init: null,
  pgo_alloc: default_pager_alloc,
  pgo_dealloc: default_pager_dealloc,
  pgo_getpages: default_pager_getpages,
  pgo_putpages: default_pager_putpages,
  pgo_haspage: default_pager_haspage,
  pgo_pageunswapped: null,
});

/**
 * A new object. Named objects are the swap pager's from the start. Locks: V held; may be let go. May sleep.
 */
export function* default_pager_alloc(
  handle: u32,
  size: vm_ooffset_t,
  prot: vm_prot_t,
  offset: vm_ooffset_t,
): Sleeps<vm_object> {
  if (handle !== 0) panic('default_pager_alloc: handle specified');
  return yield* vm_object_allocate(OBJT_DEFAULT, OFF_TO_IDX(offset + size + PAGE_MASK));
}

/** There is no store. Locks: V held. May sleep in form only. */
function* default_pager_dealloc(object: vm_object): Sleeps {
  KASSERT(object.swp_bcount === 0, 'default_pager_dealloc: object %p has swap', $addr(object));
}

/** There is nothing to read. Locks: V held. May sleep in form only. */
function* default_pager_getpages(object: vm_object, m: ptr<vm_page>, count: int, reqpage: int): Sleeps<int> {
  return VM_PAGER_FAIL;
}

/** The swap pager makes the object its own. Locks: V held; let go while it sleeps. May sleep. */
function* default_pager_putpages(
  object: vm_object,
  m: ptr<vm_page>,
  count: int,
  flags: int,
  rtvals: ptr<int>,
): Sleeps {
  yield* swap_pager_putpages(object, m, count, flags, rtvals);
}

/** Never. Locks: V held. Does not sleep. */
function default_pager_haspage(
  object: vm_object,
  pindex: vm_pindex_t,
  before: ptr<int>,
  after: ptr<int>,
): boolean {
  if (before !== null) before[0] = 0;
  if (after !== null) after[0] = 0;
  return false;
}
