/**
 * Pages in from and out to swap (part of vm/swap_pager.c).
 *
 * Invariants:
 *   W6 PG_SWAPINPROG is set on a page from the start of its transfer to its end, and only the completion
 *   clears it. Until
 *       then the page stays in its object: it is busy (coming in) or soft-busy and read-only (going out).
 *   W7 each page under way counts in paging_in_progress of its object, which thus can neither die nor be
 *   collapsed. W8 a page is clean only after its write has succeeded; a write that fails leaves it dirty, in
 *   memory, and active. The block
 *       that it failed on is nobody's for ever after (nswapbad).
 *   W9  a read that fails leaves no page valid that it was to fill.
 *
 * Locks: the vm lock is held at entry and exit and let go of in sleeps. Completions run in the disk's
 * interrupt thread, which does not have it: swp_pager_async_iodone takes it. In the state of 2001-05-19
 * (regime.swap_pager_locks 0) it does not, nor does swp_pager_sync_iodone: those are the acquisitions that
 * were missing in swap_pager.c.
 */
import { curproc } from '../i386/pcpu.h.js';
import { pmap_clear_modify } from '../i386/pmap_bits.js';
import { pmap_qenter, pmap_qremove } from '../i386/pmap_kern.js';
import { pageproc } from '../kern/init_main.js';
import { vm_assert, vm_lock, vm_owned, vm_unlock } from '../kern/kern_regime.h.js';
import { regime, vm_sleep } from '../kern/kern_regime.js';
import { panic } from '../kern/kern_shutdown.js';
import { hz, wakeup } from '../kern/kern_synch.js';
import { printf } from '../kern/subr_prf.js';
import { BUF_KERNPROC } from '../kern/vfs_bio.js';
import { getpbuf, nswbuf, relpbuf, trypbuf } from '../kern/vfs_pbuf.js';
import { BIO_ERROR, BIO_READ, BIO_WRITE } from '../sys/bio.h.js';
import { SWAPBLK_NONE } from '../sys/blist.h.js';
import type { buf } from '../sys/buf.h.js';
import { BUF_NPAGES, B_ASYNC, B_PAGING } from '../sys/buf.h.js';
import { MAXPHYS, PAGE_SIZE, PSWP, PVM } from '../sys/param.h.js';
import type { daddr_t } from '../sys/types.h.js';
import { MAX_PAGEOUT_CLUSTER, SWM_POP } from './swap_pager.h.js';
import {
  swp_pager_adopt,
  swp_pager_freeswapspace,
  swp_pager_getswapspace,
  swp_pager_meta_build,
  swp_pager_meta_ctl,
} from './swap_pager_meta.js';
import { cnt } from './vm_meter.js';
import type { vm_object } from './vm_object.h.js';
import { vm_object_pip_add, vm_object_pip_wakeupn } from './vm_object.h.js';
import type { vm_page } from './vm_page.h.js';
import {
  PG_REFERENCED,
  PG_SWAPINPROG,
  PG_WANTED,
  PG_ZERO,
  VM_PAGE_BITS_ALL,
  vm_page_dirty,
  vm_page_flag_clear,
  vm_page_flag_set,
  vm_page_flash,
  vm_page_free,
  vm_page_io_finish,
  vm_page_undirty,
  vm_page_wakeup,
} from './vm_page.h.js';
import { vm_page_count_severe } from './vm_pageout.h.js';
import { vm_page_activate, vm_page_deactivate, vm_page_protect, vm_page_try_to_cache } from './vm_pageq.js';
import {
  VM_PAGER_ERROR,
  VM_PAGER_FAIL,
  VM_PAGER_OK,
  VM_PAGER_PEND,
  VM_PAGER_PUT_SYNC,
} from './vm_pager.h.js';
import { VM_PROT_READ } from './vm_param.h.js';
import { dmmax, dmmax_mask, swapdev_strategy } from './vm_swap.js';

