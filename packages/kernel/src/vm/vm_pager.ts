/**
 * The switch between objects and pagers (vm/vm_pager.c). The pager of an object is a matter of its type
 * alone. The buffers for physical I/O, in BSD at the end of this file, are in kern/vfs_pbuf.ts.
 */
import { vm_assert } from '../kern/kern_regime.h.js';
import type { objtype_t, vm_ooffset_t, vm_pindex_t, vm_prot_t } from '../sys/types.h.js';
import { defaultpagerops } from './default_pager.js';
import { devicepagerops } from './device_pager.js';
import { physpagerops } from './phys_pager.js';
import { swappagerops } from './swap_pager.js';
import type { vm_object } from './vm_object.h.js';
import { OBJT_DEAD } from './vm_object.h.js';
import type { vm_page } from './vm_page.h.js';
import { VM_PAGE_BITS_ALL } from './vm_page.h.js';
import { vm_page_zero_invalid } from './vm_page_valid.js';
import type { pagerops } from './vm_pager.h.js';
import { VM_PAGER_AGAIN, VM_PAGER_FAIL, VM_PAGER_OK } from './vm_pager.h.js';
import { vnodepagerops } from './vnode_pager.js';

/** The pager of objects whose pager is gone: it has nothing. */
export let deadpagerops: embed<pagerops> = $init({
  pgo_init: null,
  pgo_alloc: dead_pager_alloc,
  pgo_dealloc: dead_pager_dealloc,
  pgo_getpages: dead_pager_getpages,
  pgo_putpages: dead_pager_putpages,
  pgo_haspage: dead_pager_haspage,
  pgo_pageunswapped: null,
});

/** By type of object. */
let pagertab: array<pagerops, 6> = $init([
  defaultpagerops, // OBJT_DEFAULT
  swappagerops, // OBJT_SWAP
  vnodepagerops, // OBJT_VNODE
  devicepagerops, // OBJT_DEVICE
  physpagerops, // OBJT_PHYS
  deadpagerops, // OBJT_DEAD
]);

/** Locks: V held. May sleep in form only. */
function* dead_pager_alloc(
  handle: u32,
  size: vm_ooffset_t,
  prot: vm_prot_t,
  offset: vm_ooffset_t,
): Sleeps<vm_object> {
  return null;
}
/** Locks: V held. May sleep in form only. */
function* dead_pager_getpages(object: vm_object, m: ptr<vm_page>, count: int, reqpage: int): Sleeps<int> {
  return VM_PAGER_FAIL;
}
/** Locks: V held. May sleep in form only. */
function* dead_pager_putpages(
  object: vm_object,
  m: ptr<vm_page>,
  count: int,
  flags: int,
  rtvals: ptr<int>,
): Sleeps {
  for (let i = 0; i < count; i++) rtvals[i] = VM_PAGER_AGAIN;
}
/** Locks: V held. Does not sleep. */
function dead_pager_haspage(
  object: vm_object,
  pindex: vm_pindex_t,
  before: ptr<int>,
  after: ptr<int>,
): boolean {
  if (before !== null) before[0] = 0;
  if (after !== null) after[0] = 0;
  return false;
}
/** Locks: V held. May sleep in form only. */
function* dead_pager_dealloc(object: vm_object): Sleeps {
  KASSERT(object.type === OBJT_DEAD, 'dead_pager_dealloc: object %p lives', $addr(object));
}

/** Lets every pager initialise itself. Locks: V held. May sleep. */
export function* vm_pager_init(): Sleeps {
  for (let i = 0; i <= OBJT_DEAD; i++) {
    const ops = pagertab[i];
    if (ops.pgo_init !== null) yield* ops.pgo_init();
  }
}

/**
 * An object of a type: a new one, or another reference to the one that the pager has for the handle already.
 * size and offset are in bytes. Null if the pager refuses. Locks: V held; let go while it sleeps. May sleep.
 */
export function* vm_pager_allocate(
  type: objtype_t,
  handle: u32,
  size: vm_ooffset_t,
  prot: vm_prot_t,
  off: vm_ooffset_t,
): Sleeps<vm_object> {
  vm_assert();
  KASSERT(type <= OBJT_DEAD, 'vm_pager_allocate: bad type %d', type);
  return yield* pagertab[type].pgo_alloc(handle, size, prot, off);
}

/** The object dies: the pager forgets its store. Locks: V held; let go while it sleeps. May sleep. */
export function* vm_pager_deallocate(object: vm_object): Sleeps {
  vm_assert();
  yield* pagertab[object.type].pgo_dealloc(object);
}

/**
 * Reads pages in. m[0..count) are busy pages of the object, m[reqpage] the one that is wanted; the pager has
 * them all (vm_pager_has_page). On return m[reqpage] is still busy and the caller's, with VM_PAGER_OK wholly
 * valid; the others are no longer the caller's in any case. With VM_PAGER_OK the page must be looked up anew:
 * the pager may have replaced it. Locks: V held; let go while it sleeps. May sleep.
 */
export function* vm_pager_get_pages(
  object: vm_object,
  m: ptr<vm_page>,
  count: int,
  reqpage: int,
): Sleeps<int> {
  vm_assert();
  KASSERT(reqpage >= 0 && reqpage < count, 'vm_pager_get_pages: page %d of %d', reqpage, count);
  const r = yield* pagertab[object.type].pgo_getpages(object, m, count, reqpage);
  if (r === VM_PAGER_OK && m[reqpage].valid !== VM_PAGE_BITS_ALL) vm_page_zero_invalid(m[reqpage], true);
  return r;
}

/**
 * Writes soft-busy pages of the object out; rtvals[i] says how it went with each, VM_PAGER_PEND if the pager
 * goes on by itself and ends the I/O on the page later. Locks: V held; let go while it sleeps. May sleep.
 */
export function* vm_pager_put_pages(
  object: vm_object,
  m: ptr<vm_page>,
  count: int,
  flags: int,
  rtvals: ptr<int>,
): Sleeps {
  vm_assert();
  KASSERT(count > 0, 'vm_pager_put_pages: %d pages', count);
  yield* pagertab[object.type].pgo_putpages(object, m, count, flags, rtvals);
}

/**
 * Does the pager have contents for this page? If so, *before and *after (where wanted) become the number of
 * pages before and behind that it could read along with it. Locks: V held. Does not sleep.
 */
export function vm_pager_has_page(
  object: vm_object,
  pindex: vm_pindex_t,
  before: ptr<int>,
  after: ptr<int>,
): boolean {
  return pagertab[object.type].pgo_haspage(object, pindex, before, after);
}

/** The object of a list that has this handle, or null. Locks: V held. Does not sleep. */
export function vm_pager_object_lookup(list: TAILQ_HEAD<vm_object>, handle: u32): vm_object {
  let object = TAILQ_FIRST(list);
  while (object !== null && object.handle !== handle) object = TAILQ_NEXT(object, 'pager_object_list');
  return object;
}
