/**
 * Shared/exclusive locks, sx(9) (kern/kern_sx.c). A waiter for exclusive use goes before new shared ones once
 * the lock is free; the lock may be slept with.
 *
 * Deviation: the interlock is a spin mutex (in 2001 a sleep mutex of the pool with two condition variables),
 * so that giving a lock back does not sleep.
 */
import { hw_event, hw_point } from '../i386/cpufunc.h.js';
import { interrupted } from '../i386/exception.js';
import { curproc } from '../i386/pcpu.h.js';
import {
  HW_ACQUIRED,
  HW_CONTESTED,
  HW_EXCLUSIVE,
  HW_RELEASED,
  HW_SX,
  KTR_LOCK,
  KTR_POINT,
} from '../sys/ktr.h.js';
import type { lock_class } from '../sys/mutex.h.js';
import {
  LC_SLEEPABLE,
  LC_SLEEPLOCK,
  LO_INITIALIZED,
  LO_SLEEPABLE,
  LO_WITNESS,
  MTX_NOWITNESS,
  MTX_QUIET,
  MTX_SPIN,
} from '../sys/mutex.h.js';
import { PLOCK } from '../sys/param.h.js';
import type { sx } from '../sys/sx.h.js';
import { SX_LOCKED, SX_SLOCKED, SX_UNLOCKED, SX_XLOCKED } from '../sys/sx.h.js';
import { LOP_EXCLUSIVE, LOP_TRYLOCK } from '../sys/witness.h.js';
import { ktr_mask } from './kern_ktr.js';
import { mtx_destroy, mtx_init, mtx_lock_spin, mtx_unlock_spin } from './kern_mutex.js';
import { panic, panicstr } from './kern_shutdown.js';
import { msleep_spin, wakeup, wakeup_one } from './kern_synch.js';
import {
  witness_change,
  witness_checkorder,
  witness_destroy,
  witness_init,
  witness_lock,
  witness_unlock,
} from './subr_witness.js';
import { place_file, place_line } from './subr_witness_report.js';

let lock_class_sx: embed<lock_class> = $init({ lc_name: 'sx', lc_flags: LC_SLEEPLOCK | LC_SLEEPABLE });

/** Initialises an sx lock. Locks: none. Does not sleep. */
export function sx_init(s: sx, description: str): void {
  KASSERT(
    s.sx_object.lo_class !== lock_class_sx || (s.sx_object.lo_flags & LO_INITIALIZED) === 0,
    'sx lock %s %p already initialized',
    description,
    $addr(s),
  );
  s.sx_object.lo_class = lock_class_sx;
  s.sx_object.lo_name = description;
  s.sx_object.lo_file = null;
  s.sx_object.lo_line = 0;
  s.sx_object.lo_flags = LO_INITIALIZED | LO_WITNESS | LO_SLEEPABLE;
  s.sx_lock.mtx_object.lo_flags = 0;
  mtx_init(s.sx_lock, 'sx backing lock', MTX_SPIN | MTX_NOWITNESS | MTX_QUIET);
  s.sx_cnt = 0;
  s.sx_shrd_wcnt = 0;
  s.sx_excl_wcnt = 0;
  s.sx_xholder = null;
  witness_init(s.sx_object);
}

/** Ends the life of an sx lock, which is free. Locks: none. Does not sleep. */
export function sx_destroy(s: sx): void {
  KASSERT(
    s.sx_cnt === 0 && s.sx_shrd_wcnt === 0 && s.sx_excl_wcnt === 0,
    '%s (%s): holders or waiters',
    'sx_destroy',
    s.sx_object.lo_name,
  );
  mtx_destroy(s.sx_lock);
  witness_destroy(s.sx_object);
  s.sx_object.lo_flags = 0;
}

