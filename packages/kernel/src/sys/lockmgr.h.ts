/** lockmgr(9) locks. Code in kern/kern_lock.ts. */
import type { mtx } from './mutex.h.js';
import type { pid_t } from './types.h.js';

export const LK_TYPE_MASK = 0x0000000f;
export const LK_SHARED = 1;
export const LK_EXCLUSIVE = 2;
export const LK_UPGRADE = 3;
export const LK_EXCLUPGRADE = 4;
export const LK_DOWNGRADE = 5;
export const LK_RELEASE = 6;
export const LK_DRAIN = 7;
export const LK_EXCLOTHER = 8;
export const LK_EXTFLG_MASK = 0x00000070;
export const LK_NOWAIT = 0x00000010;
export const LK_SLEEPFAIL = 0x00000020;
export const LK_CANRECURSE = 0x00000040;
export const LK_WANT_UPGRADE = 0x00000100;
export const LK_WANT_EXCL = 0x00000200;
export const LK_HAVE_EXCL = 0x00000400;
export const LK_WAITDRAIN = 0x00000800;
export const LK_DRAINED = 0x00002000;
export const LK_SHARE_NONZERO = 0x00100000;
export const LK_INTERLOCK = 0x00010000;
export const LK_RETRY = 0x00020000;
export const LK_NOPROC = -1;
export const LK_KERNPROC = -2;

/**
 * A lockmgr lock (32 bytes; part of struct vm_map, whose size the report of 2001 pins down).
 * @lock c constant after lockinit
 * @lock i the lock's interlock (*lk_interlock, a spin mutex here)
 */
export interface lock extends struct {
  lk_interlock: mtx; // (c) protects the rest
  lk_flags: u_int; // (i) LK_* state
  lk_sharecount: int; // (i) shared holders
  lk_waitcount: int; // (i) sleepers
  lk_exclusivecount: i16; // (i) depth of exclusive recursion
  lk_prio: i16; // (c) sleep priority
  lk_wmesg: str; // (c) wait message
  lk_timo: int; // (c) longest sleep in ticks
  lk_lockholder: pid_t; // (i) exclusive holder, LK_NOPROC if none
}
