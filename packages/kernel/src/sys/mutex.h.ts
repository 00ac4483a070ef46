/**
 * Mutexes: sleep (MTX_DEF) and spin (MTX_SPIN), mutex(9). Code in kern/kern_mutex.ts.
 *
 * The word mtx_lock holds the owner's struct proc with flag bits below it, or
 *   MTX_UNOWNED    free, nobody waits;
 *   MTX_CONTESTED alone: free, but processes are still queued on mtx_blocked (the first was made runnable and
 *                  has yet to take it). Whoever takes it in this state keeps the bit.
 */
import { curproc } from '../i386/pcpu.h.js';
import { _mtx_assert, _mtx_lock_quick, _mtx_lock_sleep, _mtx_unlock } from '../kern/kern_mutex.js';
import type { proc } from './proc.h.js';
import type { witness } from './witness.h.js';

export const MTX_DEF = 0x00;
export const MTX_SPIN = 0x01;
export const MTX_RECURSE = 0x04;
export const MTX_NOWITNESS = 0x08;
export const MTX_SLEEPABLE = 0x10;
export const MTX_QUIET = 0x40;
export const MTX_UNOWNED = 0x08;
export const MTX_RECURSED = 0x01;
export const MTX_CONTESTED = 0x02;
export const MTX_FLAGMASK = 0x03;
export const MA_OWNED = 1;
export const MA_NOTOWNED = 2;
export const MA_RECURSED = 4;
export const MA_NOTRECURSED = 8;

/** lo_flags: the low 16 bits are the class's own */
export const LO_INITIALIZED = 0x00010000;
export const LO_WITNESS = 0x00020000;
export const LO_QUIET = 0x00040000;
export const LO_RECURSABLE = 0x00080000;
export const LO_SLEEPABLE = 0x00100000;

/** lc_flags of a class of locks */
export const LC_SLEEPLOCK = 0x00000001;
export const LC_SPINLOCK = 0x00000002;
export const LC_SLEEPABLE = 0x00000004;
export const LC_RECURSABLE = 0x00000008;

/**
 * A class of locks: sleep mutex, spin mutex, sx.
 * @lock c constant
 */
export interface lock_class extends struct {
  lc_name: str; // (c) name for messages
  lc_flags: u_int; // (c) LC_*
}

/**
 * The part of every lock that WITNESS knows.
 * @lock c constant after initialisation
 * @lock w witness: plain functions of subr_witness.ts, which exclude each other (see there)
 */
export interface lock_object extends struct {
  lo_class: lock_class; // (c) what kind of lock
  lo_name: str; // (c) individual name
  lo_file: str; // (w) unused: file and line are looked up by the text address in lo_line
  lo_line: u32; // (w) where it was last acquired (text address)
  lo_flags: u_int; // (c) LO_*
  lo_list: embed<TAILQ_ENTRY<lock_object>>; // (w) all locks
  lo_witness: witness; // (w) class of locks for ordering
}

/**
 * A mutex. mtx_lock holds the owner (struct proc) or MTX_UNOWNED, with flag bits below.
 * @lock a changed by atomic operations only
 * @lock o the owner of this mutex
 * @lock s sched_lock
 */
export interface mtx extends struct {
  mtx_object: embed<lock_object>; // (o) witness
  mtx_lock: u32; // (a) owner and flags
  mtx_recurse: int; // (o) depth of recursion
  mtx_savecrit: u_int; // (o) interrupt flag to restore (spin)
  mtx_blocked: embed<TAILQ_HEAD<proc>>; // (s) processes blocked on it
  mtx_contested: embed<LIST_ENTRY<mtx>>; // (s) contested mutexes of the owner
}

/**
 * Takes a sleep mutex. Locks: takes m, left held; no spin mutex may be held. May sleep (only if another holds
 * it, or for a moment if we do).
 * @inline
 */
export function* mtx_lock(m: mtx): Sleeps {
  if (_mtx_lock_quick(m) === 0) yield* _mtx_lock_sleep(m);
}

/**
 * Takes a sleep mutex; the flags are accepted for the sake of BSD's signature and change nothing here
 * (MTX_QUIET). Locks: takes m. May sleep.
 * @inline
 */
export function* mtx_lock_flags(m: mtx, opts: int): Sleeps {
  if (_mtx_lock_quick(m) === 0) yield* _mtx_lock_sleep(m);
}

/** Gives back a sleep mutex. Locks: m held, dropped. Does not sleep. @inline */
export function mtx_unlock(m: mtx): void {
  _mtx_unlock(m);
}

/** Gives back a sleep mutex (see mtx_lock_flags). Locks: m held, dropped. Does not sleep. @inline */
export function mtx_unlock_flags(m: mtx, opts: int): void {
  _mtx_unlock(m);
}

/**
 * Panics unless m is held as `what` says (see _mtx_assert). The usual questions are answered without a call.
 * Locks: none. Does not sleep.
 * @inline
 */
export function mtx_assert(m: mtx, what: int): void {
  if (what === MA_OWNED) {
    if (!mtx_owned(m)) _mtx_assert(m, what);
  } else if (what === (MA_OWNED | MA_NOTRECURSED)) {
    if (!mtx_owned(m) || mtx_recursed(m)) _mtx_assert(m, what);
  } else {
    _mtx_assert(m, what);
  }
}

/** Does the running process own m? Locks: none. Does not sleep. @inline */
export function mtx_owned(m: mtx): boolean {
  return (m.mtx_lock & ~MTX_FLAGMASK) === $addr(curproc());
}

/** Is m, which we own, held more than once? Locks: m. Does not sleep. @inline */
export function mtx_recursed(m: mtx): boolean {
  return m.mtx_recurse !== 0;
}

/** Has m been through mtx_init? Locks: none. Does not sleep. @inline */
export function mtx_initialized(m: mtx): boolean {
  return (m.mtx_object.lo_flags & LO_INITIALIZED) !== 0;
}
