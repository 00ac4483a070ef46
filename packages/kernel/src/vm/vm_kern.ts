/**
 * Kernel memory (vm/vm_kern.c): address space of kernel_map and its submaps, with wired pages, with pages
 * that are entered by hand, or with none.
 *
 * All functions may be called with the vm lock or without it and leave it as they found it; they may let go
 * of it meanwhile, since they take the lock of a map (vm_map.ts, L1).
 */
import { pmap_enter } from '../i386/pmap.js';
import { kernel_pmap } from '../i386/pmap_boot.js';
import { pmap_reference } from '../i386/pmap_pinit.js';
import { vm_assert, vm_lock, vm_owned, vm_unlock } from '../kern/kern_regime.h.js';
import { vm_sleep } from '../kern/kern_regime.js';
import { panic } from '../kern/kern_shutdown.js';
import { wakeup } from '../kern/kern_synch.js';
import { nswbuf } from '../kern/vfs_pbuf.js';
import { M_NOWAIT, M_USE_RESERVE } from '../sys/malloc.h.js';
import { MAXPHYS, PVM } from '../sys/param.h.js';
import type { vm_offset_t, vm_pindex_t, vm_size_t } from '../sys/types.h.js';
import {
  EXEC_MAP_ENTRIES,
  EXEC_MAP_ENTRY_SIZE,
  PAGER_MAP_SIZE,
  VM_KMEM_SIZE,
  VM_KMEM_SIZE_MAX,
  VM_KMEM_SIZE_SCALE,
} from './vm_kern.h.js';
import type { vm_map, vm_map_entry } from './vm_map.h.js';
import { MAP_NOFAULT, vm_map_max, vm_map_min, vm_map_pmap } from './vm_map.h.js';
import {
  vm_init2,
  vm_map_create,
  vm_map_delete,
  vm_map_find,
  vm_map_findspace,
  vm_map_insert,
  vm_map_lookup_entry,
  vm_map_remove,
  vm_map_simplify_entry,
} from './vm_map.js';
import { vm_map_lock, vm_map_trylock, vm_map_unlock } from './vm_map_lock.js';
import { vm_map_submap } from './vm_map_prot.js';
import { vm_map_pageable } from './vm_map_wire.js';
import { cnt } from './vm_meter.js';
import { vmmapentry_rsrc_init } from './vm_mmap.js';
import { kernel_object, kmem_object, vm_object_reference } from './vm_object.js';
import {
  PG_MAPPED,
  PG_REFERENCED,
  PG_WRITEABLE,
  PG_ZERO,
  VM_ALLOC_INTERRUPT,
  VM_ALLOC_RETRY,
  VM_ALLOC_SYSTEM,
  VM_ALLOC_ZERO,
  VM_PAGE_BITS_ALL,
  vm_page_flag_clear,
  vm_page_flag_set,
  vm_page_free,
  vm_page_wakeup,
  vm_page_zero_fill,
} from './vm_page.h.js';
import { vm_page_alloc, vm_page_grab, vm_page_lookup, vm_wait } from './vm_page.js';
import { vm_page_wire } from './vm_pageq.js';
import {
  IDX_TO_OFF,
  KERN_SUCCESS,
  VM_MIN_KERNEL_ADDRESS,
  VM_PROT_ALL,
  atop,
  ptoa,
  round_page,
  trunc_page,
} from './vm_param.h.js';

/** All of the kernel's address space. */
export let kernel_map: vm_map = null;
/** malloc(9). */
export let kmem_map: vm_map = null;
/** Arguments of execve. */
export let exec_map: vm_map = null;
/** Buffers: pager_map lies in it; a buffer_map would too if there were a buffer cache. */
export let clean_map: vm_map = null;
/** Windows for the pages of physical buffers. */
export let pager_map: vm_map = null;

