/**
 * Virtual memory objects (vm/vm_object.c): creation, references, death, shadowing, and what madvise and
 * truncation do to them. Collapse is in vm_object_collapse.ts, writing dirty pages back in
 * vm_object_clean.ts. Left out: OBJ_OPT (vfs.ioopt's copy optimisation, off by default in BSD), and with it
 * vm_freeze_copyopts.
 *
 * Invariants, all under the vm lock:
 * 1. Every object that is alive is on vm_object_list, and so are kernel_object and kmem_object, which never
 *    die.
 * 2. An object with backing_object != NULL is on that object's shadow_head, counts in its shadow_count, and
 *    holds one of its references.
 * 3. ref_count counts map entries, shadows, and names (a vnode's pager, a device); the one who takes it to 0
 *    terminates the object.
 * 4. While paging_in_progress != 0 the object is neither destroyed nor collapsed, though pages may come and
 *    go.
 * 5. OBJ_DEAD objects get no new references and no new pages.
 * 6. generation changes whenever a page enters or leaves memq or a shadow comes or goes: a scan that slept
 *    compares.
 */
import { pmap_clear_modify } from '../i386/pmap_bits.js';
import { Giant } from '../kern/kern_mutex.js';
import { vm_assert, vm_lock, vm_unlock } from '../kern/kern_regime.h.js';
import { vm_sleep } from '../kern/kern_regime.js';
import { panic } from '../kern/kern_shutdown.js';
import { wakeup } from '../kern/kern_synch.js';
import { vref, vrele } from '../kern/vfs_subr.js';
import { MADV_DONTNEED, MADV_FREE, MADV_WILLNEED } from '../sys/mman.h.js';
import { mtx_lock, mtx_unlock } from '../sys/mutex.h.js';
import { PVM } from '../sys/param.h.js';
import type { objtype_t, vm_ooffset_t, vm_pindex_t, vm_size_t } from '../sys/types.h.js';
import type { vnode } from '../sys/vnode.h.js';
import { VOBJDIRTY, VTEXT } from '../sys/vnode.h.js';
import { swap_pager_freespace } from './swap_pager.js';
import { cnt } from './vm_meter.js';
import type { vm_object } from './vm_object.h.js';
import {
  OBJPC_SYNC,
  OBJT_DEFAULT,
  OBJT_PHYS,
  OBJT_SWAP,
  OBJT_VNODE,
  OBJ_DEAD,
  OBJ_MIGHTBEDIRTY,
  OBJ_ONEMAPPING,
  OBJ_PIPWNT,
  OBJ_WRITEABLE,
  vm_object_is_anonymous,
  vm_object_pip_add,
  vm_object_pip_wakeup,
  vm_object_set_flag,
} from './vm_object.h.js';
import { vm_object_page_clean } from './vm_object_clean.js';
import { vm_object_collapse } from './vm_object_collapse.js';
import type { vm_page } from './vm_page.h.js';
import {
  PG_BUSY,
  PG_UNMANAGED,
  PQ_L2_MASK,
  PQ_L2_SIZE,
  PQ_PRIME1,
  VM_PAGE_BITS_ALL,
  vm_page_busy,
  vm_page_free,
} from './vm_page.h.js';
import { vm_page_lookup, vm_page_remove, vm_page_sleep_busy } from './vm_page.js';
import { vm_page_test_dirty } from './vm_page_valid.js';
import { vm_page_activate, vm_page_dontneed, vm_page_protect } from './vm_pageq.js';
import { vm_pager_deallocate } from './vm_pager.js';
import {
  OFF_TO_IDX,
  VM_MAX_KERNEL_ADDRESS,
  VM_MIN_KERNEL_ADDRESS,
  VM_PROT_NONE,
  atop,
} from './vm_param.h.js';
import type { vm_zone } from './vm_zone.h.js';
import { zalloc, zbootinit, zfree, zinitna } from './vm_zone.js';

