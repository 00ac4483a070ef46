/**
 * The memory file system's data: reading, writing, paging and truncating regular files. fs/memfs.h.ts says
 * where a page of data is. All of it is under the vm lock; read and write move data through a wired buffer
 * page, so that no page of the file is held while user memory is touched (which may fault on the very same
 * file).
 *
 * Invariants:
 *  1. A resident page of mn_aobj that is not busy is valid. If it is clean, swap has a copy; then it may be
 *     cached.
 *  2. mn_aobj, once made, stays until the node is freed.
 *  3. Bytes between mn_size and the end of the last page are zero in mn_aobj; in v_object a mapping may have
 *     written there, so a file that grows clears them.
 */
import { curproc } from '../i386/pcpu.h.js';
import { pmap_clear_modify } from '../i386/pmap_bits.js';
import {
  pmap_copy_page,
  pmap_kenter,
  pmap_kremove,
  pmap_zero_page,
  pmap_zero_page_area,
} from '../i386/pmap_kern.js';
import { bcopy, bzero } from '../i386/support.js';
import { pageproc } from '../kern/init_main.js';
import { M_TEMP, free, malloc } from '../kern/kern_malloc.js';
import { vm_assert, vm_lock, vm_owned, vm_unlock } from '../kern/kern_regime.h.js';
import { panic } from '../kern/kern_shutdown.js';
import { psignal } from '../kern/kern_sig.js';
import { uiomove } from '../kern/kern_subr.js';
import { time_second } from '../kern/kern_tc.js';
import { EFBIG, EINVAL, EIO, ENOSPC } from '../sys/errno.h.js';
import { M_WAITOK } from '../sys/malloc.h.js';
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from '../sys/param.h.js';
import { PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import { RLIMIT_FSIZE } from '../sys/resource.h.js';
import { SIGXFSZ } from '../sys/signal.h.js';
import type { vm_offset_t, vm_pindex_t } from '../sys/types.h.js';
import type { uio } from '../sys/uio.h.js';
import type { vnode } from '../sys/vnode.h.js';
import { IO_APPEND, IO_UNIT, VREG } from '../sys/vnode.h.js';
import { NSWAPDEV } from '../vm/swap_pager.h.js';
import { swap_pager_freespace } from '../vm/swap_pager.js';
import { kernel_map, kmem_alloc_pageable } from '../vm/vm_kern.js';
import { cnt } from '../vm/vm_meter.js';
import { OBJT_DEFAULT, OBJT_SWAP } from '../vm/vm_object.h.js';
import {
  vm_object_allocate,
  vm_object_deallocate,
  vm_object_page_remove,
  vm_object_set_writeable_dirty,
} from '../vm/vm_object.js';
import type { vm_page } from '../vm/vm_page.h.js';
import {
  PG_BUSY,
  PG_WANTED,
  PG_ZERO,
  VM_ALLOC_NORMAL,
  VM_ALLOC_RETRY,
  VM_ALLOC_SYSTEM,
  VM_PAGE_BITS_ALL,
  VM_PAGE_TO_PHYS,
  vm_page_busy,
  vm_page_dirty,
  vm_page_flag_clear,
  vm_page_free,
  vm_page_undirty,
  vm_page_wakeup,
} from '../vm/vm_page.h.js';
import { vm_page_alloc, vm_page_grab, vm_page_lookup, vm_page_sleep_busy } from '../vm/vm_page.js';
import { vm_page_activate, vm_page_deactivate, vm_page_dirty_found } from '../vm/vm_pageq.js';
import {
  VM_PAGER_AGAIN,
  VM_PAGER_BAD,
  VM_PAGER_ERROR,
  VM_PAGER_OK,
  vm_pager_page_unswapped,
} from '../vm/vm_pager.h.js';
import { vm_pager_get_pages, vm_pager_has_page } from '../vm/vm_pager.js';
import { round_page } from '../vm/vm_param.h.js';
import { swdevt } from '../vm/vm_swap.js';
import { vnode_pager_setsize } from '../vm/vnode_pager.js';
import type { memnode } from './memfs.h.js';
import { MEMFS_MAXFILESIZE, MEMFS_MAXPAGES } from './memfs.h.js';

/**
 * One page of kernel address space through which pages of files are seen. Used under the vm lock, never over
 * a sleep.
 */
let memfs_window: vm_offset_t = 0;

/** Gets the window. Locks: startup. May sleep. */
export function* memfs_data_init(): Sleeps {
  memfs_window = yield* kmem_alloc_pageable(kernel_map, PAGE_SIZE);
  if (memfs_window === 0) panic('memfs: no kernel address space');
}

/** Pages of all files together, by their sizes. */
let memfs_pages: int = 0;

/**
 * The most pages that all files together may have: half of RAM and half of swap, so that a full file system
 * leaves the processes room. Locks: Giant. Does not sleep.
 */
function memfs_maxpages(): int {
  let n: int = $i32(cnt.v_page_count);
  for (let i: int = 0; i < NSWAPDEV; i++) n += swdevt[i].sw_nblks;
  return n / 2;
}

/**
 * A file's size goes from `old` to `size`. ENOSPC if there is no room, unless `image`: what the root image
 * holds is there in any case. Locks: Giant. Does not sleep.
 */
export function memfs_charge(old: u32, size: u32, image: boolean): int {
  const delta = $i32(round_page(size) >>> PAGE_SHIFT) - $i32(round_page(old) >>> PAGE_SHIFT);
  if (!image && delta > 0 && memfs_pages + delta > memfs_maxpages()) return ENOSPC;
  memfs_pages += delta;
  KASSERT(memfs_pages >= 0, 'memfs_charge: %d pages', memfs_pages);
  return 0;
}

/** Copies within a page: from it, or with `wr` to it. Locks: vm lock. Does not sleep. */
function memfs_page_copy(m: vm_page, off: u32, kva: u32, len: u32, wr: boolean): void {
  KASSERT(off + len <= PAGE_SIZE, 'memfs_page_copy: %d+%d', off, len);
  vm_assert();
  pmap_kenter(memfs_window, VM_PAGE_TO_PHYS(m));
  if (wr) bcopy(kva, memfs_window + off, len);
  else bcopy(memfs_window + off, kva, len);
  pmap_kremove(memfs_window);
}

/** Clears a part of a page. Locks: vm lock. Does not sleep. */
function memfs_page_zero(m: vm_page, off: u32, len: u32): void {
  pmap_zero_page_area(VM_PAGE_TO_PHYS(m), off, len);
}

/** How many bytes of page `pindex` the image has. Locks: vm lock. Does not sleep. */
function memfs_image_len(mn: memnode, pindex: vm_pindex_t): u32 {
  const start = pindex << PAGE_SHIFT;
  if (mn.mn_image === 0 || start >= mn.mn_imgsize) return 0;
  const len = mn.mn_imgsize - start;
  return len < PAGE_SIZE ? len : PAGE_SIZE;
}

/** Fills a page from the image, zeros behind. Locks: vm lock; the page busy. Does not sleep. */
function memfs_fill_image(mn: memnode, pindex: vm_pindex_t, m: vm_page): void {
  const len = memfs_image_len(mn, pindex);
  if (len < PAGE_SIZE) pmap_zero_page(VM_PAGE_TO_PHYS(m));
  if (len > 0) memfs_page_copy(m, 0, mn.mn_image + (pindex << PAGE_SHIFT), len, true);
}

/**
 * The resident page `pindex` of the file's anonymous object, not busy, fetched from swap if need be; *error
 * set and null if that failed; null if the object has no such page. Locks: vm lock, released while it sleeps.
 * May sleep.
 */
function* memfs_apage(mn: memnode, pindex: vm_pindex_t, error: ptr<int>): Sleeps<vm_page> {
  const mp = $var<vm_page>();
  error[0] = 0;
  for (;;) {
    const object = mn.mn_aobj;
    if (object === null) return null;
    const m = vm_page_lookup(object, pindex);
    if (m !== null) {
      if ((yield* vm_page_sleep_busy(m, 1, 'mfsapg')) !== 0) continue;
      if (m.valid === VM_PAGE_BITS_ALL) return m;
    }
    if (m === null && !vm_pager_has_page(object, pindex, null, null)) return null;
    const got = yield* vm_page_grab(object, pindex, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
    if (got.valid === VM_PAGE_BITS_ALL) {
      vm_page_wakeup(got);
      continue;
    }
    /* vm_page_grab may have slept for memory, and the file been truncated meanwhile. */
    if (!vm_pager_has_page(object, pindex, null, null)) {
      vm_page_free(got);
      continue;
    }
    mp[0] = got;
    const rv = yield* vm_pager_get_pages(object, mp, 1, 0);
    const m2 = vm_page_lookup(object, pindex);
    if (rv !== VM_PAGER_OK || m2 === null) {
      if (m2 !== null) vm_page_free(m2);
      error[0] = EIO;
      return null;
    }
    vm_page_activate(m2);
    vm_page_wakeup(m2);
  }
}

/**
 * The page of the vnode's object if it is resident and valid, not busy; else null. Locks: vm lock. May sleep.
 */
function* memfs_vpage(vp: vnode, pindex: vm_pindex_t): Sleeps<vm_page> {
  for (;;) {
    const object = vp.v_object;
    if (object === null) return null;
    const m = vm_page_lookup(object, pindex);
    if (m === null || m.valid === 0) return null;
    if ((yield* vm_page_sleep_busy(m, 0, 'mfsvpg')) === 0) return m;
  }
}

/**
 * Copies `len` bytes at `off` of page `pindex` into kernel memory. Errno.
 * Locks: takes and drops the vm lock. May sleep.
 */
function* memfs_get(mn: memnode, pindex: vm_pindex_t, off: u32, kva: u32, len: u32): Sleeps<int> {
  const error = $var<int>();
  error[0] = 0;
  yield* vm_lock();
  let m = yield* memfs_vpage(mn.mn_vnode, pindex);
  if (m === null) m = yield* memfs_apage(mn, pindex, error);
  if (m !== null) {
    memfs_page_copy(m, off, kva, len, false);
  } else if (error[0] === 0) {
    let have = memfs_image_len(mn, pindex);
    have = have > off ? have - off : 0;
    if (have > len) have = len;
    if (have > 0) bcopy(mn.mn_image + (pindex << PAGE_SHIFT) + off, kva, have);
    if (have < len) bzero(kva + have, len - have);
  }
  vm_unlock();
  return error[0];
}

/** Makes the file's anonymous object if there is none. Locks: vm lock. May sleep. */
function* memfs_make_aobj(mn: memnode): Sleeps {
  if (mn.mn_aobj !== null) return;
  const object = yield* vm_object_allocate(OBJT_DEFAULT, MEMFS_MAXPAGES);
  if (mn.mn_aobj !== null) {
    yield* vm_object_deallocate(object);
    return;
  }
  mn.mn_aobj = object;
}

/**
 * The page of the anonymous object, made from the image or of zeros if there is none; not busy, valid. Null
 * and *error on a failed pagein. Locks: vm lock. May sleep.
 */
function* memfs_apage_make(mn: memnode, pindex: vm_pindex_t, error: ptr<int>): Sleeps<vm_page> {
  yield* memfs_make_aobj(mn);
  for (;;) {
    const m = yield* memfs_apage(mn, pindex, error);
    if (m !== null || error[0] !== 0) return m;
    const m2 = yield* vm_page_grab(mn.mn_aobj, pindex, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
    /* vm_page_grab may have slept for memory, and the page come and gone meanwhile. */
    if (m2.valid === 0 && !vm_pager_has_page(mn.mn_aobj, pindex, null, null)) {
      memfs_fill_image(mn, pindex, m2);
      m2.valid = VM_PAGE_BITS_ALL;
      vm_page_flag_clear(m2, PG_ZERO);
      vm_page_dirty(m2);
      vm_page_activate(m2);
      vm_page_wakeup(m2);
    } else if (m2.valid === 0) {
      vm_page_free(m2);
    } else {
      vm_page_wakeup(m2);
    }
  }
}

/**
 * Copies `len` bytes of kernel memory to `off` of page `pindex`, in the file's own page and in that of its
 * mappings. Errno. Locks: takes and drops the vm lock. May sleep.
 */
function* memfs_put(mn: memnode, pindex: vm_pindex_t, off: u32, kva: u32, len: u32): Sleeps<int> {
  const error = $var<int>();
  error[0] = 0;
  yield* vm_lock();
  for (;;) {
    const m = yield* memfs_apage_make(mn, pindex, error);
    if (m === null) break;
    const mv = yield* memfs_vpage(mn.mn_vnode, pindex);
    /* Waiting for the mapping's page may have taken ours: from here to the end nothing sleeps. */
    if (vm_page_lookup(mn.mn_aobj, pindex) !== m || m.flags & PG_BUSY || m.busy !== 0) continue;
    memfs_page_copy(m, off, kva, len, true);
    vm_page_dirty_found(m);
    vm_pager_page_unswapped(m);
    if (mv !== null) {
      memfs_page_copy(mv, off, kva, len, true);
      vm_page_dirty_found(mv);
      vm_object_set_writeable_dirty(mv.object);
    }
    break;
  }
  vm_unlock();
  return error[0];
}

/** read(2) on a regular file. Locks: Giant; the vnode shared. May sleep. */
export function* memfs_read(vp: vnode, uio: uio, ioflag: int): Sleeps<int> {
  const mn = $cast<memnode>(vp.v_data);
  if (uio.uio_offset < $i64(0)) return EINVAL;
  if (uio.uio_resid === 0 || uio.uio_offset >= $i64(mn.mn_size)) return 0;
  const page = yield* malloc(PAGE_SIZE, M_TEMP, M_WAITOK);
  let error: int = 0;
  while (error === 0 && uio.uio_resid > 0 && uio.uio_offset < $i64(mn.mn_size)) {
    const offset = $u32(uio.uio_offset);
    const off = offset & PAGE_MASK;
    let len: u32 = PAGE_SIZE - off;
    if (len > mn.mn_size - offset) len = mn.mn_size - offset;
    if (len > $u32(uio.uio_resid)) len = $u32(uio.uio_resid);
    error = yield* memfs_get(mn, offset >>> PAGE_SHIFT, off, page, len);
    if (error === 0) error = yield* uiomove(page, $i32(len), uio);
  }
  free(page, M_TEMP);
  mn.mn_atime = time_second;
  return error;
}

/** Is the write beyond the size limit of the process? Then EFBIG, with SIGXFSZ. Locks: Giant. May sleep. */
function* memfs_checklimit(uio: uio): Sleeps<int> {
  const p = uio.uio_procp;
  const end = uio.uio_offset + $i64(uio.uio_resid);
  if (p !== null && end > p.p_limit.pl_rlimit[RLIMIT_FSIZE].rlim_cur) {
    yield* PROC_LOCK(p);
    psignal(p, SIGXFSZ);
    PROC_UNLOCK(p);
    return EFBIG;
  }
  return end > $i64(MEMFS_MAXFILESIZE) ? EFBIG : 0;
}

/** write(2) on a regular file. EFBIG, ENOSPC. Locks: Giant; the vnode exclusive. May sleep. */
export function* memfs_write(vp: vnode, uio: uio, ioflag: int): Sleeps<int> {
  const mn = $cast<memnode>(vp.v_data);
  if (ioflag & IO_APPEND) uio.uio_offset = $i64(mn.mn_size);
  if (uio.uio_offset < $i64(0)) return EINVAL;
  if (uio.uio_resid === 0) return 0;
  const limited = yield* memfs_checklimit(uio);
  if (limited !== 0) return limited;
  const page = yield* malloc(PAGE_SIZE, M_TEMP, M_WAITOK);
  const osize = mn.mn_size;
  const resid = uio.uio_resid;
  let error: int = 0;
  while (error === 0 && uio.uio_resid > 0) {
    const offset = $u32(uio.uio_offset);
    const off = offset & PAGE_MASK;
    let len: u32 = PAGE_SIZE - off;
    if (len > $u32(uio.uio_resid)) len = $u32(uio.uio_resid);
    error = yield* uiomove(page, $i32(len), uio);
    if (error !== 0) break;
    if (offset + len > mn.mn_size) error = yield* memfs_setsize(vp, offset + len);
    if (error === 0) error = yield* memfs_put(mn, offset >>> PAGE_SHIFT, off, page, len);
    if (error !== 0) {
      /* uiomove counted what we could not keep. */
      uio.uio_resid += $i32(len);
      uio.uio_offset -= $i64(len);
    }
  }
  free(page, M_TEMP);
  if (error !== 0 && ioflag & IO_UNIT) {
    /* All or nothing: the file does not keep a part of a write that failed. */
    if (mn.mn_size > osize) yield* memfs_setsize(vp, osize);
    uio.uio_offset -= $i64(resid - uio.uio_resid);
    uio.uio_resid = resid;
  }
  mn.mn_mtime = time_second;
  mn.mn_ctime = mn.mn_mtime;
  return error;
}

/** Clears [from, end of its page) wherever that page is. Errno. Locks: vm lock. May sleep. */
function* memfs_zero_tail(mn: memnode, from: u32): Sleeps<int> {
  const error = $var<int>();
  const off = from & PAGE_MASK;
  const pindex = from >>> PAGE_SHIFT;
  error[0] = 0;
  if (off === 0) return 0;
  const m = yield* memfs_apage(mn, pindex, error);
  if (m !== null) {
    memfs_page_zero(m, off, PAGE_SIZE - off);
    vm_page_dirty_found(m);
    vm_pager_page_unswapped(m);
  }
  const mv = yield* memfs_vpage(mn.mn_vnode, pindex);
  if (mv !== null) memfs_page_zero(mv, off, PAGE_SIZE - off);
  return error[0];
}

/**
 * Sets the size of a file; what is cut off is freed, what is added reads as zeros. EFBIG, ENOSPC, EIO.
 * Locks: Giant; the vnode exclusive; takes and drops the vm lock. May sleep.
 */
export function* memfs_setsize(vp: vnode, size: u32): Sleeps<int> {
  const mn = $cast<memnode>(vp.v_data);
  const old = mn.mn_size;
  if (size > MEMFS_MAXFILESIZE) return EFBIG;
  if (size === old) return 0;
  const full = memfs_charge(old, size, false);
  if (full !== 0) return full;
  yield* vm_lock();
  if (size < mn.mn_imgsize) mn.mn_imgsize = size;
  let error: int = 0;
  if (size < old) {
    mn.mn_size = size;
    const object = mn.mn_aobj;
    if (object !== null) {
      const first = round_page(size) >>> PAGE_SHIFT;
      yield* vm_object_page_remove(object, first, MEMFS_MAXPAGES, false);
      if (object.type === OBJT_SWAP) swap_pager_freespace(object, first, MEMFS_MAXPAGES - first);
    }
    error = yield* memfs_zero_tail(mn, size);
  } else {
    error = yield* memfs_zero_tail(mn, old);
    mn.mn_size = size;
  }
  vm_unlock();
  yield* vnode_pager_setsize(vp, $i64(size));
  return error;
}

/** Frees all data of a file that is going away. Locks: Giant; takes and drops the vm lock. May sleep. */
export function* memfs_free_data(mn: memnode): Sleeps {
  yield* vm_lock();
  const object = mn.mn_aobj;
  mn.mn_aobj = null;
  if (mn.mn_vnode.v_type === VREG) memfs_charge(mn.mn_size, 0, false);
  mn.mn_size = 0;
  mn.mn_imgsize = 0;
  if (object !== null) yield* vm_object_deallocate(object);
  vm_unlock();
}

/** Fills one busy page of a mapping. VM_PAGER_OK or _ERROR. Locks: vm lock. May sleep. */
function* memfs_getpage(mn: memnode, m: vm_page): Sleeps<int> {
  const error = $var<int>();
  const ma = yield* memfs_apage(mn, m.pindex, error);
  if (error[0] !== 0) return VM_PAGER_ERROR;
  if (ma !== null) pmap_copy_page(VM_PAGE_TO_PHYS(ma), VM_PAGE_TO_PHYS(m));
  else memfs_fill_image(mn, m.pindex, m);
  m.valid = VM_PAGE_BITS_ALL;
  m.dirty = 0;
  vm_page_flag_clear(m, PG_ZERO);
  pmap_clear_modify(m);
  return VM_PAGER_OK;
}

/** VOP_GETPAGES of a regular file. Locks: vm lock or none; nothing else is needed. May sleep. */
export function* memfs_getpages(vp: vnode, m: ptr<vm_page>, count: int, reqpage: int): Sleeps<int> {
  const mn = $cast<memnode>(vp.v_data);
  const had = vm_owned();
  if (!had) yield* vm_lock();
  KASSERT(reqpage >= 0 && reqpage < count, 'memfs_getpages: page %d of %d', reqpage, count);
  let rv: int = VM_PAGER_BAD;
  const npages = round_page(mn.mn_size) >>> PAGE_SHIFT;
  if (m[reqpage].pindex < npages) rv = yield* memfs_getpage(mn, m[reqpage]);
  for (let i: int = 0; i < count; i++) {
    if (i === reqpage) continue;
    const mi = m[i];
    let other: int = VM_PAGER_BAD;
    if (rv === VM_PAGER_OK && mi.pindex < npages) other = yield* memfs_getpage(mn, mi);
    if (other !== VM_PAGER_OK) {
      vm_page_free(mi);
      continue;
    }
    /* Read ahead: not used yet, unless somebody waits for it. */
    if (mi.flags & PG_WANTED) vm_page_activate(mi);
    else vm_page_deactivate(mi);
    vm_page_wakeup(mi);
  }
  if (!had) vm_unlock();
  return rv;
}

/**
 * Copies one page of a mapping to the file's own. Without `wait` it takes memory from the reserve (the page
 * daemon is the caller, and it gets back a page for each) and gives up rather than sleep. VM_PAGER_*. Locks:
 * vm lock. May sleep if `wait`.
 */
function* memfs_putpage(mn: memnode, m: vm_page, wait: boolean): Sleeps<int> {
  const error = $var<int>();
  if (m.pindex >= round_page(mn.mn_size) >>> PAGE_SHIFT) return VM_PAGER_BAD;
  let ma: vm_page = null;
  if (wait) {
    ma = yield* memfs_apage_make(mn, m.pindex, error);
    if (ma === null) return VM_PAGER_ERROR;
    if (m.pindex >= round_page(mn.mn_size) >>> PAGE_SHIFT) {
      /* Truncated while we slept: a page that stayed here would be read when the file grows again. */
      vm_pager_page_unswapped(ma);
      vm_page_busy(ma);
      vm_page_free(ma);
      return VM_PAGER_BAD;
    }
  } else {
    if (mn.mn_aobj === null) yield* memfs_make_aobj(mn);
    ma = vm_page_lookup(mn.mn_aobj, m.pindex);
    if (ma !== null && (ma.flags & PG_BUSY || ma.busy !== 0)) return VM_PAGER_AGAIN;
    if (ma === null) {
      ma = vm_page_alloc(mn.mn_aobj, m.pindex, VM_ALLOC_SYSTEM);
      if (ma === null) return VM_PAGER_AGAIN;
      vm_page_flag_clear(ma, PG_ZERO);
      vm_page_deactivate(ma);
      vm_page_wakeup(ma);
    }
  }
  pmap_clear_modify(m);
  vm_page_undirty(m);
  pmap_copy_page(VM_PAGE_TO_PHYS(m), VM_PAGE_TO_PHYS(ma));
  const tail = mn.mn_size - (m.pindex << PAGE_SHIFT);
  if (tail < PAGE_SIZE) memfs_page_zero(ma, tail, PAGE_SIZE - tail);
  ma.valid = VM_PAGE_BITS_ALL;
  vm_page_dirty_found(ma);
  vm_pager_page_unswapped(ma);
  return VM_PAGER_OK;
}

/**
 * VOP_PUTPAGES of a regular file. Whoever is not the page daemon may as well wait for memory, so the flags do
 * not matter. Locks: vm lock or none; nothing else is needed. May sleep.
 */
export function* memfs_putpages(
  vp: vnode,
  m: ptr<vm_page>,
  count: int,
  flags: int,
  rtvals: ptr<int>,
): Sleeps {
  const mn = $cast<memnode>(vp.v_data);
  const had = vm_owned();
  if (!had) yield* vm_lock();
  const wait = curproc() !== pageproc;
  for (let i: int = 0; i < count; i++) rtvals[i] = yield* memfs_putpage(mn, m[i], wait);
  if (!had) vm_unlock();
}
