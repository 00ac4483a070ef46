/**
 * Time values and interval timers (sys/time.h). The clock itself is kern/kern_tc.ts, the system calls
 * kern/kern_time.ts.
 */
export const ITIMER_REAL = 0;
export const ITIMER_VIRTUAL = 1;
export const ITIMER_PROF = 2;
export const CLOCK_REALTIME = 0;
export const CLOCK_VIRTUAL = 1;
export const CLOCK_PROF = 2;
export const CLOCK_MONOTONIC = 4;

/**
 * Seconds and microseconds.
 * @lock x the lock of what it is part of
 * @size 8
 */
export interface timeval extends struct {
  tv_sec: i32; // (x) seconds
  tv_usec: i32; // (x) microseconds, 0 to 999999
}

/**
 * Seconds and nanoseconds.
 * @lock x the lock of what it is part of
 * @size 8
 */
export interface timespec extends struct {
  ts_sec: i32; // (x) seconds (tv_sec)
  ts_nsec: i32; // (x) nanoseconds (tv_nsec), 0 to 999999999
}

/**
 * An interval timer.
 * @lock x the lock of what it is part of
 * @size 16
 */
export interface itimerval extends struct {
  it_interval: embed<timeval>; // (x) reload value, zero for a timer that goes off once
  it_value: embed<timeval>; // (x) time left, zero: not running
}

/** Is the time value not zero? Locks: that of the value. Does not sleep. @inline */
export function timevalisset(tv: timeval): boolean {
  return (tv.tv_sec | tv.tv_usec) !== 0;
}
