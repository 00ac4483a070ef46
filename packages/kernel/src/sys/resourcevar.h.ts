/** Accounting and limits as the kernel keeps them (sys/resourcevar.h). Code in kern/kern_resource.ts. */
import type { rlimit, rusage } from './resource.h.js';
import type { itimerval, timeval } from './time.h.js';
import type { rlim_t } from './types.h.js';

/**
 * Accounting of a process; it lies in struct user, so it is out of memory when the process is swapped out.
 * @lock k the process itself (and statclock on its behalf)
 * @lock c the process's own mutex (p_mtx)
 */
export interface pstats extends struct {
  p_ru: embed<rusage>; // (k) what the process used
  p_cru: embed<rusage>; // (k) what its reaped children used
  p_timer: array<embed<itimerval>, 3>; // (k) virtual-time timers (ITIMER_REAL's slot is unused, it is in proc)
  p_start: embed<timeval>; // (k) when it was started
}

/**
 * Limits, shared between processes and copied when one of them changes its own.
 * @lock c constant while p_refcnt > 1
 * @lock G Giant
 */
export interface plimit extends struct {
  pl_rlimit: array<embed<rlimit>, 10>; // (c) RLIM_NLIMITS limits
  p_refcnt: int; // (G) number of processes that share it
  p_cpulimit: rlim_t; // (G) current cpu limit in microseconds
}
