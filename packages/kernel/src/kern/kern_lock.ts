/**
 * lockmgr(9) locks (kern/kern_lock.c): shared and exclusive, with upgrade and downgrade, recursion if
 * allowed, that may be held across sleeps. Address maps and buffers use them.
 *
 * The work is split in two. lockmgr_try is plain: it does everything that needs no waiting, and when it
 * answers EBUSY it has changed nothing. lockmgr tries that first and waits only if it must.
 *
 * Interlock. *lk_interlock is a spin mutex of the pool. A plain function cannot be interrupted, so
 * lockmgr_try takes it by a bare store (lk_enter, lk_leave); where the interlock is held on the way into a
 * sleep it is a true mtx_lock_spin.
 *
 * Invariants (under the interlock):
 *  1. LK_HAVE_EXCL is set if and only if lk_exclusivecount > 0, and then lk_lockholder is the holder and
 *     lk_sharecount is 0.
 *  2. LK_SHARE_NONZERO is set if and only if lk_sharecount > 0.
 *  3. LK_WANT_EXCL and LK_WANT_UPGRADE each stand for one process that is inside lockmgr, waiting; whoever it
 *     waits for wakes it.
 */
import { hw_event, hw_point } from '../i386/cpufunc.h.js';
import { interrupted } from '../i386/exception.js';
import { curproc } from '../i386/pcpu.h.js';
import { EBUSY } from '../sys/errno.h.js';
import {
  HW_ACQUIRED,
  HW_CONTESTED,
  HW_EXCLUSIVE,
  HW_LOCKMGR,
  HW_RELEASED,
  KTR_LOCK,
  KTR_POINT,
} from '../sys/ktr.h.js';
import type { lock } from '../sys/lockmgr.h.js';
import {
  LK_CANRECURSE,
  LK_DOWNGRADE,
  LK_DRAIN,
  LK_DRAINED,
  LK_EXCLOTHER,
  LK_EXCLUPGRADE,
  LK_EXCLUSIVE,
  LK_EXTFLG_MASK,
  LK_HAVE_EXCL,
  LK_INTERLOCK,
  LK_KERNPROC,
  LK_NOPROC,
  LK_NOWAIT,
  LK_RELEASE,
  LK_SHARED,
  LK_SHARE_NONZERO,
  LK_SLEEPFAIL,
  LK_TYPE_MASK,
  LK_UPGRADE,
  LK_WAITDRAIN,
  LK_WANT_EXCL,
  LK_WANT_UPGRADE,
} from '../sys/lockmgr.h.js';
import type { mtx } from '../sys/mutex.h.js';
import { MTX_UNOWNED, mtx_unlock } from '../sys/mutex.h.js';
import type { proc } from '../sys/proc.h.js';
import type { pid_t } from '../sys/types.h.js';
import { ktr_mask } from './kern_ktr.js';
import { mtx_lock_spin, mtx_pool_find, mtx_unlock_spin } from './kern_mutex.js';
import { panic, panicstr } from './kern_shutdown.js';
import { msleep_spin, wakeup } from './kern_synch.js';
import { printf } from './subr_prf.js';

/** The longest anybody has been seen to wait, for the curious: number of sleeps in lockmgr. */
export let lockmgr_sleeps: u_int = 0;

/** What keeps a shared hold from being granted. */
const LK_BARS_SHARED = LK_HAVE_EXCL | LK_WANT_EXCL | LK_WANT_UPGRADE;

/** Takes the interlock inside a plain function. Locks: takes lkp's interlock. Does not sleep. @inline */
function lk_enter(lkp: lock): void {
  KASSERT(lkp.lk_interlock.mtx_lock === MTX_UNOWNED, 'lockmgr: interlock of %p owned', $addr(lkp));
  lkp.lk_interlock.mtx_lock = $addr(curproc());
}

/** Gives it back. Locks: lkp's interlock, dropped. Does not sleep. @inline */
function lk_leave(lkp: lock): void {
  lkp.lk_interlock.mtx_lock = MTX_UNOWNED;
}

/**
 * Initialises a lock. flags: LK_CANRECURSE, LK_SLEEPFAIL, LK_NOWAIT as defaults. Locks: none. Does not sleep.
 */