/** pbufs that reads, synchronous and asynchronous writes may still take; the latter's limit can be set. */
export let nsw_rcount: int = 0;
export let nsw_wcount_sync: int = 0;
export let nsw_wcount_async: int = 0;
export let nsw_wcount_async_max: int = 0;
/** Most pages in one write. */
export let nsw_cluster_max: int = 0;
/** sysctl vm.swap_bad: blocks that could not be written and are not used again. */
export let nswapbad: int = 0;
/** sysctl vm.swap_async_max: asynchronous writes at a time. */
export let swap_async_max: int = 4;

/**
 * Shares out the pbufs: half for reads, so that writes cannot starve them. Locks: none needed (boot). Does
 * not sleep.
 */
export function swp_pager_io_init(): void {
  nsw_cluster_max = MAXPHYS / PAGE_SIZE < MAX_PAGEOUT_CLUSTER ? MAXPHYS / PAGE_SIZE : MAX_PAGEOUT_CLUSTER;
  nsw_rcount = (nswbuf + 1) / 2;
  nsw_wcount_sync = (nswbuf + 3) / 4;
  nsw_wcount_async = 4;
  nsw_wcount_async_max = nsw_wcount_async;
}

/** Brings nsw_wcount_async_max up to date with the sysctl. Locks: vm lock held, kept. Does not sleep. */
function swp_pager_async_limit(): void {
  if (swap_async_max === nsw_wcount_async_max) return;
  let max = swap_async_max;
  if (max > nswbuf / 2) max = nswbuf / 2;
  if (max < 1) max = 1;
  swap_async_max = max;
  nsw_wcount_async += max - nsw_wcount_async_max;
  nsw_wcount_async_max = max;
}

/**
 * A pbuf within the limit *counter, waiting for one if need be ("wswbuf0").
 * Locks: vm lock held; let go of if it waits. May sleep.
 */
function* swp_pager_getpbuf(counter: ptr<int>): Sleeps<buf> {
  let bp = trypbuf(counter);
  if (bp !== null) return bp;
  vm_unlock();
  bp = yield* getpbuf(counter);
  yield* vm_lock();
  return bp;
}

/*
 * Pages in.
 */

/**
 * How far around m[reqpage], whose block is blk, the pages have blocks that follow each other on one stripe:
 * returns the first index, and in *end the one behind the last. Locks: vm lock held, kept. Does not sleep.
 */
function swp_pager_getrange(m: ptr<vm_page>, count: int, reqpage: int, blk: daddr_t, end: ptr<int>): int {
  const object = m[reqpage].object;
  let i: int = reqpage - 1;
  for (; i >= 0; i--) {
    const iblk = swp_pager_meta_ctl(object, m[i].pindex, 0);
    if (blk !== iblk + (reqpage - i) || ((blk ^ iblk) & dmmax_mask) !== 0) break;
  }
  let j: int = reqpage + 1;
  for (; j < count; j++) {
    const jblk = swp_pager_meta_ctl(object, m[j].pindex, 0);
    if (blk !== jblk - (j - reqpage) || ((blk ^ jblk) & dmmax_mask) !== 0) break;
  }
  end[0] = j;
  return i + 1;
}

/**
 * Frees the busy pages m[from..to) but m[reqpage]: they are not wanted badly. Locks: vm lock held, kept. Does
 * not sleep.
 */
function swp_pager_freepages(m: ptr<vm_page>, from: int, to: int, reqpage: int): void {
  for (let k: int = from; k < to; k++) if (k !== reqpage) vm_page_free(m[k]);
}

/**
 * Fills m[reqpage] from swap, and as many of its neighbours as can be had in the same transfer. All pages are
 * busy and belong to the object. On return m[reqpage] is still busy; the others were freed, or belong to the
 * transfer and are freed from their busy state when it ends. VM_PAGER_OK: m[reqpage] is valid. VM_PAGER_FAIL:
 * it is not on swap. VM_PAGER_ERROR: it could not be read. Locks: vm lock held; let go of while it waits. May
 * sleep.
 */
