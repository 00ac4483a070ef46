/**
 * Callouts: functions to be called at a later tick (kern/kern_timeout.c). A wheel of CALLWHEELSIZE buckets; a
 * callout that is due at tick t hangs in bucket t mod CALLWHEELSIZE, so that a tick looks at one bucket only.
 * hardclock counts the ticks and wakes softclock, a software interrupt thread, which makes the calls and may
 * therefore sleep a little.
 */
import type { callout } from '../sys/callout.h.js';
import {
  CALLOUT_ACTIVE,
  CALLOUT_LOCAL_ALLOC,
  CALLOUT_MPSAFE,
  CALLOUT_PENDING,
  CALLWHEELMASK,
  CALLWHEELSIZE,
  MAX_SOFTCLOCK_STEPS,
  NCALLOUT,
} from '../sys/callout.h.js';
import type { mtx } from '../sys/mutex.h.js';
import { mtx_lock, mtx_unlock } from '../sys/mutex.h.js';
import { Giant, mtx_lock_spin, mtx_unlock_spin } from './kern_mutex.js';
import { panic } from './kern_shutdown.js';

/** Protects the wheel, the callouts and the tick counters. */
export let callout_lock: embed<mtx>;
let callwheel: array<embed<TAILQ_HEAD<callout>>, 256>;
/** Callouts that timeout() lends. */
let callout_pool: array<embed<callout>, 128>;
let callfree: embed<TAILQ_HEAD<callout>>;
/** Ticks since the clock was started. Locks: callout_lock; anybody reads. */
export let ticks: int = 0;
/** The tick up to which softclock has looked. Locks: callout_lock. */
export let softticks: int = 0;
/** While softclock walks a bucket: the callout that it will look at next. Locks: callout_lock. */
let nextsoftcheck: callout = null;

/** Sets the wheel up. Called once, before the clock runs. Locks: none. Does not sleep. */
export function callout_startup(): void {
  for (let i = 0; i < CALLWHEELSIZE; i++) TAILQ_INIT(callwheel[i]);
  TAILQ_INIT(callfree);
  for (let i = 0; i < NCALLOUT; i++) {
    callout_init(callout_pool[i], 0);
    TAILQ_INSERT_TAIL(callfree, callout_pool[i], 'c_links');
  }
}

/** Prepares a callout. With mpsafe, its function is called without Giant. Locks: none. Does not sleep. */
export function callout_init(c: callout, mpsafe: int): void {
  c.c_links.tqe_next = null;
  c.c_links.tqe_prev = 0;
  c.c_time = 0;
  c.c_arg = 0;
  c.c_func = null;
  c.c_flags = CALLOUT_LOCAL_ALLOC | (mpsafe !== 0 ? CALLOUT_MPSAFE : 0);
}

/**
 * Calls func(arg) in to_ticks ticks (at least one), instead of what the callout was set to before.
 * Locks: takes callout_lock; sched_lock may be held. Does not sleep.
 */
export function callout_reset(c: callout, to_ticks: int, func: (arg: u32) => Sleeps, arg: u32): void {
  mtx_lock_spin(callout_lock);
  if ((c.c_flags & CALLOUT_PENDING) !== 0) callout_remove(c);
  KASSERT(func !== null, 'callout_reset: no function');
  c.c_arg = arg;
  c.c_func = func;
  c.c_flags |= CALLOUT_ACTIVE | CALLOUT_PENDING;
  c.c_time = ticks + (to_ticks <= 0 ? 1 : to_ticks);
  TAILQ_INSERT_TAIL(callwheel[c.c_time & CALLWHEELMASK], c, 'c_links');
  mtx_unlock_spin(callout_lock);
}

/** Takes a callout off the wheel. Locks: callout_lock. Does not sleep. */
function callout_remove(c: callout): void {
  if (nextsoftcheck === c) nextsoftcheck = TAILQ_NEXT(c, 'c_links');
  TAILQ_REMOVE(callwheel[c.c_time & CALLWHEELMASK], c, 'c_links');
  c.c_flags &= ~CALLOUT_PENDING;
}