export function lockinit(lkp: lock, prio: int, wmesg: str, timo: int, flags: int): void {
  KASSERT(wmesg !== null, 'lockinit: no name');
  lkp.lk_interlock = mtx_pool_find($addr(lkp));
  lkp.lk_flags = flags & LK_EXTFLG_MASK;
  lkp.lk_sharecount = 0;
  lkp.lk_waitcount = 0;
  lkp.lk_exclusivecount = 0;
  lkp.lk_prio = prio;
  lkp.lk_wmesg = wmesg;
  lkp.lk_timo = timo;
  lkp.lk_lockholder = LK_NOPROC;
}

/** Ends the life of a lock, which nobody holds or wants. Locks: none. Does not sleep. */
export function lockdestroy(lkp: lock): void {
  KASSERT(lkp.lk_exclusivecount === 0 && lkp.lk_sharecount === 0, 'lockdestroy: %s held', lkp.lk_wmesg);
  KASSERT(lkp.lk_waitcount === 0, 'lockdestroy: %s wanted', lkp.lk_wmesg);
  lkp.lk_flags = 0;
}

/** Adds shared holds. Locks: interlock. Does not sleep. @inline */
function sharelock(lkp: lock, incr: int): void {
  lkp.lk_flags |= LK_SHARE_NONZERO;
  lkp.lk_sharecount += incr;
  if ((ktr_mask & KTR_LOCK) !== 0) {
    for (let i = 0; i < incr; i++) hw_event(HW_ACQUIRED, $addr(lkp), HW_LOCKMGR);
  }
}

/** Takes shared holds away. Locks: interlock. Does not sleep. @inline */
function shareunlock(lkp: lock, decr: int): void {
  KASSERT(
    lkp.lk_sharecount >= decr,
    'lockmgr: unlock of %s with %d shared holders',
    lkp.lk_wmesg,
    lkp.lk_sharecount,
  );
  lkp.lk_sharecount -= decr;
  if ((ktr_mask & KTR_LOCK) !== 0) {
    for (let i = 0; i < decr; i++) hw_event(HW_RELEASED, $addr(lkp), HW_LOCKMGR);
  }
  if (lkp.lk_sharecount === 0) lkp.lk_flags &= ~LK_SHARE_NONZERO;
}

/** The lock becomes pid's exclusively. Locks: interlock. Does not sleep. */
function lk_setexcl(lkp: lock, pid: pid_t): void {
  KASSERT(lkp.lk_exclusivecount === 0, 'lockmgr: non-zero exclusive count');
  KASSERT(lkp.lk_sharecount === 0, 'lockmgr: %s exclusive with shared holders', lkp.lk_wmesg);
  lkp.lk_flags |= LK_HAVE_EXCL;
  lkp.lk_lockholder = pid;
  lkp.lk_exclusivecount = 1;
  if ((ktr_mask & KTR_LOCK) !== 0) hw_event(HW_ACQUIRED, $addr(lkp), HW_LOCKMGR | HW_EXCLUSIVE);
}

/** The lock is no longer exclusive. Locks: interlock. Does not sleep. */
function lk_clearexcl(lkp: lock): void {
  if ((ktr_mask & KTR_LOCK) !== 0) hw_event(HW_RELEASED, $addr(lkp), HW_LOCKMGR | HW_EXCLUSIVE);
  lkp.lk_flags &= ~LK_HAVE_EXCL;
  lkp.lk_lockholder = LK_NOPROC;
  lkp.lk_exclusivecount = 0;
}

/**
 * Counts locks held by a process; they may be given back by another, so it is a statistic. Locks: none.
 * @inline
 */
function lk_count(p: proc, n: int): void {
  if (p !== null) p.p_locks += n;
}

/**
 * Does what `flags` (LK_SHARED, LK_EXCLUSIVE, LK_UPGRADE, LK_EXCLUPGRADE, LK_DOWNGRADE, LK_RELEASE) asks if
 * no waiting is needed. Returns 0, or EBUSY with nothing changed: an upgrade that would have to wait keeps
 * its shared hold. Locks: as asked; no interlock is dropped. Does not sleep.
 */
