/**
 * Starting, finishing and awaiting block I/O (kern/vfs_bio.c). There is no buffer cache: files live in memory and the
 * only block I/O is the swap pager's and physio's. So getblk, brelse and the buffer queues are not here; bufdaemon exists
 * because its process does, and sleeps, for there are never dirty buffers.
 */
import { curproc } from '../i386/pcpu.h.js';
import type { bio } from '../sys/bio.h.js';
import { BIO_DONE, BIO_ERROR, BIO_READ } from '../sys/bio.h.js';
import type { buf } from '../sys/buf.h.js';
import { B_DONE } from '../sys/buf.h.js';
import { EIO } from '../sys/errno.h.js';
import { LK_EXCLUSIVE, LK_KERNPROC, LK_NOWAIT, LK_RELEASE } from '../sys/lockmgr.h.js';
import type { mtx } from '../sys/mutex.h.js';
import { MTX_DEF, mtx_lock, mtx_unlock } from '../sys/mutex.h.js';
import { DEV_BSIZE, PRIBIO, PVM } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { SHUTDOWN_PRE_SYNC, SHUTDOWN_PRI_LAST } from '../sys/systm.h.js';
import { devsw } from './kern_conf.js';
import { kthread_suspend_check } from './kern_kthread.js';
import { lockcount, lockinit, lockmgr_try } from './kern_lock.js';
import { Giant, mtx_init } from './kern_mutex.js';
import { kproc_shutdown, panic, shutdown_register } from './kern_shutdown.js';
import { msleep, tsleep, wakeup } from './kern_synch.js';

/** Protects B_DONE against a waiter in bufwait. */
let bdone_mtx: embed<mtx>;
/** The process; kproc_start sets it. */
export let bufdaemonproc: proc = null;

/** Locks: startup. Does not sleep. */
export function bufinit(): void {
  mtx_init(bdone_mtx, 'buffer done', MTX_DEF);
}

/** Prepares a buffer's lock. Locks: startup. Does not sleep. */
export function BUF_LOCKINIT(bp: buf): void {
  lockinit(bp.b_lock, PRIBIO + 4, 'bufwait', 0, 0);
}
/** Locks a buffer exclusively: 0, or EBUSY if somebody has it. Locks: any. Does not sleep. */
export function BUF_TRYLOCK(bp: buf): int {
  return lockmgr_try(bp.b_lock, LK_EXCLUSIVE | LK_NOWAIT, curproc());
}
/** Unlocks a buffer. Locks: any. Does not sleep. */
export function BUF_UNLOCK(bp: buf): void {
  lockmgr_try(bp.b_lock, LK_RELEASE, curproc());
}
/**
 * Hands a buffer's lock over to the kernel: whoever completes the I/O unlocks it. Locks: the caller has the buffer. Does
 * not sleep.
 */
export function BUF_KERNPROC(bp: buf): void {
  const p = curproc();
  const lkp = bp.b_lock;
  if (p === null || lkp.lk_exclusivecount !== 1 || lkp.lk_lockholder !== p.p_pid) return;
  p.p_locks--;
  lkp.lk_lockholder = LK_KERNPROC;
}
/** Holders of a buffer's lock. Locks: any. Does not sleep. */
export function BUF_REFCNT(bp: buf): int {
  return lockcount(bp.b_lock);
}

/** Starts a transfer of b_bcount bytes at block b_blkno of b_dev. Locks: any. Does not sleep. */
export function DEV_STRATEGY(bp: buf): void {
  const dp = devsw(bp.b_dev);
  if (dp === null) panic('DEV_STRATEGY: no driver for device %x', bp.b_dev);
  bp.b_flags &= ~B_DONE;
  bp.b_ioflags &= ~BIO_DONE;
  bp.b_io_done = bufdonebio;
  bp.b_offset = $i64(bp.b_blkno) * $i64(DEV_BSIZE);
  const io = $cast<bio>(bp);
  dp.d_strategy(io);
}

/** The bio's completion of a buffer. Locks: as bufdone. May sleep. */
export function* bufdonebio(bp: bio): Sleeps {
  yield* bufdone($cast<buf>(bp));
}

/** A driver is done with a request. Locks: none of the driver's. May sleep. */
export function* biodone(bp: bio): Sleeps {
  KASSERT(!(bp.bio_flags & BIO_DONE), 'biodone: bp %p already done', $addr(bp));
  bp.bio_flags |= BIO_DONE;
  if (bp.bio_done !== null) yield* bp.bio_done(bp);
  else wakeup($addr(bp));
}

/**
 * A transfer is complete: calls b_iodone, which then owns the buffer, or wakes bufwait.
 * Locks: in the driver's interrupt thread Giant may be held; no vm lock, no spin mutex. May sleep.
 */
export function* bufdone(bp: buf): Sleeps {
  KASSERT(BUF_REFCNT(bp) > 0, 'biodone: bp %p not busy %d', $addr(bp), BUF_REFCNT(bp));
  KASSERT(!(bp.b_flags & B_DONE), 'biodone: bp %p already done', $addr(bp));
  const iodone = bp.b_iodone;
  if (iodone !== null) {
    bp.b_flags |= B_DONE;
    bp.b_iodone = null;
    yield* iodone(bp);
    return;
  }
  yield* mtx_lock(bdone_mtx);
  bp.b_flags |= B_DONE;
  wakeup($addr(bp));
  mtx_unlock(bdone_mtx);
}

/** Waits for a transfer without b_iodone. Its errno. Locks: no vm_mtx; Giant may be held. May sleep. */
export function* bufwait(bp: buf): Sleeps<int> {
  yield* mtx_lock(bdone_mtx);
  while (!(bp.b_flags & B_DONE)) {
    yield* msleep($addr(bp), bdone_mtx, PRIBIO, bp.b_iocmd === BIO_READ ? 'biord' : 'biowr', 0);
  }
  mtx_unlock(bdone_mtx);
  if (!(bp.b_ioflags & BIO_ERROR)) return 0;
  return bp.b_error !== 0 ? bp.b_error : EIO;
}

/**
 * Process 4, bufdaemon. There is nothing for it to write; it only takes part in the shutdown. It sleeps on its own struct
 * proc, which is what suspend_kproc wakes. Never returns. Locks: none; takes Giant. Sleeps.
 */
export function* buf_daemon(dummy: u32): Sleeps {
  const p = curproc();
  yield* mtx_lock(Giant);
  shutdown_register(SHUTDOWN_PRE_SYNC, kproc_shutdown, $addr(p), SHUTDOWN_PRI_LAST);
  for (;;) {
    yield* kthread_suspend_check(p);
    yield* tsleep($addr(p), PVM, 'psleep', 0);
  }
}
