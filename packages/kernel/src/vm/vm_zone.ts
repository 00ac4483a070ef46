/**
 * The zone allocator (vm/vm_zone.c): items of one size each. A zone never gives memory back, so an item that
 * was once of a type stays readable as that type for good. That property is what keeps a stale pointer from
 * faulting at once, and what makes it find ZENTRY_FREE, or somebody else's item, instead.
 *
 * Two kinds of zones:
 *   plain            zalloc() may sleep: the zone grows by kmem_alloc. The free list is under a spin lock of the zone, so
 *                    that zfree() can be called from anywhere.
 *   ZONE_INTERRUPT   zalloci() never sleeps: address space for all items is set aside at once and pages are put there
 *                    when needed. These zones belong to the vm system (pv entries, entries of kernel maps,
 *                    swap metadata) and the vm lock protects them.
 *
 * Reuse is last in, first out; a zone grows when no more than zfreemin items are left, so a freed item
 * usually waits behind at most those freed after it.
 */
import { pmap_kenter } from '../i386/pmap_kern.js';
import { bcopy, bzero } from '../i386/support.js';
import { lockstatus } from '../kern/kern_lock.js';
import { free, malloc } from '../kern/kern_malloc.js';
import { mtx_init, mtx_lock_spin, mtx_unlock_spin } from '../kern/kern_mutex.js';
import { vm_assert, vm_lock, vm_owned, vm_unlock } from '../kern/kern_regime.h.js';
import { panic } from '../kern/kern_shutdown.js';
import { snprintf } from '../kern/subr_prf.js';
import type { malloc_type } from '../sys/malloc.h.js';
import { M_NOWAIT, M_WAITOK, M_ZERO } from '../sys/malloc.h.js';
import type { mtx } from '../sys/mutex.h.js';
import { MTX_NOWITNESS, MTX_SPIN } from '../sys/mutex.h.js';
import { PAGE_SIZE } from '../sys/param.h.js';
import type { vm_offset_t, vm_size_t } from '../sys/types.h.js';
import { kernel_map, kmem_alloc, kmem_alloc_pageable, kmem_malloc, kmem_map } from './vm_kern.js';
import { cnt } from './vm_meter.js';
import type { vm_object } from './vm_object.h.js';
import { OBJT_DEFAULT } from './vm_object.h.js';
import { _vm_object_allocate, vm_object_allocate } from './vm_object.js';
import { VM_ALLOC_INTERRUPT, VM_ALLOC_SYSTEM, VM_PAGE_TO_PHYS } from './vm_page.h.js';
import { vm_page_alloc } from './vm_page.js';
import { atop, ptoa, round_page } from './vm_param.h.js';
import type { vm_zone } from './vm_zone.h.js';
import { ZENTRY_FREE, ZONE_BOOT, ZONE_INTERRUPT, ZONE_PANICFAIL, ZONE_ROUNDING } from './vm_zone.h.js';

/** Zones that zinit makes. */
export let M_ZONE: embed<malloc_type> = $init({ ks_shortdesc: 'ZONE' });

/** Protects the list of zones; a leaf. */
let zone_mtx: embed<mtx>;
let zone_mtx_ready: int = 0;
/** All zones, latest first. */
export let zlist: embed<SLIST_HEAD<vm_zone>>;

/** Statistics (sysctl vm.zone_*). */
export let zone_kmem_pages: int = 0;
export let zone_kmem_kvaspace: int = 0;
export let zone_kern_pages: int = 0;

/** Enters a zone into the list of all. Locks: none; takes and drops zone_mtx. Does not sleep. */
function zone_list_insert(z: vm_zone): void {
  if (zone_mtx_ready === 0) {
    zone_mtx_ready = 1;
    SLIST_INIT(zlist);
    mtx_init(zone_mtx, 'zone subsystem', MTX_SPIN | MTX_NOWITNESS);
  }
  mtx_lock_spin(zone_mtx);
  SLIST_INSERT_HEAD(zlist, z, 'zent');
  mtx_unlock_spin(zone_mtx);
}