export function lockmgr_try(lkp: lock, flags: int, p: proc): int {
  if (panicstr !== null) return 0;
  const pid = p !== null ? p.p_pid : LK_KERNPROC;
  let error = 0;
  lk_enter(lkp);
  /* The most frequent case: page faults read the map. */
  if (
    (flags & LK_TYPE_MASK) === LK_SHARED &&
    (lkp.lk_flags & (LK_HAVE_EXCL | LK_WANT_EXCL | LK_WANT_UPGRADE)) === 0
  ) {
    sharelock(lkp, 1);
    lk_count(p, 1);
    lk_leave(lkp);
    return 0;
  }
  switch (flags & LK_TYPE_MASK) {
    case LK_SHARED:
      error = lk_try_shared(lkp, pid, p);
      break;
    case LK_EXCLUSIVE:
      error = lk_try_exclusive(lkp, flags, pid, p);
      break;
    case LK_UPGRADE:
    case LK_EXCLUPGRADE:
      error = lk_try_upgrade(lkp, pid);
      break;
    case LK_DOWNGRADE:
      lk_downgrade(lkp, pid);
      break;
    case LK_RELEASE:
      lk_release(lkp, pid, p);
      break;
    default:
      panic('lockmgr: unknown locktype request %d', flags & LK_TYPE_MASK);
  }
  lk_leave(lkp);
  return error;
}

/** Shared, without waiting. Locks: interlock. Does not sleep. */
function lk_try_shared(lkp: lock, pid: pid_t, p: proc): int {
  if (lkp.lk_lockholder === pid) {
    /* Our own exclusive hold becomes one more shared one, and all are shared from now on. */
    lk_downgrade(lkp, pid);
    sharelock(lkp, 1);
    lk_count(p, 1);
    return 0;
  }
  if ((lkp.lk_flags & (LK_HAVE_EXCL | LK_WANT_EXCL | LK_WANT_UPGRADE)) !== 0) return EBUSY;
  sharelock(lkp, 1);
  lk_count(p, 1);
  return 0;
}

/** Exclusive, without waiting. Locks: interlock. Does not sleep. */
function lk_try_exclusive(lkp: lock, flags: int, pid: pid_t, p: proc): int {
  const extflags = (flags | lkp.lk_flags) & LK_EXTFLG_MASK;
  if (lkp.lk_lockholder === pid && pid !== LK_KERNPROC) {
    if ((extflags & (LK_NOWAIT | LK_CANRECURSE)) === 0) panic('lockmgr: locking against myself');
    if ((extflags & LK_CANRECURSE) === 0) return EBUSY;
    lkp.lk_exclusivecount++;
    lk_count(p, 1);
    return 0;
  }
  if ((lkp.lk_flags & (LK_HAVE_EXCL | LK_WANT_EXCL | LK_WANT_UPGRADE | LK_SHARE_NONZERO)) !== 0) return EBUSY;
  lk_setexcl(lkp, pid);
  lk_count(p, 1);
  return 0;
}

/**
 * Shared to exclusive, if we are the only holder and nobody else upgrades. Locks: interlock. Does not sleep.
 */
function lk_try_upgrade(lkp: lock, pid: pid_t): int {
  if (lkp.lk_lockholder === pid || lkp.lk_sharecount <= 0) panic('lockmgr: upgrade exclusive lock');
  if ((lkp.lk_flags & LK_WANT_UPGRADE) !== 0 || lkp.lk_sharecount > 1) return EBUSY;
  shareunlock(lkp, 1);
  lk_setexcl(lkp, pid);
  return 0;
}

/** Exclusive to shared. Locks: interlock. Does not sleep. */
function lk_downgrade(lkp: lock, pid: pid_t): void {
  KASSERT(
    lkp.lk_lockholder === pid && lkp.lk_exclusivecount !== 0,
    'lockmgr: not holding exclusive lock (owner pid (%d) != pid (%d), exlcnt (%d) != 0',
    lkp.lk_lockholder,
    pid,
    lkp.lk_exclusivecount,
  );
  const holds = lkp.lk_exclusivecount;
  lk_clearexcl(lkp);
  sharelock(lkp, holds);
  if (lkp.lk_waitcount > 0) wakeup($addr(lkp));
}

/** Gives one hold back. Locks: interlock. Does not sleep. */
function lk_release(lkp: lock, pid: pid_t, p: proc): void {
  if (lkp.lk_exclusivecount !== 0) {
    if (lkp.lk_lockholder !== pid && lkp.lk_lockholder !== LK_KERNPROC)
      panic('lockmgr: pid %d, not %s %d unlocking', pid, 'exclusive lock holder', lkp.lk_lockholder);
    if (lkp.lk_lockholder !== LK_KERNPROC) lk_count(p, -1);
    if (lkp.lk_exclusivecount === 1) lk_clearexcl(lkp);
    else lkp.lk_exclusivecount--;
  } else {
    KASSERT(
      (lkp.lk_flags & LK_SHARE_NONZERO) !== 0,
      'lockmgr: release of %s, which is not held',
      lkp.lk_wmesg,
    );
    shareunlock(lkp, 1);
    lk_count(p, -1);
  }
  if (lkp.lk_waitcount > 0) wakeup($addr(lkp));
}