/** Ranges of the submaps. */
export let kmembase: vm_offset_t = 0;
export let kmemlimit: vm_offset_t = 0;
export let clean_sva: vm_offset_t = 0;
export let clean_eva: vm_offset_t = 0;
export let pager_sva: vm_offset_t = 0;
export let pager_eva: vm_offset_t = 0;
export let exec_map_sva: vm_offset_t = 0;
export let exec_map_eva: vm_offset_t = 0;

/**
 * Allocates address space of `size` bytes without memory: null object, nothing mapped. Page directories,
 * physical buffers and interrupt zones enter their pages themselves. 0 if there is no space. Locks: vm lock
 * held or not; may be let go of meanwhile. May sleep.
 */
export function* kmem_alloc_pageable(map: vm_map, size: vm_size_t): Sleeps<vm_offset_t> {
  return yield* kmem_alloc_kva(map, size, 0);
}

/**
 * As kmem_alloc_pageable, but a fault there is a panic instead of zeroed memory.
 * Locks: vm lock held or not; may be let go of meanwhile. May sleep.
 */
export function* kmem_alloc_nofault(map: vm_map, size: vm_size_t): Sleeps<vm_offset_t> {
  return yield* kmem_alloc_kva(map, size, MAP_NOFAULT);
}

/** Address space without memory. Locks: vm lock held or not; may be let go of meanwhile. May sleep. */
function* kmem_alloc_kva(map: vm_map, size: vm_size_t, cow: int): Sleeps<vm_offset_t> {
  const had = vm_owned();
  KASSERT(map.pmap === kernel_pmap, 'kmem_alloc_kva: not a map of the kernel');
  if (!had) yield* vm_lock();
  const addr = $var<vm_offset_t>();
  addr[0] = vm_map_min(map);
  const result = yield* vm_map_find(
    map,
    null,
    0,
    addr,
    round_page(size),
    true,
    VM_PROT_ALL,
    VM_PROT_ALL,
    cow,
  );
  if (!had) vm_unlock();
  return result === KERN_SUCCESS ? addr[0] : 0;
}

/**
 * Allocates zeroed, wired memory of the kernel object in a map; 0 if there is no space. Waits for pages.
 * Locks: vm lock held or not; may be let go of meanwhile. May sleep.
 */
export function* kmem_alloc(map: vm_map, size: vm_size_t): Sleeps<vm_offset_t> {
  const had = vm_owned();
  const len: vm_size_t = round_page(size);
  KASSERT(len !== 0, 'kmem_alloc: nothing to allocate');
  if (!had) yield* vm_lock();
  const addr = $var<vm_offset_t>();

  /* The address decides the place in kernel_object, so find it before mapping. */
  yield* vm_map_lock(map);
  if (vm_map_findspace(map, vm_map_min(map), len, addr) !== 0) {
    vm_map_unlock(map);
    if (!had) vm_unlock();
    return 0;
  }
  const va: vm_offset_t = addr[0];
  const pindex: vm_pindex_t = atop(va - VM_MIN_KERNEL_ADDRESS);
  vm_object_reference(kernel_object);
  yield* vm_map_insert(map, kernel_object, IDX_TO_OFF(pindex), va, va + len, VM_PROT_ALL, VM_PROT_ALL, 0);
  vm_map_unlock(map);

  /*
   * Make all pages before they are wired: the faults that wire them then find them and never wait, and no
   * kernel data ever starts out as somebody else's.
   */
  for (let i: u32 = 0; i < atop(len); i++) {
    const m = yield* vm_page_grab(kernel_object, pindex + i, VM_ALLOC_ZERO | VM_ALLOC_RETRY);
    if ((m.flags & PG_ZERO) === 0) vm_page_zero_fill(m);
    m.valid = VM_PAGE_BITS_ALL;
    vm_page_flag_clear(m, PG_ZERO);
    vm_page_wakeup(m);
  }
  const rv = yield* vm_map_pageable(map, va, va + len, false);
  KASSERT(rv === KERN_SUCCESS, 'kmem_alloc: cannot wire, %d', rv);
  if (!had) vm_unlock();
  return va;
}

