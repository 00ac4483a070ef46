/** Resource limits, priorities and accounting as programs see them (sys/resource.h). */
import type { timeval } from './time.h.js';
import type { fixpt_t, rlim_t } from './types.h.js';

export const PRIO_MIN = -20;
export const PRIO_MAX = 20;
export const PRIO_PROCESS = 0;
export const PRIO_PGRP = 1;
export const PRIO_USER = 2;
export const RUSAGE_SELF = 0;
export const RUSAGE_CHILDREN = -1;

export const RLIMIT_CPU = 0;
export const RLIMIT_FSIZE = 1;
export const RLIMIT_DATA = 2;
export const RLIMIT_STACK = 3;
export const RLIMIT_CORE = 4;
export const RLIMIT_RSS = 5;
export const RLIMIT_MEMLOCK = 6;
export const RLIMIT_NPROC = 7;
export const RLIMIT_NOFILE = 8;
export const RLIMIT_SBSIZE = 9;
export const RLIM_NLIMITS = 10;
/**
 * No limit. BSD has 2^63 - 1; this is the largest integer that kernel TypeScript's 64-bit numbers hold
 * exactly, and no simulated machine comes near it.
 */
export const RLIM_INFINITY = 0x1fffffffffffff;

/**
 * Resources used.
 * @lock x the lock of what it is part of
 * @size 72
 */
export interface rusage extends struct {
  ru_utime: embed<timeval>; // (x) user time
  ru_stime: embed<timeval>; // (x) system time
  ru_maxrss: int; // (x) largest resident set, KB
  ru_ixrss: int; // (x) integral of shared text, KB * ticks
  ru_idrss: int; // (x) integral of data
  ru_isrss: int; // (x) integral of stack
  ru_minflt: int; // (x) faults without I/O
  ru_majflt: int; // (x) faults with I/O
  ru_nswap: int; // (x) times swapped out
  ru_inblock: int; // (x) block input operations
  ru_oublock: int; // (x) block output operations
  ru_msgsnd: int; // (x) unused: messages sent
  ru_msgrcv: int; // (x) unused: messages received
  ru_nsignals: int; // (x) signals received
  ru_nvcsw: int; // (x) voluntary context switches
  ru_nivcsw: int; // (x) involuntary context switches
}

/**
 * One limit.
 * @lock x the lock of what it is part of
 * @size 16
 */
export interface rlimit extends struct {
  rlim_cur: rlim_t; // (x) soft limit
  rlim_max: rlim_t; // (x) hard limit, the most that the soft one may become
}

/**
 * The run-queue load averages as sysctl vm.loadavg gives them.
 * @lock n none: a lost update is accepted as in BSD
 * @size 16
 */
export interface loadavg extends struct {
  ldavg: array<fixpt_t, 3>; // (n) over 1, 5 and 15 minutes, scaled
  fscale: int; // (n) the scale, FSCALE
}