export let vm_object_list: embed<TAILQ_HEAD<vm_object>>;
export let vm_object_count: int = 0;
/** Pages of the kernel's own address space, and of kmem_map. */
export let kernel_object: vm_object = null;
export let kmem_object: vm_object = null;
let kernel_object_store: embed<vm_object>;
let kmem_object_store: embed<vm_object>;
export let obj_zone: vm_zone = null;
let obj_zone_store: embed<vm_zone>;
/** The first objects come from here: the zone cannot grow before the kernel map exists. */
let vm_objects_init: array<embed<vm_object>, 256>;
/** Spread over objects, so that their pages spread over colours and hash chains. */
let next_index: int = 0;
let object_hash_rand: int = 0;

/**
 * Initialises an object in storage that the caller has. Nobody else knows it yet.
 * Locks: V held (or startup). Does not sleep.
 */
export function _vm_object_allocate(type: objtype_t, size: vm_pindex_t, object: vm_object): void {
  TAILQ_INIT(object.memq);
  TAILQ_INIT(object.shadow_head);
  object.type = type;
  object.size = size;
  object.ref_count = 1;
  object.flags = 0;
  if (type === OBJT_DEFAULT || type === OBJT_SWAP) object.flags = OBJ_ONEMAPPING;
  object.behavior = 0;
  object.paging_in_progress = 0;
  object.resident_page_count = 0;
  object.shadow_count = 0;
  object.pg_color = next_index;
  let incr = PQ_L2_SIZE / 3 + PQ_PRIME1;
  if (size <= $u32(incr)) incr = $i32(size);
  next_index = (next_index + incr) & PQ_L2_MASK;
  object.handle = 0;
  object.backing_object = null;
  object.backing_object_offset = 0;
  object.un_size = 0;
  TAILQ_INIT(object.un_pglist);
  object.swp_bcount = 0;
  object_hash_rand -= 129;
  object.hash_rand = object_hash_rand;
  object.generation++;
  TAILQ_INSERT_TAIL(vm_object_list, object, 'object_list');
  vm_object_count++;
}

/**
 * Startup: the two kernel objects, and a zone that lives on static storage until vm_object_init2.
 * Locks: startup; takes none. May sleep in form only.
 */
export function* vm_object_init(): Sleeps {
  TAILQ_INIT(vm_object_list);
  kernel_object = kernel_object_store;
  _vm_object_allocate(OBJT_DEFAULT, atop(VM_MAX_KERNEL_ADDRESS - VM_MIN_KERNEL_ADDRESS), kernel_object);
  kmem_object = kmem_object_store;
  _vm_object_allocate(OBJT_DEFAULT, atop(VM_MAX_KERNEL_ADDRESS - VM_MIN_KERNEL_ADDRESS), kmem_object);
  obj_zone = obj_zone_store;
  zbootinit(obj_zone, 'VM OBJECT', $sizeof<vm_object>(), $addr(vm_objects_init), 256);
}

/** Lets the zone of objects grow from now on. Locks: as zinitna. May sleep. */
export function* vm_object_init2(): Sleeps {
  yield* zinitna(obj_zone, null, null, 0, 0, 0, 1);
}

/**
 * A new object with one reference, the caller's.
 * Locks: V held; may be let go while the zone grows. May sleep.
 */
export function* vm_object_allocate(type: objtype_t, size: vm_pindex_t): Sleeps<vm_object> {
  const object = $cast<vm_object>(yield* zalloc(obj_zone));
  vm_assert();
  _vm_object_allocate(type, size, object);
  return object;
}

/**
 * Takes a reference; NULL is allowed and ignored. A vnode's object keeps its vnode referenced as well.
 * Locks: V held. Does not sleep.
 */
export function vm_object_reference(object: vm_object): void {
  if (object === null) return;
  KASSERT((object.flags & OBJ_DEAD) === 0, 'vm_object_reference: attempting to reference dead obj');
  object.ref_count++;
  if (object.type === OBJT_VNODE) vref($cast<vnode>(object.handle));
}

