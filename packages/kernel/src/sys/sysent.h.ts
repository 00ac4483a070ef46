/** The system-call table's entries (sys/sysent.h). The table is kern/init_sysent.ts. */
import type { proc } from './proc.h.js';

/**
 * A system call: `uap` is the kernel address of its argument words. Returns an errno. Results go to
 * p.p_retval.
 */
export type sy_call_t = (p: proc, uap: u32) => Sleeps<int>;

/** sy_narg: number of argument words, and flags above. */
export const SYF_ARGMASK = 0x0000ffff;
export const SYF_MPSAFE = 0x00010000;

/**
 * One system call.
 * @lock c constant
 * @size 8
 */
export interface sysent_t extends struct {
  sy_narg: int; // (c) words of arguments | SYF_MPSAFE if it is called without Giant
  sy_call: sy_call_t; // (c) the function
}

/** Number of entries of sysent. */
export const NSYSENT = 345;