/** Puts a free item on the list. Locks: the zone's (z), kept. Does not sleep. @inline */
function zone_push(z: vm_zone, item: u32): void {
  $st32(item, z.zitems);
  $st32(item + 4, ZENTRY_FREE);
  z.zitems = item;
  z.zfreecnt++;
}

/** Takes the first free item. Locks: the zone's (z), kept. Does not sleep. */
function zone_pop(z: vm_zone): u32 {
  const item: u32 = z.zitems;
  KASSERT(item !== 0, 'zone %s: %d items free but none on the list', z.zname, z.zfreecnt);
  z.zitems = $ld32(item);
  KASSERT($ld32(item + 4) === ZENTRY_FREE, 'item is not free');
  $st32(item + 4, 0);
  z.zfreecnt--;
  z.znalloc++;
  return item;
}

/**
 * Cuts memory into items; the last one is not put on the list but returned. Locks: the zone's (z), kept. Does
 * not sleep.
 */
function zone_thread(z: vm_zone, mem: u32, nitems: int): u32 {
  let item: u32 = mem;
  KASSERT(nitems > 0, 'zone %s: nothing to thread', z.zname);
  for (let i: int = 1; i < nitems; i++) {
    zone_push(z, item);
    item += z.zsize;
  }
  z.ztotal += nitems;
  z.znalloc++;
  return item;
}

/**
 * Makes a zone in memory that the caller has, or lets a zone that was booted by zbootinit grow from now on.
 * `nentries` is the most items of a ZONE_INTERRUPT zone, `nalloc` the number of pages to grow by. 0: no
 * address space left. Locks: vm lock held or not; may be let go of meanwhile. May sleep.
 */
export function* zinitna(
  z: vm_zone,
  obj: vm_object,
  name: str,
  size: int,
  nentries: int,
  flags: int,
  nalloc: int,
): Sleeps<int> {
  if ((z.zflags & ZONE_BOOT) === 0) {
    KASSERT(size > 0, 'zinitna: zone %s of empty items', name);
    z.zsize = $u32(size + ZONE_ROUNDING - 1) & ~(ZONE_ROUNDING - 1);
    mtx_init(z.zmtx, 'zone', MTX_SPIN | MTX_NOWITNESS);
    z.zfreecnt = 0;
    z.ztotal = 0;
    z.zmax = 0;
    z.zname = name;
    z.znalloc = 0;
    z.zitems = 0;
    z.zflags = 0;
    zone_list_insert(z);
  }
  z.zflags |= flags;
  z.zfreemin = z.zsize > PAGE_SIZE ? 1 : $i32(PAGE_SIZE / z.zsize);
  z.zpagecount = 0;
  z.zalloc = nalloc > 0 ? nalloc : 1;
  z.zallocflag = VM_ALLOC_SYSTEM;
  z.zmax = 0;
  if ((z.zflags & ZONE_INTERRUPT) !== 0) return yield* zone_reserve(z, obj, nentries);
  return 1;
}

/**
 * Sets address space aside for all items that a ZONE_INTERRUPT zone will ever have.
 * Locks: vm lock held or not; may be let go of meanwhile. May sleep.
 */
function* zone_reserve(z: vm_zone, obj: vm_object, nentries: int): Sleeps<int> {
  const had = vm_owned();
  if (!had) yield* vm_lock();
  const totsize: vm_size_t = round_page(z.zsize * $u32(nentries));
  z.zallocflag = VM_ALLOC_INTERRUPT;
  z.zkva = yield* kmem_alloc_pageable(kernel_map, totsize);
  if (z.zkva !== 0) {
    zone_kmem_kvaspace += $i32(totsize);
    z.zpagemax = $i32(atop(totsize));
    if (obj === null) {
      z.zobj = yield* vm_object_allocate(OBJT_DEFAULT, atop(totsize));
    } else {
      z.zobj = obj;
      _vm_object_allocate(OBJT_DEFAULT, atop(totsize), obj);
    }
    z.zmax += nentries;
  }
  if (!had) vm_unlock();
  return z.zkva !== 0 ? 1 : 0;
}

/**
 * Makes a zone. Arguments as of zinitna. Null: no memory.
 * Locks: vm lock not held (malloc). May sleep.
 */