/**
 * Drops a reference if that is all there is to it, and says whether it did: the plain and frequent part of
 * vm_object_deallocate. Locks: V held. Does not sleep.
 */
export function vm_object_drop(object: vm_object): boolean {
  if (object.type === OBJT_VNODE) return false;
  if (object.ref_count > 2) {
    object.ref_count--;
    return true;
  }
  if (object.ref_count === 2 && object.shadow_count === 0) {
    /* One mapping is left, and it knows of nobody who could look at its pages. */
    object.flags |= OBJ_ONEMAPPING;
    object.ref_count--;
    return true;
  }
  return false;
}

/**
 * Drops a reference on a vnode's object. The vnode's goes with it, and with its last one the file may be
 * reclaimed, for which the file system wants Giant and not the vm lock. Locks: V held; let go around vrele.
 * May sleep.
 */
function* vm_object_vndeallocate(object: vm_object): Sleeps {
  const vp = $cast<vnode>(object.handle);
  KASSERT(object.type === OBJT_VNODE, 'vm_object_vndeallocate: not a vnode object');
  KASSERT(vp !== null, 'vm_object_vndeallocate: missing vp');
  KASSERT(object.ref_count > 0, 'vm_object_vndeallocate: bad object reference count');
  object.ref_count--;
  if (object.ref_count === 0) vp.v_flag &= ~VTEXT;
  vm_unlock();
  yield* mtx_lock(Giant);
  yield* vrele(vp);
  mtx_unlock(Giant);
  yield* vm_lock();
}

/** Takes an object off its backing object's list, the reference excepted. Locks: V held. Does not sleep. */
export function vm_object_unshadow(object: vm_object): void {
  const backing = object.backing_object;
  if (backing === null) return;
  KASSERT(backing.shadow_count > 0, 'vm_object_unshadow: %p has no shadows', $addr(backing));
  TAILQ_REMOVE(backing.shadow_head, object, 'shadow_list');
  backing.shadow_count--;
  backing.generation++;
  object.backing_object = null;
}

/**
 * Puts an object in front of a backing object; the reference is the caller's affair. Locks: V held. Does not
 * sleep.
 */
export function vm_object_set_backing(object: vm_object, backing: vm_object): void {
  KASSERT(object.backing_object === null, 'vm_object_set_backing: %p shadows already', $addr(object));
  KASSERT(object !== backing, 'vm_object_set_backing: object loop %p', $addr(object));
  object.backing_object = backing;
  if (backing === null) return;
  TAILQ_INSERT_TAIL(backing.shadow_head, object, 'shadow_list');
  backing.shadow_count++;
  backing.generation++;
}

/**
 * The reference before the last is gone and the last belongs to the only shadow: if both are anonymous, the
 * two may merge now. Returns the object that the loop of vm_object_deallocate goes on with (with a reference
 * to be dropped), or null if there is nothing to do. Locks: V held; let go while it waits for paging. May
 * sleep.
 */
function* vm_object_lone_shadow(object: vm_object): Sleeps<vm_object> {
  if (!vm_object_is_anonymous(object)) return null;
  const robject = TAILQ_FIRST(object.shadow_head);
  KASSERT(robject !== null, 'vm_object_deallocate: ref_count: %d, shadow_count: 1', object.ref_count);
  if (!vm_object_is_anonymous(robject)) return null;
  /* Our own reference keeps the shadow alive; the object lives as long as the shadow has not swallowed it. */
  robject.ref_count++;
  while (
    robject.paging_in_progress !== 0 ||
    (robject.backing_object === object && object.paging_in_progress !== 0)
  ) {
    yield* vm_object_pip_sleep(robject, 'objde1');
    if (robject.backing_object === object) yield* vm_object_pip_sleep(object, 'objde2');
  }
  if (robject.ref_count !== 1) yield* vm_object_collapse(robject);
  return robject;
}