export function* swap_pager_getpages(
  object: vm_object,
  m: ptr<vm_page>,
  count: int,
  reqpage: int,
): Sleeps<int> {
  const mreq = m[reqpage];
  vm_assert();
  KASSERT(reqpage >= 0 && reqpage < count, 'swap_pager_getpages: page %d of %d', reqpage, count);
  if (mreq.object !== object) {
    panic('swap_pager_getpages: object mismatch %p/%p', $addr(object), $addr(mreq.object));
  }
  if (swp_pager_meta_ctl(object, mreq.pindex, 0) === SWAPBLK_NONE) {
    swp_pager_freepages(m, 0, count, reqpage);
    return VM_PAGER_FAIL;
  }
  const bp = yield* swp_pager_getpbuf($ref(nsw_rcount));
  /* That may have slept: only our busy pages are as they were. */
  const blk = swp_pager_meta_ctl(object, mreq.pindex, 0);
  if (blk === SWAPBLK_NONE) {
    relpbuf(bp, $ref(nsw_rcount));
    swp_pager_freepages(m, 0, count, reqpage);
    return VM_PAGER_FAIL;
  }
  const end = $var<int>();
  const first = swp_pager_getrange(m, count, reqpage, blk, end);
  swp_pager_freepages(m, 0, first, reqpage);
  swp_pager_freepages(m, end[0], count, reqpage);

  bp.b_iocmd = BIO_READ;
  bp.b_iodone = swp_pager_async_iodone;
  bp.b_pager.pg_reqpage = reqpage - first;
  swp_pager_mapbuf(bp, $padd(m, first), end[0] - first, blk - (reqpage - first));
  cnt.v_swapin++;
  cnt.v_swappgsin += $u32(bp.b_npages);
  /* Our own part of paging_in_progress is the caller's; this is the transfer's (W7). */
  vm_object_pip_add(object, bp.b_npages);

  /* bp and the other pages are the completion's from here on; only mreq, which stays busy, is ours. */
  BUF_KERNPROC(bp);
  swapdev_strategy(bp);
  while ((mreq.flags & PG_SWAPINPROG) !== 0) {
    vm_page_flag_set(mreq, PG_WANTED | PG_REFERENCED);
    cnt.v_intrans++;
    if ((yield* vm_sleep($addr(mreq), PSWP, 'swread', hz * 20)) !== 0) {
      printf('swap_pager: indefinite wait buffer: blkno: %d, page: %d\n', blk, mreq.pindex);
    }
  }
  return mreq.valid === VM_PAGE_BITS_ALL ? VM_PAGER_OK : VM_PAGER_ERROR;
}

/**
 * Puts n pages into a pbuf and maps them, for a transfer from or to the swap blocks from blk on (W6).
 * Locks: vm lock held, kept; bp is the caller's. Does not sleep.
 */
function swp_pager_mapbuf(bp: buf, m: ptr<vm_page>, n: int, blk: daddr_t): void {
  KASSERT(n > 0 && n <= BUF_NPAGES, 'swp_pager_mapbuf: %d pages', n);
  pmap_qenter(bp.b_data, m, n);
  bp.b_blkno = blk;
  /* b_blkno becomes the device's; messages and statistics want the swap block. */
  bp.b_lblkno = blk;
  bp.b_bcount = n * PAGE_SIZE;
  bp.b_bufsize = n * PAGE_SIZE;
  bp.b_npages = n;
  bp.b_flags |= B_PAGING;
  for (let k: int = 0; k < n; k++) {
    bp.b_pages[k] = m[k];
    vm_page_flag_set(m[k], PG_SWAPINPROG);
  }
}

/*
 * Pages out.
 */

/**
 * Takes swap space for up to n pages, *np of them in the end: less where space is in pieces, or where the run
 * would cross a stripe, for a transfer goes to one device. SWAPBLK_NONE if there is none. Locks: vm lock
 * held, kept. Does not sleep.
 */
function swp_pager_getcluster(n: int, np: ptr<int>): daddr_t {
  let blk = swp_pager_getswapspace(n);
  /* Not below four pages at a time: that would litter swap with small pieces. */
  while (blk === SWAPBLK_NONE && n > 4) {
    n >>= 1;
    blk = swp_pager_getswapspace(n);
  }
  np[0] = n;
  if (blk === SWAPBLK_NONE) return blk;
  const room: int = dmmax - (blk & (dmmax - 1));
  if (n > room) {
    swp_pager_freeswapspace(blk + room, n - room);
    np[0] = room;
  }
  return blk;
}