/**
 * Cancels a call. Returns 1 if it will not be made, 0 if it was made, is being made, or never was to be.
 * Locks: takes callout_lock; sched_lock may be held. Does not sleep.
 */
export function callout_stop(c: callout): int {
  mtx_lock_spin(callout_lock);
  c.c_flags &= ~CALLOUT_ACTIVE;
  if ((c.c_flags & CALLOUT_PENDING) === 0) {
    mtx_unlock_spin(callout_lock);
    return 0;
  }
  callout_remove(c);
  callout_giveback(c);
  mtx_unlock_spin(callout_lock);
  return 1;
}

/** A borrowed callout goes back to the pool. Locks: callout_lock. Does not sleep. */
function callout_giveback(c: callout): void {
  if ((c.c_flags & CALLOUT_LOCAL_ALLOC) !== 0) return;
  c.c_func = null;
  TAILQ_INSERT_TAIL(callfree, c, 'c_links');
}

/** Is the call still to come? Locks: none. Does not sleep. @inline */
export function callout_pending(c: callout): boolean {
  return (c.c_flags & CALLOUT_PENDING) !== 0;
}

/** Was it set and not stopped or deactivated? Locks: none. Does not sleep. @inline */
export function callout_active(c: callout): boolean {
  return (c.c_flags & CALLOUT_ACTIVE) !== 0;
}

/** The called function says that it is done with it. Locks: none. Does not sleep. @inline */
export function callout_deactivate(c: callout): void {
  c.c_flags &= ~CALLOUT_ACTIVE;
}

/**
 * Calls func(arg) with Giant held in to_ticks ticks. Returns its handle.
 * Locks: takes callout_lock. Does not sleep.
 */
export function timeout(func: (arg: u32) => Sleeps, arg: u32, to_ticks: int): callout {
  mtx_lock_spin(callout_lock);
  const c = TAILQ_FIRST(callfree);
  if (c === null) panic('timeout table full');
  TAILQ_REMOVE(callfree, c, 'c_links');
  c.c_flags = 0;
  callout_reset(c, to_ticks, func, arg);
  mtx_unlock_spin(callout_lock);
  return c;
}

/**
 * A tick has passed. Returns true if softclock has work. Called by hardclock on one CPU.
 * Locks: takes callout_lock. Does not sleep.
 */
export function callout_tick(): boolean {
  let need = false;
  mtx_lock_spin(callout_lock);
  ticks++;
  if (!TAILQ_EMPTY(callwheel[ticks & CALLWHEELMASK])) need = true;
  else if (softticks + 1 === ticks) softticks = ticks;
  else need = true;
  mtx_unlock_spin(callout_lock);
  return need;
}

/**
 * Makes the calls that are due. The handler of the clock's software interrupt.
 * Locks: none held; takes callout_lock, and Giant around calls that are not MPSAFE. May sleep.
 */
export function* softclock(dummy: u32): Sleeps {
  let steps = 0;
  mtx_lock_spin(callout_lock);
  while (softticks !== ticks) {
    softticks++;
    const curticks = softticks;
    let c = TAILQ_FIRST(callwheel[curticks & CALLWHEELMASK]);
    while (c !== null) {
      nextsoftcheck = TAILQ_NEXT(c, 'c_links');
      if (c.c_time === curticks) {
        callout_remove(c);
        const func = c.c_func;
        const arg = c.c_arg;
        const flags = c.c_flags;
        if ((flags & CALLOUT_LOCAL_ALLOC) === 0) callout_giveback(c);
        mtx_unlock_spin(callout_lock);
        if ((flags & CALLOUT_MPSAFE) === 0) yield* mtx_lock(Giant);
        yield* func(arg);
        if ((flags & CALLOUT_MPSAFE) === 0) mtx_unlock(Giant);
        mtx_lock_spin(callout_lock);
        steps = 0;
      } else if (++steps >= MAX_SOFTCLOCK_STEPS) {
        /* Give interrupts a chance. */
        mtx_unlock_spin(callout_lock);
        mtx_lock_spin(callout_lock);
        steps = 0;
      }
      c = nextsoftcheck;
    }
  }
  nextsoftcheck = null;
  mtx_unlock_spin(callout_lock);
}