/** Takes it shared. Locks: takes s; must not hold it exclusively. May sleep ("sx_slock"). */
export function* sx_slock(s: sx): Sleeps {
  const site = $retaddr();
  if ((ktr_mask & KTR_POINT) !== 0 && hw_point($addr(s)) !== 0) yield* interrupted();
  KASSERT(s.sx_xholder !== curproc(), '%s (%s): xlock already held', 'sx_slock', s.sx_object.lo_name);
  if (s.sx_cnt < 0 && witness_watch !== 0) witness_checkorder(s.sx_object, 0, site);
  mtx_lock_spin(s.sx_lock);
  while (s.sx_cnt < 0) {
    s.sx_shrd_wcnt++;
    if ((ktr_mask & KTR_LOCK) !== 0) hw_event(HW_CONTESTED, $addr(s), HW_SX);
    yield* msleep_spin($addr($ref(s.sx_shrd_wcnt)), s.sx_lock, PLOCK, s.sx_object.lo_name, 0);
    s.sx_shrd_wcnt--;
  }
  s.sx_cnt++;
  if (witness_watch !== 0) witness_lock(s.sx_object, 0, site);
  if ((ktr_mask & KTR_LOCK) !== 0) hw_event(HW_ACQUIRED, $addr(s), HW_SX);
  mtx_unlock_spin(s.sx_lock);
}

/** Takes it shared if that needs no waiting. Returns 1 if it did. Locks: takes s if 1. Does not sleep. */
export function sx_try_slock(s: sx): int {
  let got = 0;
  mtx_lock_spin(s.sx_lock);
  if (s.sx_cnt >= 0) {
    s.sx_cnt++;
    got = 1;
    if (witness_watch !== 0) witness_lock(s.sx_object, LOP_TRYLOCK, $retaddr());
    if ((ktr_mask & KTR_LOCK) !== 0) hw_event(HW_ACQUIRED, $addr(s), HW_SX);
  }
  mtx_unlock_spin(s.sx_lock);
  return got;
}

/** Takes it exclusively. Locks: takes s; must not hold it. May sleep. */
export function* sx_xlock(s: sx): Sleeps {
  const site = $retaddr();
  if ((ktr_mask & KTR_POINT) !== 0 && hw_point($addr(s)) !== 0) yield* interrupted();
  KASSERT(s.sx_xholder !== curproc(), '%s (%s): xlock already held', 'sx_xlock', s.sx_object.lo_name);
  if (s.sx_cnt !== 0 && witness_watch !== 0) witness_checkorder(s.sx_object, LOP_EXCLUSIVE, site);
  mtx_lock_spin(s.sx_lock);
  while (s.sx_cnt !== 0) {
    s.sx_excl_wcnt++;
    if ((ktr_mask & KTR_LOCK) !== 0) hw_event(HW_CONTESTED, $addr(s), HW_SX | HW_EXCLUSIVE);
    yield* msleep_spin($addr($ref(s.sx_excl_wcnt)), s.sx_lock, PLOCK, s.sx_object.lo_name, 0);
    s.sx_excl_wcnt--;
  }
  s.sx_cnt = -1;
  s.sx_xholder = curproc();
  if (witness_watch !== 0) witness_lock(s.sx_object, LOP_EXCLUSIVE, site);
  if ((ktr_mask & KTR_LOCK) !== 0) hw_event(HW_ACQUIRED, $addr(s), HW_SX | HW_EXCLUSIVE);
  mtx_unlock_spin(s.sx_lock);
}

/** Takes it exclusively if it is free. Returns 1 if it did. Locks: takes s if 1. Does not sleep. */
export function sx_try_xlock(s: sx): int {
  let got = 0;
  mtx_lock_spin(s.sx_lock);
  if (s.sx_cnt === 0) {
    s.sx_cnt = -1;
    s.sx_xholder = curproc();
    got = 1;
    if (witness_watch !== 0) witness_lock(s.sx_object, LOP_EXCLUSIVE | LOP_TRYLOCK, $retaddr());
    if ((ktr_mask & KTR_LOCK) !== 0) hw_event(HW_ACQUIRED, $addr(s), HW_SX | HW_EXCLUSIVE);
  }
  mtx_unlock_spin(s.sx_lock);
  return got;
}

/** Gives a shared hold back. Locks: s held shared, dropped. Does not sleep. */
export function sx_sunlock(s: sx): void {
  sx_assert(s, SX_SLOCKED);
  if (witness_watch !== 0) witness_unlock(s.sx_object, 0, $retaddr());
  if ((ktr_mask & KTR_LOCK) !== 0) hw_event(HW_RELEASED, $addr(s), HW_SX);
  mtx_lock_spin(s.sx_lock);
  s.sx_cnt--;
  /*
   * An exclusive waiter goes first; if there is none and shared ones wait, they lost a race with an exclusive
   * holder.
   */
  if (s.sx_excl_wcnt > 0) {
    if (s.sx_cnt === 0) wakeup_one($addr($ref(s.sx_excl_wcnt)));
  } else if (s.sx_shrd_wcnt > 0) wakeup($addr($ref(s.sx_shrd_wcnt)));
  mtx_unlock_spin(s.sx_lock);
}