/**
 * Gives memory or address space back.
 * Locks: vm lock held or not; may be let go of meanwhile. May sleep.
 */
export function* kmem_free(map: vm_map, addr: vm_offset_t, size: vm_size_t): Sleeps<void> {
  const had = vm_owned();
  KASSERT(size !== 0, 'kmem_free: empty range at %#x', addr);
  if (!had) yield* vm_lock();
  yield* vm_map_remove(map, trunc_page(addr), round_page(addr + size));
  if (!had) vm_unlock();
}

/**
 * Makes a submap: a range of the parent with a list of entries and a lock of its own. *min and *max tell the
 * range. It is not a system map: space allocated in it gets zero-filled, pageable memory when it is touched,
 * as exec_map needs it. Locks: vm lock held or not; may be let go of meanwhile. May sleep.
 */
export function* kmem_suballoc(
  parent: vm_map,
  min: ptr<vm_offset_t>,
  max: ptr<vm_offset_t>,
  size: vm_size_t,
): Sleeps<vm_map> {
  const had = vm_owned();
  const len: vm_size_t = round_page(size);
  if (!had) yield* vm_lock();
  min[0] = vm_map_min(parent);
  let ret = yield* vm_map_find(parent, null, 0, min, len, true, VM_PROT_ALL, VM_PROT_ALL, 0);
  if (ret !== KERN_SUCCESS) panic('kmem_suballoc: bad status return of %d', ret);
  max[0] = min[0] + len;
  pmap_reference(vm_map_pmap(parent));
  const result = yield* vm_map_create(vm_map_pmap(parent), min[0], max[0]);
  ret = yield* vm_map_submap(parent, min[0], max[0], result);
  if (ret !== KERN_SUCCESS) panic('kmem_suballoc: unable to change range to submap');
  if (!had) vm_unlock();
  return result;
}

/**
 * Allocates wired memory for malloc in kmem_map; contents undefined. 0 with M_NOWAIT if there is no page or
 * no space, or if somebody has the map; without it waits for pages and panics if the map is full. Locks: vm
 * lock held or not; may be let go of meanwhile. May sleep (only for mutexes with M_NOWAIT).
 */
export function* kmem_malloc(map: vm_map, size: vm_size_t, flags: int): Sleeps<vm_offset_t> {
  const had = vm_owned();
  const nowait: boolean = (flags & M_NOWAIT) !== 0;
  const len: vm_size_t = round_page(size);
  if (map !== kmem_map) panic('kmem_malloc: map != kmem_map');
  if (!had) yield* vm_lock();
  const addr = $var<vm_offset_t>();
  addr[0] = 0;

  if (nowait) {
    if (vm_map_trylock(map) !== 0) {
      if (!had) vm_unlock();
      return 0;
    }
  } else {
    yield* vm_map_lock(map);
  }
  if (vm_map_findspace(map, vm_map_min(map), len, addr) !== 0) {
    const total: vm_size_t = map.size;
    vm_map_unlock(map);
    if (!nowait) panic('kmem_malloc(%ld): kmem_map too small: %ld total allocated', len, total);
    if (!had) vm_unlock();
    return 0;
  }
  const va: vm_offset_t = addr[0];
  vm_object_reference(kmem_object);
  yield* vm_map_insert(
    map,
    kmem_object,
    IDX_TO_OFF(atop(va - VM_MIN_KERNEL_ADDRESS)),
    va,
    va + len,
    VM_PROT_ALL,
    VM_PROT_ALL,
    0,
  );
  const ok = yield* kmem_malloc_pages(map, va, len, flags);
  if (ok) yield* kmem_malloc_enter(map, va, len);
  vm_map_unlock(map);
  if (!had) vm_unlock();
  return ok ? va : 0;
}

/**
 * Gets the pages behind a new range of kmem_map. False (M_NOWAIT only): too few; what was got has been given
 * back and the range deleted. Locks: vm lock and the map's exclusive one held; both may be let go of while it
 * waits for pages. May sleep (not with M_NOWAIT).
 */