export function* zinit(name: str, size: int, nentries: int, flags: int, nalloc: int): Sleeps<vm_zone> {
  const z = $cast<vm_zone>(yield* malloc($sizeof<vm_zone>(), M_ZONE, M_NOWAIT | M_ZERO));
  if (z === null) return null;
  z.zflags = 0;
  if ((yield* zinitna(z, null, name, size, nentries, flags, nalloc)) === 0) {
    mtx_lock_spin(zone_mtx);
    SLIST_REMOVE(zlist, z, 'zent');
    mtx_unlock_spin(zone_mtx);
    free($addr(z), M_ZONE);
    return null;
  }
  return z;
}

/**
 * Makes a zone of `nitems` items that exist already, for use before the vm system does. It cannot grow until
 * zinitna is called for it. Locks: none (boot). Does not sleep.
 */
export function zbootinit(z: vm_zone, name: str, size: int, item: u32, nitems: int): void {
  KASSERT(item !== 0 || nitems === 0, 'zbootinit: %s has no items', name);
  z.zname = name;
  z.zsize = $u32(size);
  z.zpagemax = 0;
  z.zobj = null;
  z.zflags = ZONE_BOOT;
  z.zfreemin = 0;
  z.zallocflag = 0;
  z.zpagecount = 0;
  z.zalloc = 0;
  z.znalloc = 0;
  z.zitems = 0;
  z.zfreecnt = 0;
  mtx_init(z.zmtx, 'zone', MTX_SPIN | MTX_NOWITNESS);
  bzero(item, $u32(nitems) * z.zsize);
  for (let i: int = 0; i < nitems; i++) zone_push(z, item + $u32(i) * z.zsize);
  z.zmax = nitems;
  z.ztotal = nitems;
  zone_list_insert(z);
}

/**
 * Grows a ZONE_INTERRUPT zone by up to zalloc pages and returns an item, 0 if there is neither a page nor an
 * item left. Locks: vm lock held, kept. Does not sleep.
 */
function zget_interrupt(z: vm_zone): u32 {
  vm_assert();
  /* A page may end in the middle of an item: the next growth begins there. */
  let nbytes: u32 = ptoa($u32(z.zpagecount));
  nbytes -= nbytes % z.zsize;
  const mem: u32 = z.zkva + nbytes;
  for (let i: int = 0; i < z.zalloc && z.zpagecount < z.zpagemax; i++) {
    const m = vm_page_alloc(z.zobj, $u32(z.zpagecount), z.zallocflag);
    if (m === null) break;
    const kva: vm_offset_t = z.zkva + ptoa($u32(z.zpagecount));
    pmap_kenter(kva, VM_PAGE_TO_PHYS(m));
    bzero(kva, PAGE_SIZE);
    z.zpagecount++;
    zone_kmem_pages++;
    cnt.v_wire_count++;
  }
  const nitems = $i32((ptoa($u32(z.zpagecount)) - nbytes) / z.zsize);
  if (nitems > 0) return zone_thread(z, mem, nitems);
  if (z.zfreecnt > 0) return zone_pop(z);
  return 0;
}

/**
 * Grows a plain zone by zalloc pages and returns an item, 0 if there is no memory. If the kernel's map is
 * locked (it may be by ourselves) the memory comes from the kmem submap, whose list of entries is another
 * one. Locks: vm lock held or not; may be let go of meanwhile. May sleep.
 */
function* zget(z: vm_zone): Sleeps<u32> {
  const nbytes: vm_size_t = ptoa($u32(z.zalloc));
  const had = vm_owned();
  let mem: u32 = 0;
  let item: u32 = 0;
  if (nbytes !== 0) {
    if (!had) yield* vm_lock();
    if (kmem_map !== null && lockstatus(kernel_map.lock, null) !== 0) {
      mem = yield* kmem_malloc(kmem_map, nbytes, M_WAITOK);
      if (mem !== 0) {
        zone_kmem_pages += z.zalloc;
        bzero(mem, nbytes);
      }
    } else {
      mem = yield* kmem_alloc(kernel_map, nbytes);
      if (mem !== 0) zone_kern_pages += z.zalloc;
    }
    if (!had) vm_unlock();
  }
  mtx_lock_spin(z.zmtx);
  if (mem !== 0) item = zone_thread(z, mem, $i32(nbytes / z.zsize));
  else if (z.zfreecnt > 0) item = zone_pop(z);
  mtx_unlock_spin(z.zmtx);
  return item;
}

