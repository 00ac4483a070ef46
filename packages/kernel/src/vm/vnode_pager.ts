/**
 * The vnode pager (vm/vnode_pager.c): the pages of a file. The file system moves the data (VOP_GETPAGES, VOP_PUTPAGES);
 * here is the bond between vnode and object.
 *
 * A vnode and its object point at each other (v_object, handle). Each reference to the object has one to the vnode with
 * it (vm_object_reference, vm_object_vndeallocate), but not the other way round: an object with ref_count 0 is a cache, which
 * lives until the vnode is reclaimed and can be mapped again before that.
 *
 * Deviation: BSD locks the vnode during a fault (vnode_pager_lock), for the sake of file systems that look at their own
 * structures in VOP_GETPAGES. Ours need no vnode lock there (kern/vnode_if.ts), so a process that reads a file into
 * a mapping of the same file cannot deadlock, and P_DEADLKTREAT is not needed.
 */
import { pmap_zero_page_area } from '../i386/pmap_kern.js';
import { Giant } from '../kern/kern_mutex.js';
import { vm_lock, vm_owned, vm_unlock } from '../kern/kern_regime.h.js';
import { vm_sleep } from '../kern/kern_regime.js';
import { panic } from '../kern/kern_shutdown.js';
import { vref } from '../kern/vfs_subr.js';
import { VOP_GETATTR, VOP_GETPAGES, VOP_PUTPAGES } from '../kern/vnode_if.js';
import { mtx_lock, mtx_unlock } from '../sys/mutex.h.js';
import { PAGE_MASK, PAGE_SIZE, PVM } from '../sys/param.h.js';
import type { vm_ooffset_t, vm_pindex_t, vm_prot_t } from '../sys/types.h.js';
import type { vattr, vnode } from '../sys/vnode.h.js';
import { VOBJDIRTY, VTEXT } from '../sys/vnode.h.js';
import { cnt } from './vm_meter.js';
import type { vm_object } from './vm_object.h.js';
import { OBJT_DEAD, OBJT_DEFAULT, OBJT_VNODE, OBJ_DEAD } from './vm_object.h.js';
import {
  vm_object_allocate,
  vm_object_deallocate,
  vm_object_page_remove,
  vm_object_pip_wait,
  vm_object_reference,
} from './vm_object.js';
import type { vm_page } from './vm_page.h.js';
import { vm_page_lookup } from './vm_page.js';
import { vm_page_set_validclean } from './vm_page_valid.js';
import { vm_page_protect } from './vm_pageq.js';
import type { pagerops } from './vm_pager.h.js';
import { VM_PAGER_PUT_SYNC } from './vm_pager.h.js';
import { IDX_TO_OFF, OFF_TO_IDX, VM_PROT_NONE } from './vm_param.h.js';

export let vnodepagerops: embed<pagerops> = $init({
  pgo_init: null,
  pgo_alloc: vnode_pager_alloc,
  pgo_dealloc: vnode_pager_dealloc,
  pgo_getpages: vnode_pager_getpages,
  pgo_putpages: vnode_pager_putpages,
  pgo_haspage: vnode_pager_haspage,
  pgo_pageunswapped: null,
});

/**
 * The object of a vnode, made if there is none, with a reference to it and to the vnode. The caller has a reference to
 * the vnode, too. `size` is the file's. Locks: V held; let go while it sleeps. May sleep.
 */
export function* vnode_pager_alloc(
  handle: u32,
  size: vm_ooffset_t,
  prot: vm_prot_t,
  offset: vm_ooffset_t,
): Sleeps<vm_object> {
  const vp = $cast<vnode>(handle);
  if (vp === null) return null;
  let fresh: vm_object = null;
  for (;;) {
    const object = vp.v_object;
    if (object !== null && (object.flags & OBJ_DEAD) !== 0) {
      yield* vm_sleep($addr(object), PVM, 'vadead', 0);
      continue;
    }
    if (vp.v_usecount === 0) panic('vnode_pager_alloc: no vnode reference');
    if (object !== null) {
      if (fresh !== null) yield* vm_object_deallocate(fresh);
      vm_object_reference(object);
      return object;
    }
    if (fresh !== null) break;
    /* An ordinary object until nothing can sleep any more. */
    fresh = yield* vm_object_allocate(OBJT_DEFAULT, OFF_TO_IDX(size + PAGE_MASK));
  }
  /* The file may have got another size while we slept, and vnode_pager_setsize found no object to tell. */
  const vat = $local<vattr>();
  if (VOP_GETATTR(vp, vat) !== 0) panic('vnode_pager_alloc: vnode %p has no attributes', $addr(vp));
  fresh.type = OBJT_VNODE;
  fresh.flags = 0;
  fresh.un_size = vat.va_size;
  fresh.size = OFF_TO_IDX(vat.va_size + PAGE_MASK);
  fresh.handle = handle;
  vp.v_object = fresh;
  vref(vp);
  return fresh;
}