/**
 * Writes `count` pages of an object to swap. All are soft-busy, read-only and counted in paging_in_progress.
 * The page daemon's writes are asynchronous: rtvals[i] is VM_PAGER_PEND, and the completion ends the busy
 * state and the count. So it does for the writes of others, which are synchronous; only then it has happened
 * on return. VM_PAGER_FAIL: no swap space; the caller ends busy state and count. Locks: vm lock held; let go
 * of while it waits. May sleep.
 */
export function* swap_pager_putpages(
  object: vm_object,
  m: ptr<vm_page>,
  count: int,
  flags: int,
  rtvals: ptr<int>,
): Sleeps {
  const wait = (flags & VM_PAGER_PUT_SYNC) !== 0 || curproc() !== pageproc;
  const np = $var<int>();
  vm_assert();
  if (count > 0 && m[0].object !== object) {
    panic('swap_pager_putpages: object mismatch %p/%p', $addr(object), $addr(m[0].object));
  }
  swp_pager_adopt(object);
  swp_pager_async_limit();
  let i: int = 0;
  while (i < count) {
    const want: int = count - i < nsw_cluster_max ? count - i : nsw_cluster_max;
    const blk = swp_pager_getcluster(want, np);
    const n: int = np[0];
    if (blk === SWAPBLK_NONE) {
      for (let j: int = 0; j < n; j++) rtvals[i + j] = VM_PAGER_FAIL;
    } else {
      for (let j: int = 0; j < n; j++) rtvals[i + j] = VM_PAGER_PEND;
      yield* swp_pager_putcluster(object, $padd(m, i), n, blk, wait);
    }
    i += n;
  }
}

/**
 * Writes n pages to the swap blocks from blk on, which become theirs. Locks: vm lock held; let go of while it
 * waits for memory, for a pbuf and, if `wait`, for the disk. May sleep.
 */
function* swp_pager_putcluster(
  object: vm_object,
  m: ptr<vm_page>,
  n: int,
  blk: daddr_t,
  wait: boolean,
): Sleeps {
  let bp: buf = null;
  if (wait) bp = yield* swp_pager_getpbuf($ref(nsw_wcount_sync));
  else bp = yield* swp_pager_getpbuf($ref(nsw_wcount_async));
  for (let j: int = 0; j < n; j++) {
    KASSERT(m[j].busy !== 0, 'swap_pager_putpages: page %p is not in I/O', $addr(m[j]));
    yield* swp_pager_meta_build(object, m[j].pindex, blk + j);
    /* Until the write has succeeded (W8). */
    vm_page_dirty(m[j]);
  }
  bp.b_iocmd = BIO_WRITE;
  swp_pager_mapbuf(bp, m, n, blk);
  cnt.v_swapout++;
  cnt.v_swappgsout += $u32(n);
  if (!wait) {
    bp.b_flags |= B_ASYNC;
    bp.b_iodone = swp_pager_async_iodone;
    BUF_KERNPROC(bp);
    swapdev_strategy(bp);
    return;
  }
  bp.b_iodone = swp_pager_sync_iodone;
  bp.b_caller1 = 0;
  swapdev_strategy(bp);
  while (bp.b_caller1 === 0) yield* vm_sleep($addr(bp), PVM, 'swwrt', 0);
  swp_pager_iodone(bp);
}

/*
 * Completion.
 */

/**
 * Takes the vm lock in a completion, where that was not forgotten (regime.swap_pager_locks). Before vm_mtx
 * interrupt threads ran under Giant, so there it is always right. Returns true if the caller has to give it
 * back. Locks: takes the vm lock unless it is held. May sleep.
 */
function* swp_pager_iodone_lock(): Sleeps<boolean> {
  if (vm_owned()) return false;
  if (regime.vm_mtx !== 0 && regime.swap_pager_locks === 0) return false;
  yield* vm_lock();
  return true;
}

/**
 * A synchronous write is over: wakes who waits for it, who then does what is left. Locks: none held; takes
 * and drops the vm lock (W-regime above). Runs in the disk's interrupt thread. May sleep.
 */