/**
 * Sets, changes or releases a lock. With LK_INTERLOCK, interlkp (a sleep mutex that the caller holds) is
 * given back once the lock's own interlock is held or is not needed. LK_NOWAIT: EBUSY instead of waiting.
 * LK_SLEEPFAIL: ENOLCK's like (EBUSY here) after waiting. A failed upgrade leaves the lock released, as in
 * BSD. Locks: as asked; interlkp dropped with LK_INTERLOCK. May sleep (lk_wmesg at lk_prio).
 */
export function* lockmgr(lkp: lock, flags: int, interlkp: mtx, p: proc): Sleeps<int> {
  const type = flags & LK_TYPE_MASK;
  const extflags = (flags | lkp.lk_flags) & LK_EXTFLG_MASK;
  if ((ktr_mask & KTR_POINT) !== 0 && hw_point($addr(lkp)) !== 0) yield* interrupted();
  let error = type === LK_DRAIN ? EBUSY : lockmgr_try(lkp, flags, p);
  if (error === 0 || (extflags & LK_NOWAIT) !== 0) {
    if (error !== 0 && (type === LK_UPGRADE || type === LK_EXCLUPGRADE)) error = lk_upgrade_failed(lkp, p);
    if ((flags & LK_INTERLOCK) !== 0) mtx_unlock(interlkp);
    return error;
  }
  mtx_lock_spin(lkp.lk_interlock);
  if ((flags & LK_INTERLOCK) !== 0) mtx_unlock(interlkp);
  error = yield* lockmgr_wait(lkp, type, extflags, p);
  mtx_unlock_spin(lkp.lk_interlock);
  return error;
}

/** An upgrade that must not wait: gives the shared hold back. Locks: lkp shared, dropped. Does not sleep. */
function lk_upgrade_failed(lkp: lock, p: proc): int {
  lockmgr_try(lkp, LK_RELEASE, p);
  return EBUSY;
}

/** The part of lockmgr that waits. Locks: interlock, released while asleep and held on return. May sleep. */
function* lockmgr_wait(lkp: lock, type: int, extflags: int, p: proc): Sleeps<int> {
  const pid = p !== null ? p.p_pid : LK_KERNPROC;
  let error = 0;
  let want = type;
  if (want === LK_SHARED) {
    error = yield* acquire(lkp, extflags, LK_BARS_SHARED);
    if (error !== 0) return error;
    sharelock(lkp, 1);
    lk_count(p, 1);
    return 0;
  }
  if (want === LK_DRAIN) return yield* lk_drain(lkp, extflags, pid);
  if (want === LK_EXCLUPGRADE && (lkp.lk_flags & LK_WANT_UPGRADE) !== 0) {
    /* Somebody else is ahead: fail rather than let his exclusive use come between. */
    lk_release(lkp, pid, p);
    return EBUSY;
  }
  if (want === LK_UPGRADE || want === LK_EXCLUPGRADE) {
    shareunlock(lkp, 1);
    lk_count(p, -1);
    if ((lkp.lk_flags & LK_WANT_UPGRADE) === 0) {
      /* First to upgrade: nobody gets in between, only the other shared holders have to go. */
      lkp.lk_flags |= LK_WANT_UPGRADE;
      error = yield* acquire(lkp, extflags, LK_SHARE_NONZERO);
      lkp.lk_flags &= ~LK_WANT_UPGRADE;
      if (error === 0) {
        lk_setexcl(lkp, pid);
        lk_count(p, 1);
      } else if (lkp.lk_waitcount > 0) wakeup($addr(lkp));
      return error;
    }
    /*
     * Behind another upgrade: it may have waited for our hold only; then an exclusive request like any other.
     */
    if (lkp.lk_sharecount === 0 && lkp.lk_waitcount > 0) wakeup($addr(lkp));
    want = LK_EXCLUSIVE;
  }
  KASSERT(want === LK_EXCLUSIVE, 'lockmgr: unknown locktype request %d', type);
  return yield* lk_wait_exclusive(lkp, extflags, pid, p);
}