/** Parts a dying object and its vnode. Locks: V held; let go while it waits for paging. May sleep. */
function* vnode_pager_dealloc(object: vm_object): Sleeps {
  const vp = $cast<vnode>(object.handle);
  if (vp === null) panic('vnode_pager_dealloc: pager already dealloced');
  yield* vm_object_pip_wait(object, 'vnpdea');
  object.handle = 0;
  object.type = OBJT_DEAD;
  vp.v_object = null;
  vp.v_flag &= ~(VTEXT | VOBJDIRTY);
}

/** Is the page below the end of the file? If so, so are all its neighbours up to there. Locks: V held. Does not sleep. */
export function vnode_pager_haspage(
  object: vm_object,
  pindex: vm_pindex_t,
  before: ptr<int>,
  after: ptr<int>,
): boolean {
  if (object.handle === 0 || IDX_TO_OFF(pindex) >= object.un_size) return false;
  if (before !== null) before[0] = $i32(pindex);
  if (after !== null) after[0] = $i32(OFF_TO_IDX(object.un_size - 1) - pindex);
  return true;
}

/**
 * The file has a new size: pages beyond its end go away, and what is left of the last one beyond the end is zero.
 * Locks: Giant held as for any write to a file; the vm lock is taken if the caller does not have it. May sleep.
 */
export function* vnode_pager_setsize(vp: vnode, nsize: vm_ooffset_t): Sleeps {
  const had = vm_owned();
  if (!had) yield* vm_lock();
  const object = vp.v_object;
  if (object !== null && object.un_size !== nsize) {
    const nobjsize = OFF_TO_IDX(nsize + PAGE_MASK);
    if (nsize < object.un_size) {
      if (nobjsize < object.size) yield* vm_object_page_remove(object, nobjsize, object.size, false);
      if ((nsize & PAGE_MASK) !== 0) vnode_pager_trim(object, nsize);
    }
    object.un_size = nsize;
    object.size = nobjsize;
  }
  if (!had) vm_unlock();
}

/**
 * Zeroes the last page of a shortened file behind its new end. Who has it mapped faults again and sees it so.
 * Locks: V held. Does not sleep.
 */
function vnode_pager_trim(object: vm_object, nsize: vm_ooffset_t): void {
  const m = vm_page_lookup(object, OFF_TO_IDX(nsize));
  if (m === null) return;
  const base = $u32(nsize & PAGE_MASK);
  pmap_zero_page_area(m.phys_addr, $i32(base), $i32(PAGE_SIZE - base));
  vm_page_protect(m, VM_PROT_NONE);
  vm_page_set_validclean(m, base, PAGE_SIZE - base);
}

/**
 * Reads pages of the file. File systems run under Giant, which comes before the vm lock: it is let go and taken again.
 * Locks: V held; let go while it sleeps. May sleep.
 */
function* vnode_pager_getpages(object: vm_object, m: ptr<vm_page>, count: int, reqpage: int): Sleeps<int> {
  const vp = $cast<vnode>(object.handle);
  KASSERT(vp !== null, 'vnode_pager_getpages: object %p has no vnode', $addr(object));
  cnt.v_vnodein++;
  cnt.v_vnodepgsin += count;
  vm_unlock();
  yield* mtx_lock(Giant);
  yield* vm_lock();
  const rtval = yield* VOP_GETPAGES(vp, m, count, reqpage);
  mtx_unlock(Giant);
  return rtval;
}

/**
 * Writes pages to the file; when memory is very short, one after the other.
 * Locks: V held; let go while it sleeps. May sleep.
 */
function* vnode_pager_putpages(
  object: vm_object,
  m: ptr<vm_page>,
  count: int,
  flags: int,
  rtvals: ptr<int>,
): Sleeps {
  const vp = $cast<vnode>(object.handle);
  KASSERT(vp !== null, 'vnode_pager_putpages: object %p has no vnode', $addr(object));
  if (cnt.v_free_count + cnt.v_cache_count < cnt.v_pageout_free_min) flags |= VM_PAGER_PUT_SYNC;
  cnt.v_vnodeout++;
  cnt.v_vnodepgsout += count;
  vm_unlock();
  yield* mtx_lock(Giant);
  yield* vm_lock();
  yield* VOP_PUTPAGES(vp, m, count, flags, rtvals);
  mtx_unlock(Giant);
}