function* kmem_malloc_pages(map: vm_map, va: vm_offset_t, len: vm_size_t, flags: int): Sleeps<boolean> {
  const pindex: vm_pindex_t = atop(va - VM_MIN_KERNEL_ADDRESS);
  const npages: u32 = atop(len);
  /* From an interrupt only the free list may be touched, not the cache queue. */
  const wclass: int =
    (flags & (M_NOWAIT | M_USE_RESERVE)) === M_NOWAIT ? VM_ALLOC_INTERRUPT : VM_ALLOC_SYSTEM;
  let i: u32 = 0;
  while (i < npages) {
    const m = vm_page_alloc(kmem_object, pindex + i, wclass);
    if (m === null) {
      if ((flags & M_NOWAIT) !== 0) break;
      vm_map_unlock(map);
      yield* vm_wait();
      yield* vm_map_lock(map);
      continue;
    }
    vm_page_flag_clear(m, PG_ZERO);
    m.valid = VM_PAGE_BITS_ALL;
    i++;
  }
  if (i === npages) return true;
  /* Busy pages must go before the range does: its deletion would wait for them for ever. */
  while (i !== 0) {
    i--;
    vm_page_free(vm_page_lookup(kmem_object, pindex + i));
  }
  yield* vm_map_delete(map, va, va + len);
  return false;
}

/**
 * Wires and maps the pages of a new range of kmem_map. By hand instead of through vm_map_pageable: no fault
 * is taken. Locks: vm lock and the map's exclusive one held, kept. Does not wait: kernel page-table pages
 * exist already.
 */
function* kmem_malloc_enter(map: vm_map, va: vm_offset_t, len: vm_size_t): Sleeps<void> {
  const out = $var<vm_map_entry>();
  const pindex: vm_pindex_t = atop(va - VM_MIN_KERNEL_ADDRESS);
  /* vm_map_insert extends entries without an object only, so there is one entry of just this range. */
  if (!vm_map_lookup_entry(map, va, out)) panic('kmem_malloc: entry not found or misaligned');
  const entry = out[0];
  if (entry.start !== va || entry.end !== va + len || entry.wired_count !== 0) {
    panic('kmem_malloc: entry not found or misaligned');
  }
  entry.wired_count = 1;
  yield* vm_map_simplify_entry(map, entry);
  for (let i: u32 = 0; i < atop(len); i++) {
    const m = vm_page_lookup(kmem_object, pindex + i);
    KASSERT(m !== null, 'kmem_malloc: page %d is gone', pindex + i);
    vm_page_wire(m);
    vm_page_wakeup(m);
    pmap_enter(kernel_pmap, va + ptoa(i), m, VM_PROT_ALL, true);
    vm_page_flag_set(m, PG_MAPPED | PG_WRITEABLE | PG_REFERENCED);
  }
}

/**
 * Allocates address space in a submap, waiting for somebody to give some back (kmem_free_wakeup) if there is
 * none. 0 if the map could never have it. Locks: vm lock held or not; may be let go of meanwhile. May sleep.
 */
export function* kmem_alloc_wait(map: vm_map, size: vm_size_t): Sleeps<vm_offset_t> {
  const had = vm_owned();
  const len: vm_size_t = round_page(size);
  const addr = $var<vm_offset_t>();
  if (!had) yield* vm_lock();
  for (;;) {
    yield* vm_map_lock(map);
    if (vm_map_findspace(map, vm_map_min(map), len, addr) === 0) break;
    if (vm_map_max(map) - vm_map_min(map) < len) {
      vm_map_unlock(map);
      if (!had) vm_unlock();
      return 0;
    }
    vm_map_unlock(map);
    yield* vm_sleep($addr(map), PVM, 'kmaw', 0);
  }
  yield* vm_map_insert(map, null, 0, addr[0], addr[0] + len, VM_PROT_ALL, VM_PROT_ALL, 0);
  vm_map_unlock(map);
  if (!had) vm_unlock();
  return addr[0];
}