/**
 * Drops a reference. At the last one the object dies, and drops its reference on the object behind it, and so
 * on down the chain. NULL is allowed and ignored. Locks: V held; let go while it sleeps. May sleep.
 */
export function* vm_object_deallocate(object: vm_object): Sleeps {
  vm_assert();
  while (object !== null && !vm_object_drop(object)) {
    if (object.type === OBJT_VNODE) {
      yield* vm_object_vndeallocate(object);
      return;
    }
    if (object.ref_count === 0) {
      panic('vm_object_deallocate: object deallocated too many times: %d', object.type);
    }
    object.ref_count--;
    if (object.ref_count !== 0) {
      if (object.ref_count !== 1 || object.shadow_count !== 1) return;
      object = yield* vm_object_lone_shadow(object);
      continue;
    }
    const backing = object.backing_object;
    vm_object_unshadow(object);
    yield* vm_object_terminate(object);
    object = backing;
  }
}

/**
 * Gives the storage of an object back that has no pages, no store and no place in a chain any more, and wakes
 * who waited for that. Locks: V held. Does not sleep.
 */
export function vm_object_free(object: vm_object): void {
  KASSERT(TAILQ_EMPTY(object.memq), 'vm_object_free: object %p has pages', $addr(object));
  KASSERT(object.backing_object === null, 'vm_object_free: object %p has a backing object', $addr(object));
  TAILQ_REMOVE(vm_object_list, object, 'object_list');
  vm_object_count--;
  wakeup($addr(object));
  zfree(obj_zone, $addr(object));
}

/**
 * Destroys an object without references: its pages are freed (wired ones only disowned), and the pager
 * forgets its store. Locks: V held; let go while it waits for paging or cleans a file's pages. May sleep.
 */
export function* vm_object_terminate(object: vm_object): Sleeps {
  vm_object_set_flag(object, OBJ_DEAD);
  yield* vm_object_pip_wait(object, 'objtrm');
  KASSERT(object.paging_in_progress === 0, 'vm_object_terminate: pageout in progress');
  if (object.type === OBJT_VNODE) yield* vm_object_page_clean(object, 0, 0, OBJPC_SYNC);
  KASSERT(
    object.ref_count === 0,
    'vm_object_terminate: object with references, ref_count=%d',
    object.ref_count,
  );
  KASSERT(object.shadow_count === 0, 'vm_object_terminate: object with %d shadows', object.shadow_count);
  for (let p = TAILQ_FIRST(object.memq); p !== null; p = TAILQ_FIRST(object.memq)) {
    KASSERT(
      p.busy === 0 && (p.flags & PG_BUSY) === 0,
      'vm_object_terminate: freeing busy page %p p->busy = %d, p->flags %x\n',
      $addr(p),
      p.busy,
      p.flags,
    );
    vm_page_busy(p);
    if (p.wire_count === 0) {
      vm_page_free(p);
      cnt.v_pfree++;
    } else {
      vm_page_remove(p);
    }
  }
  KASSERT(
    object.resident_page_count === 0,
    'vm_object_terminate: resident_page_count %d with no page left',
    object.resident_page_count,
  );
  yield* vm_pager_deallocate(object);
  vm_object_free(object);
}

/** Sleeps once if there is paging in progress. Locks: V held; let go during the sleep. May sleep. */
export function* vm_object_pip_sleep(object: vm_object, waitid: str): Sleeps {
  if (object.paging_in_progress === 0) return;
  vm_object_set_flag(object, OBJ_PIPWNT);
  yield* vm_sleep($addr(object), PVM, waitid, 0);
}

/** Waits until no paging is in progress. Locks: V held; let go during the sleeps. May sleep. */
export function* vm_object_pip_wait(object: vm_object, waitid: str): Sleeps {
  while (object.paging_in_progress !== 0) {
    yield* vm_object_pip_sleep(object, waitid);
  }
}

/**
 * A page of the object may be written through a mapping from now on. Locks: V held. Does not sleep.
 */
