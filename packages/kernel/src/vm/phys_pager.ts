/**
 * The physical pager (vm/phys_pager.c): memory that is never paged out and whose pages no queue and no pv
 * entry knows (System V shared memory with kern.ipc.shm_use_phys). Pages stay until the object dies.
 */
import { panic } from '../kern/kern_shutdown.js';
import { PAGE_MASK } from '../sys/param.h.js';
import type { vm_ooffset_t, vm_pindex_t, vm_prot_t } from '../sys/types.h.js';
import type { vm_object } from './vm_object.h.js';
import { OBJT_PHYS } from './vm_object.h.js';
import { vm_object_allocate, vm_object_deallocate, vm_object_reference } from './vm_object.js';
import type { vm_page } from './vm_page.h.js';
import {
  PG_UNMANAGED,
  PG_ZERO,
  VM_PAGE_BITS_ALL,
  vm_page_flag_set,
  vm_page_unqueue_nowakeup,
  vm_page_wakeup,
  vm_page_zero_fill,
} from './vm_page.h.js';
import type { pagerops } from './vm_pager.h.js';
import { VM_PAGER_OK } from './vm_pager.h.js';
import { vm_pager_object_lookup } from './vm_pager.js';
import { OFF_TO_IDX } from './vm_param.h.js';

/** Objects that have a handle. */
let phys_pager_object_list: embed<TAILQ_HEAD<vm_object>>;

export let physpagerops: embed<pagerops> = $init({
  pgo_init: phys_pager_init,
  pgo_alloc: phys_pager_alloc,
  pgo_dealloc: phys_pager_dealloc,
  pgo_getpages: phys_pager_getpages,
  pgo_putpages: phys_pager_putpages,
  pgo_haspage: phys_pager_haspage,
  pgo_pageunswapped: null,
});

/** Locks: V held. May sleep in form only. */
function* phys_pager_init(): Sleeps {
  TAILQ_INIT(phys_pager_object_list);
}

/**
 * The object of a handle, made if there is none, or a new one without a name. The object grows to the largest
 * size asked for. Locks: V held; let go while the zone of objects grows. May sleep.
 */
export function* phys_pager_alloc(
  handle: u32,
  size: vm_ooffset_t,
  prot: vm_prot_t,
  foff: vm_ooffset_t,
): Sleeps<vm_object> {
  const pages = OFF_TO_IDX(foff + size + PAGE_MASK);
  let object: vm_object = null;
  if (handle !== 0) object = vm_pager_object_lookup(phys_pager_object_list, handle);
  if (object === null) {
    const fresh = yield* vm_object_allocate(OBJT_PHYS, pages);
    /* Somebody may have been faster. */
    if (handle !== 0) object = vm_pager_object_lookup(phys_pager_object_list, handle);
    if (object === null) {
      fresh.handle = handle;
      if (handle !== 0) TAILQ_INSERT_TAIL(phys_pager_object_list, fresh, 'pager_object_list');
      return fresh;
    }
    yield* vm_object_deallocate(fresh);
  }
  vm_object_reference(object);
  if (pages > object.size) object.size = pages;
  return object;
}

/** Locks: V held. May sleep in form only. */
function* phys_pager_dealloc(object: vm_object): Sleeps {
  if (object.handle !== 0) TAILQ_REMOVE(phys_pager_object_list, object, 'pager_object_list');
}

/**
 * New pages are zero. They become unmanaged here, for good. Only the page asked for is kept if it is the only
 * one new; the others are made ready as well, since they cost nothing later. Locks: V held. May sleep in form
 * only.
 */
function* phys_pager_getpages(object: vm_object, m: ptr<vm_page>, count: int, reqpage: int): Sleeps<int> {
  for (let i = 0; i < count; i++) {
    const p = m[i];
    if ((p.flags & PG_ZERO) === 0) vm_page_zero_fill(p);
    vm_page_flag_set(p, PG_ZERO);
    /* Switch off pv entries. */
    vm_page_unqueue_nowakeup(p);
    vm_page_flag_set(p, PG_UNMANAGED);
    p.valid = VM_PAGE_BITS_ALL;
    p.dirty = 0;
    if (i !== reqpage) vm_page_wakeup(p);
  }
  return VM_PAGER_OK;
}

/** Nobody may ask. Locks: V held. May sleep in form only. */
function* phys_pager_putpages(
  object: vm_object,
  m: ptr<vm_page>,
  count: int,
  flags: int,
  rtvals: ptr<int>,
): Sleeps {
  panic('phys_pager_putpage called');
}

/** Every page, and any number around it. Locks: V held. Does not sleep. */
function phys_pager_haspage(
  object: vm_object,
  pindex: vm_pindex_t,
  before: ptr<int>,
  after: ptr<int>,
): boolean {
  if (pindex >= object.size) return false;
  if (before !== null) before[0] = $i32(pindex);
  if (after !== null) after[0] = $i32(object.size - pindex - 1);
  return true;
}