/**
 * Allocates an item; 0 if there is no memory. The contents are what the last user left, but for the first two
 * words; an item that is used for the first time is zero. Locks: none needed; the vm lock, if held, may be
 * let go of meanwhile. ZONE_INTERRUPT zones: vm lock held. May sleep.
 */
export function* zalloc(z: vm_zone): Sleeps<u32> {
  KASSERT(z !== null, 'zalloc: no zone');
  if ((z.zflags & ZONE_INTERRUPT) !== 0) return zalloci(z);
  mtx_lock_spin(z.zmtx);
  if (z.zfreecnt > z.zfreemin) {
    const item = zone_pop(z);
    mtx_unlock_spin(z.zmtx);
    return item;
  }
  mtx_unlock_spin(z.zmtx);
  const fresh = yield* zget(z);
  if (fresh === 0 && (z.zflags & ZONE_PANICFAIL) !== 0) panic('zalloc: zone %s is out of memory', z.zname);
  return fresh;
}

/**
 * Allocates an item without sleeping; 0 if there is none to be had.
 * Locks: vm lock held, kept. Does not sleep.
 */
export function zalloci(z: vm_zone): u32 {
  vm_assert();
  KASSERT(z !== null, 'zalloci: no zone');
  if (z.zfreecnt > z.zfreemin) return zone_pop(z);
  if ((z.zflags & ZONE_INTERRUPT) === 0) return z.zfreecnt > 0 ? zone_pop(z) : 0;
  return zget_interrupt(z);
}

/**
 * Frees an item: it stays the zone's, marked with ZENTRY_FREE.
 * Locks: none needed; ZONE_INTERRUPT zones: vm lock held, kept. Does not sleep.
 */
export function zfree(z: vm_zone, item: u32): void {
  KASSERT(item !== 0, 'zfree: no item of zone %s', z.zname);
  KASSERT($ld32(item + 4) !== ZENTRY_FREE, 'item is already free');
  if ((z.zflags & ZONE_INTERRUPT) !== 0) {
    zfreei(z, item);
    return;
  }
  mtx_lock_spin(z.zmtx);
  zone_push(z, item);
  mtx_unlock_spin(z.zmtx);
}

/** Frees an item of a zone of the vm system. Locks: vm lock held, kept. Does not sleep. */
export function zfreei(z: vm_zone, item: u32): void {
  vm_assert();
  KASSERT($ld32(item + 4) !== ZENTRY_FREE, 'item is already free');
  zone_push(z, item);
}

/**
 * The text of sysctl vm.zone: a heading and a line a zone, into a kernel buffer of `size` bytes. Returns the
 * length without the final NUL; a table that does not fit is cut at a line. Locks: none; counters are read
 * without. Does not sleep.
 */
export function sysctl_vm_zone(buf: u32, size: u32): int {
  const line = $local<array<char, 96>>();
  let len: u32 = 0;
  let z: vm_zone = null;
  KASSERT(size > 96, 'sysctl_vm_zone: buffer of %d', size);
  len = $u32(snprintf(buf, size, '\n%-12s    SIZE     LIMIT    USED    FREE  REQUESTS\n\n', 'ITEM'));
  for (z = SLIST_FIRST(zlist); z !== null; z = SLIST_NEXT(z, 'zent')) {
    const used = z.ztotal - z.zfreecnt;
    snprintf($addr(line), 16, '%.13s:', z.zname);
    const n = snprintf(
      $addr(line) + 16,
      80,
      '%-14s%6u, %8u, %6u, %6u, %8u\n',
      $cast<str>($addr(line)),
      z.zsize,
      z.zmax,
      used,
      z.zfreecnt,
      z.znalloc,
    );
    if (len + $u32(n) + 1 > size) break;
    bcopy($addr(line) + 16, buf + len, $u32(n) + 1);
    len += $u32(n);
  }
  return $i32(len);
}