export function vm_object_set_writeable_dirty(object: vm_object): void {
  object.flags |= OBJ_WRITEABLE | OBJ_MIGHTBEDIRTY;
  if (object.type === OBJT_VNODE) {
    const vp = $cast<vnode>(object.handle);
    if (vp !== null) vp.v_flag |= VOBJDIRTY;
  }
}

/**
 * Puts a new, empty object in front of *object, with *offset in the old one as its start; both are replaced.
 * The caller's reference goes over to the shadow, and the shadow keeps the old one's. An anonymous object
 * with a single reference needs no shadow: the caller is alone with it. Locks: V held; let go while the zone
 * of objects grows. The map entry's map is locked. May sleep.
 */
export function* vm_object_shadow(
  object: ptr<vm_object>,
  offset: ptr<vm_ooffset_t>,
  length: vm_pindex_t,
): Sleeps {
  const source = object[0];
  if (source !== null && source.ref_count === 1 && vm_object_is_anonymous(source)) return;
  const result = yield* vm_object_allocate(OBJT_DEFAULT, length);
  KASSERT(source === null || source.ref_count > 0, 'vm_object_shadow: %p is gone', $addr(source));
  vm_object_set_backing(result, source);
  if (source !== null) {
    let span = length;
    if (span < source.size) span = source.size;
    if (span > PQ_L2_SIZE / 3 + PQ_PRIME1 || source.generation > 1) span = PQ_L2_SIZE / 3 + PQ_PRIME1;
    result.pg_color = (source.pg_color + $i32(span) * source.generation) & PQ_L2_MASK;
  }
  result.backing_object_offset = offset[0];
  offset[0] = 0;
  object[0] = result;
}

/**
 * Removes a page in vm_object_page_remove's range. Returns false if it slept and the page has to be looked up
 * again. Locks: V held; let go during the sleep. May sleep.
 */
function* vm_object_page_remove_one(p: vm_page, clean_only: boolean): Sleeps<boolean> {
  if (p.wire_count !== 0) {
    vm_page_protect(p, VM_PROT_NONE);
    if (!clean_only) p.valid = 0;
    return true;
  }
  if ((yield* vm_page_sleep_busy(p, 1, 'vmopar')) !== 0) return false;
  if (clean_only && p.valid !== 0) {
    vm_page_test_dirty(p);
    if ((p.valid & p.dirty) !== 0) return true;
  }
  vm_page_busy(p);
  vm_page_protect(p, VM_PROT_NONE);
  vm_page_free(p);
  return true;
}

/**
 * Removes pages from an object: those from start up to but not including end, or all if both are 0. With
 * clean_only the dirty ones stay. Wired pages stay, but lose their contents. Locks: V held; let go during
 * sleeps. May sleep.
 */
export function* vm_object_page_remove(
  object: vm_object,
  start: vm_pindex_t,
  end: vm_pindex_t,
  clean_only: boolean,
): Sleeps {
  if (object === null || object.resident_page_count === 0) return;
  vm_assert();
  const all = start === 0 && end === 0;
  KASSERT(object.type !== OBJT_PHYS, 'attempt to remove pages from a physical object');
  vm_object_pip_add(object, 1);
  if (all || end - start > $u32(object.resident_page_count) / 4) {
    let next: vm_page = null;
    for (let p = TAILQ_FIRST(object.memq); p !== null; p = next) {
      next = TAILQ_NEXT(p, 'listq');
      if (!all && (p.pindex < start || p.pindex >= end)) continue;
      if (!(yield* vm_object_page_remove_one(p, clean_only))) next = TAILQ_FIRST(object.memq);
    }
  } else {
    for (let pi = start; pi < end; pi++) {
      for (;;) {
        const p = vm_page_lookup(object, pi);
        if (p === null || (yield* vm_object_page_remove_one(p, clean_only))) break;
      }
    }
  }
  vm_object_pip_wakeup(object);
}