export function* swp_pager_sync_iodone(bp: buf): Sleeps {
  const took = yield* swp_pager_iodone_lock();
  vm_assert();
  bp.b_caller1 = 1;
  wakeup($addr(bp));
  if (took) vm_unlock();
}

/**
 * A transfer is over: sets its pages free. Locks: none held; takes and drops the vm lock (W-regime above).
 * Runs in the disk's interrupt thread. May sleep.
 */
export function* swp_pager_async_iodone(bp: buf): Sleeps {
  const took = yield* swp_pager_iodone_lock();
  swp_pager_iodone(bp);
  if (took) vm_unlock();
}

/** Ends the transfer of one page that was read. Locks: vm lock held, kept. Does not sleep. */
function swp_pager_iodone_read(m: vm_page, error: boolean, wanted: boolean): void {
  vm_page_flag_clear(m, PG_ZERO);
  if (error) {
    m.valid = 0;
    /* The wanted page stays its reader's, busy, who finds it not valid (W9). */
    if (wanted) vm_page_flash(m);
    else vm_page_free(m);
    return;
  }
  pmap_clear_modify(m);
  m.valid = VM_PAGE_BITS_ALL;
  vm_page_undirty(m);
  if (wanted) {
    vm_page_flash(m);
    return;
  }
  vm_page_deactivate(m);
  vm_page_wakeup(m);
}

/** Ends the transfer of one page that was written. Locks: vm lock held, kept. Does not sleep. */
function swp_pager_iodone_write(m: vm_page, error: boolean): void {
  if (error) {
    /*
     * The block is lost: neither the page's nor free, so that the next try goes elsewhere, and with a disk
     * that takes no write swap comes to an end and processes are killed, instead of waiting for ever. So says
     * BSD's own comment at this place; its code left the page the block, and the next try freed it.
     */
    if (swp_pager_meta_ctl(m.object, m.pindex, SWM_POP) !== SWAPBLK_NONE) nswapbad++;
    /* Still dirty; active, so that it does not clog the inactive queue (W8). */
    vm_page_dirty(m);
    vm_page_activate(m);
    vm_page_io_finish(m);
    return;
  }
  pmap_clear_modify(m);
  vm_page_undirty(m);
  vm_page_io_finish(m);
  if (!vm_page_count_severe() || !vm_page_try_to_cache(m)) vm_page_protect(m, VM_PROT_READ);
}

/**
 * Ends a transfer: its pages, its part of paging_in_progress, its pbuf.
 * Locks: vm lock held, kept. Does not sleep.
 */
function swp_pager_iodone(bp: buf): void {
  const reading = bp.b_iocmd === BIO_READ;
  const error = (bp.b_ioflags & BIO_ERROR) !== 0 || bp.b_resid !== 0;
  vm_assert();
  KASSERT(bp.b_npages > 0, 'swp_pager_iodone: pbuf %p without pages', $addr(bp));
  if (error) {
    printf(
      'swap_pager: I/O error - %s failed; blkno %d, size %d, error %d\n',
      reading ? 'pagein' : 'pageout',
      bp.b_lblkno,
      bp.b_bcount,
      bp.b_error,
    );
  }
  const object = bp.b_pages[0].object;
  const npages: int = bp.b_npages;
  pmap_qremove(bp.b_data, npages);
  for (let i: int = 0; i < npages; i++) {
    const m = bp.b_pages[i];
    KASSERT((m.flags & PG_SWAPINPROG) !== 0, 'swp_pager_iodone: page %p not in transfer', $addr(m));
    vm_page_flag_clear(m, PG_SWAPINPROG);
    if (reading) swp_pager_iodone_read(m, error, i === bp.b_pager.pg_reqpage);
    else swp_pager_iodone_write(m, error);
  }
  vm_object_pip_wakeupn(object, npages);
  if (reading) relpbuf(bp, $ref(nsw_rcount));
  else if ((bp.b_flags & B_ASYNC) !== 0) relpbuf(bp, $ref(nsw_wcount_async));
  else relpbuf(bp, $ref(nsw_wcount_sync));
}