/**
 * Gives space of a submap back and wakes who waits for some.
 * Locks: vm lock held or not; may be let go of meanwhile. May sleep.
 */
export function* kmem_free_wakeup(map: vm_map, addr: vm_offset_t, size: vm_size_t): Sleeps<void> {
  const had = vm_owned();
  if (!had) yield* vm_lock();
  yield* vm_map_lock(map);
  yield* vm_map_delete(map, trunc_page(addr), round_page(addr + size));
  wakeup($addr(map));
  vm_map_unlock(map);
  if (!had) vm_unlock();
}

/**
 * Makes kernel_map. Its first entry covers what the loader and pmap_bootstrap have used, up to `start`; the
 * rest up to `end` is free. Locks: vm lock held, kept (boot). May sleep (does not: nobody else runs).
 */
export function* kmem_init(start: vm_offset_t, end: vm_offset_t): Sleeps<void> {
  vm_assert();
  KASSERT(start > VM_MIN_KERNEL_ADDRESS && start < end, 'kmem_init: %#x to %#x', start, end);
  const m = yield* vm_map_create(kernel_pmap, VM_MIN_KERNEL_ADDRESS, end);
  m.system_map = 1;
  yield* vm_map_lock(m);
  kernel_map = m;
  const rv = yield* vm_map_insert(m, null, 0, VM_MIN_KERNEL_ADDRESS, start, VM_PROT_ALL, VM_PROT_ALL, 0);
  KASSERT(rv === KERN_SUCCESS, 'kmem_init: %d', rv);
  vm_map_unlock(m);
}

/** Bytes of kmem_map for this much RAM. Locks: none. Does not sleep. */
function vm_kmem_bytes(): vm_size_t {
  const mem: vm_size_t = ptoa(cnt.v_page_count);
  let size: vm_size_t = VM_KMEM_SIZE;
  KASSERT(mem !== 0, 'vm_kmem_bytes: no memory');
  if (mem / VM_KMEM_SIZE_SCALE > size) size = mem / VM_KMEM_SIZE_SCALE;
  if (size > VM_KMEM_SIZE_MAX) size = VM_KMEM_SIZE_MAX;
  if (size / 2 > mem) size = mem * 2;
  return round_page(size);
}

/**
 * Makes kmem_map, of which malloc lives. Called by kmeminit before the first malloc.
 * Locks: vm lock not held; takes and drops it. May sleep.
 */
export function* vm_kmem_init(): Sleeps<void> {
  KASSERT(kmem_map === null, 'vm_kmem_init: called twice');
  const map = yield* kmem_suballoc(kernel_map, $ref(kmembase), $ref(kmemlimit), vm_kmem_bytes());
  map.system_map = 1;
  kmem_map = map;
}

/**
 * Makes the submaps of kernel_map (but kmem_map, which kmeminit makes) and lets the zones of maps grow:
 * cpu_startup's part of the vm system (it is there in BSD). clean_map holds pager_map alone: there is no
 * buffer cache. Locks: none held; takes and drops the vm lock. May sleep.
 */
export function* vm_ksubmap_init(): Sleeps<void> {
  KASSERT(kmem_map !== null, 'vm_ksubmap_init: before kmeminit');
  yield* vm_lock();
  yield* vm_init2();
  const pbufs: vm_size_t = $u32(nswbuf) * MAXPHYS + PAGER_MAP_SIZE;
  clean_map = yield* kmem_suballoc(kernel_map, $ref(clean_sva), $ref(clean_eva), pbufs);
  pager_map = yield* kmem_suballoc(clean_map, $ref(pager_sva), $ref(pager_eva), pbufs);
  exec_map = yield* kmem_suballoc(
    kernel_map,
    $ref(exec_map_sva),
    $ref(exec_map_eva),
    EXEC_MAP_ENTRIES * EXEC_MAP_ENTRY_SIZE,
  );
  vmmapentry_rsrc_init();
  vm_unlock();
}