/**
 * Gives an exclusive hold back; shared waiters go first. Locks: s held exclusively, dropped. Does not sleep.
 */
export function sx_xunlock(s: sx): void {
  sx_assert(s, SX_XLOCKED);
  if (witness_watch !== 0) witness_unlock(s.sx_object, LOP_EXCLUSIVE, $retaddr());
  if ((ktr_mask & KTR_LOCK) !== 0) hw_event(HW_RELEASED, $addr(s), HW_SX | HW_EXCLUSIVE);
  mtx_lock_spin(s.sx_lock);
  s.sx_cnt = 0;
  s.sx_xholder = null;
  if (s.sx_shrd_wcnt > 0) wakeup($addr($ref(s.sx_shrd_wcnt)));
  else if (s.sx_excl_wcnt > 0) wakeup_one($addr($ref(s.sx_excl_wcnt)));
  mtx_unlock_spin(s.sx_lock);
}

/**
 * Makes our shared hold exclusive if it is the only one. Returns 1 if it did. Locks: s held. Does not sleep.
 */
export function sx_try_upgrade(s: sx): int {
  let got = 0;
  sx_assert(s, SX_SLOCKED);
  mtx_lock_spin(s.sx_lock);
  if (s.sx_cnt === 1) {
    s.sx_cnt = -1;
    s.sx_xholder = curproc();
    got = 1;
    witness_change(s.sx_object, true, $retaddr());
    if ((ktr_mask & KTR_LOCK) !== 0) {
      hw_event(HW_RELEASED, $addr(s), HW_SX);
      hw_event(HW_ACQUIRED, $addr(s), HW_SX | HW_EXCLUSIVE);
    }
  }
  mtx_unlock_spin(s.sx_lock);
  return got;
}

/** Makes our exclusive hold shared. Locks: s held. Does not sleep. */
export function sx_downgrade(s: sx): void {
  sx_assert(s, SX_XLOCKED);
  mtx_lock_spin(s.sx_lock);
  s.sx_cnt = 1;
  s.sx_xholder = null;
  if (s.sx_shrd_wcnt > 0) wakeup($addr($ref(s.sx_shrd_wcnt)));
  witness_change(s.sx_object, false, $retaddr());
  if ((ktr_mask & KTR_LOCK) !== 0) {
    hw_event(HW_RELEASED, $addr(s), HW_SX | HW_EXCLUSIVE);
    hw_event(HW_ACQUIRED, $addr(s), HW_SX);
  }
  mtx_unlock_spin(s.sx_lock);
}

/**
 * Panics unless s is held as `what` says: SX_LOCKED, SX_SLOCKED, SX_XLOCKED. Who holds it shared is known to
 * WITNESS only; without it, that somebody does is all that is checked. Locks: none. Does not sleep.
 */
export function sx_assert(s: sx, what: int): void {
  if (panicstr !== null) return;
  const name = s.sx_object.lo_name;
  const site = $retaddr();
  switch (what) {
    case SX_LOCKED:
      if (s.sx_xholder === curproc()) return;
      if (s.sx_cnt <= 0)
        panic('Lock (%s) %s not locked @ %s:%d.', 'sx', name, place_file(site), place_line(site));
      return;
    case SX_SLOCKED:
      if (s.sx_cnt <= 0)
        panic('Lock (%s) %s not share locked @ %s:%d.', 'sx', name, place_file(site), place_line(site));
      return;
    case SX_XLOCKED:
      if (s.sx_xholder !== curproc())
        panic('Lock (%s) %s not exclusively locked @ %s:%d.', 'sx', name, place_file(site), place_line(site));
      return;
    case SX_UNLOCKED:
      if (s.sx_xholder === curproc())
        panic('Lock (%s) %s locked @ %s:%d.', 'sx', name, place_file(site), place_line(site));
      return;
    default:
      panic('Unknown sx lock assertion: %d @ %s:%d', what, place_file(site), place_line(site));
  }
}
