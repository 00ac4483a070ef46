/** Shared by vm_glue.ts and vm_swapout.ts (in BSD one file, vm/vm_glue.c). */

/**
 * Seconds asleep before a process may be swapped out, and before it is when only idle processes are (sysctl).
 */
export const SWAP_IDLE_THRESHOLD1 = 2;
export const SWAP_IDLE_THRESHOLD2 = 10;
/** Least resident set that a process is allowed in memory when nobody else needs it, in pages. */
export const VM_MIN_RSS_LIMIT = 512;
