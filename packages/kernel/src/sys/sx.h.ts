/** Shared/exclusive locks, sx(9). Code in kern/kern_sx.ts. */
import { curproc } from '../i386/pcpu.h.js';
import type { lock_object, mtx } from './mutex.h.js';
import type { proc } from './proc.h.js';

export const SX_LOCKED = 1;
export const SX_SLOCKED = 2;
export const SX_XLOCKED = 4;
export const SX_UNLOCKED = 8;

/**
 * A shared/exclusive lock.
 * @lock i sx_lock
 */
export interface sx extends struct {
  sx_object: embed<lock_object>; // (i) witness
  sx_lock: embed<mtx>; // (i) interlock (spin here)
  sx_cnt: int; // (i) -1: exclusive, > 0: number of shared holders
  sx_shrd_wcnt: int; // (i) waiting for shared
  sx_excl_wcnt: int; // (i) waiting for exclusive
  sx_xholder: proc; // (i) exclusive holder
}

/** Does the running process hold it exclusively? Locks: none. Does not sleep. @inline */
export function sx_xlocked(s: sx): boolean {
  return s.sx_xholder === curproc();
}
