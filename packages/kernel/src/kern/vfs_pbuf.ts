/**
 * Physical I/O buffers (BSD has them in vm/vm_pager.c): headers with a window of MAXPHYS bytes of kernel
 * address space, used by the swap pager and by raw I/O. Each user passes a counter of the buffers that it may
 * still take, so that none can take them all.
 *
 * Locks: pbuf_mtx, a spin mutex, for relpbuf must not block: it runs in completions that hold the vm lock.
 */
import type { buf } from '../sys/buf.h.js';
import { B_DONE } from '../sys/buf.h.js';
import { NODEV } from '../sys/conf.h.js';
import type { malloc_type } from '../sys/malloc.h.js';
import { M_WAITOK, M_ZERO } from '../sys/malloc.h.js';
import type { mtx } from '../sys/mutex.h.js';
import { MTX_SPIN } from '../sys/mutex.h.js';
import { MAXPHYS, PVM } from '../sys/param.h.js';
import { kmem_alloc_pageable, pager_map } from '../vm/vm_kern.js';
import { malloc } from './kern_malloc.js';
import { mtx_init, mtx_lock_spin, mtx_unlock_spin } from './kern_mutex.js';
import { panic } from './kern_shutdown.js';
import { msleep_spin, wakeup } from './kern_synch.js';
import { BUF_LOCKINIT, BUF_TRYLOCK, BUF_UNLOCK } from './vfs_bio.js';

export let nswbuf: int = 32;
export let swbuf: buf = null;
let bswlist: embed<TAILQ_HEAD<buf>>;
let pbuf_mtx: embed<mtx>;
let bswneeded: int = 0;
export let M_SWBUF: embed<malloc_type> = $init({ ks_shortdesc: 'swbuf' });

/**
 * Makes the buffers and maps their windows from pager_map. Called once, when kernel maps and malloc work.
 * Locks: startup (Giant). May sleep.
 */
export function* vm_pager_bufferinit(): Sleeps {
  mtx_init(pbuf_mtx, 'pbuf mutex', MTX_SPIN);
  TAILQ_INIT(bswlist);
  swbuf = $cast<buf>(yield* malloc($u32(nswbuf) * $sizeof<buf>(), M_SWBUF, M_WAITOK | M_ZERO));
  const swapbkva = yield* kmem_alloc_pageable(pager_map, $u32(nswbuf) * MAXPHYS);
  if (swapbkva === 0) panic('Not enough pager_map VM space for physical buffers');
  for (let i: int = 0; i < nswbuf; i++) {
    const bp = $idx(swbuf, i);
    bp.b_kvabase = swapbkva + $u32(i) * MAXPHYS;
    bp.b_kvasize = MAXPHYS;
    BUF_LOCKINIT(bp);
    TAILQ_INSERT_HEAD(bswlist, bp, 'b_freelist');
  }
}

/** Makes a buffer that was just taken ready for use. Locks: the caller owns it. Does not sleep. */
export function initpbuf(bp: buf): void {
  bp.b_rcred = 0;
  bp.b_wcred = 0;
  bp.b_qindex = 0;
  bp.b_data = bp.b_kvabase;
  bp.b_saveaddr = 0;
  bp.b_xflags = 0;
  bp.b_flags = 0;
  bp.b_ioflags = 0;
  bp.b_iodone = null;
  bp.b_io_done = null;
  bp.b_error = 0;
  bp.b_resid = 0;
  bp.b_bcount = 0;
  bp.b_bufsize = 0;
  bp.b_npages = 0;
  bp.b_vp = null;
  bp.b_dev = NODEV;
  bp.b_dirtyoff = 0;
  bp.b_dirtyend = 0;
  bp.b_magic = 0;
  bp.b_driver1 = 0;
  bp.b_driver2 = 0;
  if (BUF_TRYLOCK(bp) !== 0) panic('initpbuf: locked pbuf');
}

/**
 * Takes a buffer off the free list, if both list and counter allow it, else null. Locks: pbuf_mtx. Does not
 * sleep.
 */
function pbuf_take(pfreecnt: ptr<int>): buf {
  if (pfreecnt !== null && pfreecnt[0] <= 0) return null;
  const bp = TAILQ_FIRST(bswlist);
  if (bp === null) return null;
  TAILQ_REMOVE(bswlist, bp, 'b_freelist');
  if (pfreecnt !== null) pfreecnt[0] = pfreecnt[0] - 1;
  return bp;
}

/**
 * A buffer, waiting for one if need be. `pfreecnt` may be null.
 * Locks: no vm_mtx (it sleeps); Giant may be held. May sleep.
 */
export function* getpbuf(pfreecnt: ptr<int>): Sleeps<buf> {
  mtx_lock_spin(pbuf_mtx);
  let bp = pbuf_take(pfreecnt);
  while (bp === null) {
    if (pfreecnt !== null && pfreecnt[0] <= 0) {
      yield* msleep_spin($addr(pfreecnt), pbuf_mtx, PVM, 'wswbuf0', 0);
    } else {
      bswneeded = 1;
      yield* msleep_spin($addr($ref(bswneeded)), pbuf_mtx, PVM, 'wswbuf1', 0);
    }
    bp = pbuf_take(pfreecnt);
  }
  mtx_unlock_spin(pbuf_mtx);
  initpbuf(bp);
  return bp;
}

/** A buffer, or null if one cannot be had at once. Locks: any. Does not sleep. */
export function trypbuf(pfreecnt: ptr<int>): buf {
  mtx_lock_spin(pbuf_mtx);
  const bp = pbuf_take(pfreecnt);
  mtx_unlock_spin(pbuf_mtx);
  if (bp !== null) initpbuf(bp);
  return bp;
}

/** Gives a buffer back to the list and to the counter it was taken under. Locks: any. Does not sleep. */
export function relpbuf(bp: buf, pfreecnt: ptr<int>): void {
  KASSERT(bp.b_flags & B_DONE || bp.b_io_done === null, 'relpbuf: %p has I/O under way', $addr(bp));
  bp.b_rcred = 0;
  bp.b_wcred = 0;
  bp.b_vp = null;
  bp.b_npages = 0;
  BUF_UNLOCK(bp);
  mtx_lock_spin(pbuf_mtx);
  TAILQ_INSERT_HEAD(bswlist, bp, 'b_freelist');
  const needed = bswneeded;
  bswneeded = 0;
  let full = false;
  if (pfreecnt !== null) {
    pfreecnt[0] = pfreecnt[0] + 1;
    full = pfreecnt[0] === 1;
  }
  mtx_unlock_spin(pbuf_mtx);
  if (needed) wakeup($addr($ref(bswneeded)));
  if (full) wakeup($addr(pfreecnt));
}