/**
 * madvise(2) on the page at an index, wherever in the shadow chain it is. Returns false if it slept: try
 * again.
 *   MADV_WILLNEED   makes it active
 *   MADV_DONTNEED   lowers its rank
 *   MADV_FREE       makes it clean, so that the frame can be reused without a write; the contents may become zero.
 *                   Only where nobody else can see the object (OBJ_ONEMAPPING).
 * Locks: V held; let go during the sleep. May sleep.
 */
function* vm_object_madvise_page(object: vm_object, pindex: vm_pindex_t, advise: int): Sleeps<boolean> {
  let m: vm_page = null;
  for (;;) {
    if (advise === MADV_FREE) {
      if (object.type !== OBJT_DEFAULT && object.type !== OBJT_SWAP) return true;
      if ((object.flags & OBJ_ONEMAPPING) === 0) return true;
    }
    m = vm_page_lookup(object, pindex);
    if (m !== null) break;
    /* There may be swap without a page. */
    if (advise === MADV_FREE && object.type === OBJT_SWAP) swap_pager_freespace(object, pindex, 1);
    if (object.backing_object === null) return true;
    pindex += OFF_TO_IDX(object.backing_object_offset);
    object = object.backing_object;
  }
  if (m.hold_count !== 0 || m.wire_count !== 0 || (m.flags & PG_UNMANAGED) !== 0) return true;
  if (m.valid !== VM_PAGE_BITS_ALL) return true;
  if ((yield* vm_page_sleep_busy(m, 1, 'madvpo')) !== 0) return false;
  if (advise === MADV_WILLNEED) {
    vm_page_activate(m);
  } else if (advise === MADV_DONTNEED) {
    vm_page_dontneed(m);
  } else if (advise === MADV_FREE) {
    pmap_clear_modify(m);
    m.dirty = 0;
    m.act_count = 0;
    vm_page_dontneed(m);
    if (object.type === OBJT_SWAP) swap_pager_freespace(object, pindex, 1);
  }
  return true;
}

/**
 * madvise(2) on `count` pages from pindex on.
 * Locks: V held, and the map entry's map, which keeps the object; V is let go during sleeps. May sleep.
 */
export function* vm_object_madvise(object: vm_object, pindex: vm_pindex_t, count: int, advise: int): Sleeps {
  if (object === null) return;
  vm_assert();
  const end = pindex + $u32(count);
  for (; pindex < end; pindex++) {
    while (!(yield* vm_object_madvise_page(object, pindex, advise))) {
      /* slept: the page may have gone elsewhere */
    }
  }
}

/**
 * May the memory behind a map entry's object simply be extended for a new neighbour of next_size bytes, so
 * that both are one entry? If so the object is made to fit. Pages left there by a former neighbour are
 * removed. Locks: V held, the map locked; V is let go during sleeps. May sleep.
 */
export function* vm_object_coalesce(
  prev_object: vm_object,
  prev_pindex: vm_pindex_t,
  prev_size: vm_size_t,
  next_size: vm_size_t,
): Sleeps<boolean> {
  if (prev_object === null) return true;
  if (prev_object.type !== OBJT_DEFAULT && prev_object.type !== OBJT_SWAP) return false;
  yield* vm_object_collapse(prev_object);
  /* With an object behind it, pages that nobody maps here might still be somebody's. */
  if (prev_object.backing_object !== null) return false;
  const next_pages = atop(next_size);
  const next_pindex = prev_pindex + atop(prev_size);
  if (prev_object.ref_count > 1 && prev_object.size !== next_pindex) return false;
  if (next_pindex < prev_object.size) {
    yield* vm_object_page_remove(prev_object, next_pindex, next_pindex + next_pages, false);
    if (prev_object.type === OBJT_SWAP) swap_pager_freespace(prev_object, next_pindex, next_pages);
  }
  if (next_pindex + next_pages > prev_object.size) prev_object.size = next_pindex + next_pages;
  return true;
}