/** Waits for exclusive use. Locks: as lockmgr_wait. May sleep. */
function* lk_wait_exclusive(lkp: lock, extflags: int, pid: pid_t, p: proc): Sleeps<int> {
  /* One process at a time stands first in line ... */
  let error = yield* acquire(lkp, extflags, LK_HAVE_EXCL | LK_WANT_EXCL);
  if (error !== 0) return error;
  lkp.lk_flags |= LK_WANT_EXCL;
  /* ... and waits for the shared holders and for an upgrade, which goes before it. */
  error = yield* acquire(lkp, extflags, LK_HAVE_EXCL | LK_WANT_UPGRADE | LK_SHARE_NONZERO);
  lkp.lk_flags &= ~LK_WANT_EXCL;
  if (error === 0) {
    lk_setexcl(lkp, pid);
    lk_count(p, 1);
  } else if (lkp.lk_waitcount > 0) wakeup($addr(lkp));
  return error;
}

/** Waits until nobody holds or wants the lock, and ends its use. Locks: as lockmgr_wait. May sleep. */
function* lk_drain(lkp: lock, extflags: int, pid: pid_t): Sleeps<int> {
  if (lkp.lk_lockholder === pid) panic('lockmgr: draining against myself');
  while (
    (lkp.lk_flags & (LK_HAVE_EXCL | LK_WANT_EXCL | LK_WANT_UPGRADE | LK_SHARE_NONZERO)) !== 0 ||
    (lkp.lk_flags & LK_WAITDRAIN) !== 0
  ) {
    const error = yield* acquire(
      lkp,
      extflags,
      LK_HAVE_EXCL | LK_WANT_EXCL | LK_WANT_UPGRADE | LK_SHARE_NONZERO | LK_WAITDRAIN,
    );
    if (error !== 0) return error;
  }
  lkp.lk_flags |= LK_DRAINED;
  lk_setexcl(lkp, pid);
  return 0;
}

/**
 * Waits until none of the flags `wanted` is set. Locks: interlock, released while asleep and held on return;
 * Giant is dropped while asleep. May sleep.
 */
function* acquire(lkp: lock, extflags: int, wanted: u_int): Sleeps<int> {
  while ((lkp.lk_flags & wanted) !== 0) {
    lkp.lk_waitcount++;
    lockmgr_sleeps++;
    if ((ktr_mask & KTR_LOCK) !== 0)
      hw_event(HW_CONTESTED, $addr(lkp), wanted === LK_BARS_SHARED ? HW_LOCKMGR : HW_LOCKMGR | HW_EXCLUSIVE);
    const error = yield* msleep_spin($addr(lkp), lkp.lk_interlock, lkp.lk_prio, lkp.lk_wmesg, lkp.lk_timo);
    lkp.lk_waitcount--;
    if (error !== 0) return error;
    if ((extflags & LK_SLEEPFAIL) !== 0) return EBUSY;
  }
  return 0;
}

/**
 * LK_EXCLUSIVE, LK_EXCLOTHER (another holds it exclusively; only if p is not null), LK_SHARED or 0.
 * Locks: none. Does not sleep.
 */
export function lockstatus(lkp: lock, p: proc): int {
  if (lkp.lk_exclusivecount !== 0) {
    return p === null || lkp.lk_lockholder === p.p_pid ? LK_EXCLUSIVE : LK_EXCLOTHER;
  }
  return lkp.lk_sharecount !== 0 ? LK_SHARED : 0;
}

/** Number of holds. Locks: none. Does not sleep. */
export function lockcount(lkp: lock): int {
  return lkp.lk_exclusivecount + lkp.lk_sharecount;
}

/** Prints the state of a lock, for messages about vnodes and buffers. Locks: none. Does not sleep. */
export function lockmgr_printinfo(lkp: lock): void {
  if (lkp.lk_sharecount !== 0) printf(' lock type %s: SHARED (count %d)', lkp.lk_wmesg, lkp.lk_sharecount);
  else if ((lkp.lk_flags & LK_HAVE_EXCL) !== 0)
    printf(
      ' lock type %s: EXCL (count %d) by pid %d',
      lkp.lk_wmesg,
      lkp.lk_exclusivecount,
      lkp.lk_lockholder,
    );
  if (lkp.lk_waitcount > 0) printf(' with %d pending', lkp.lk_waitcount);
}
