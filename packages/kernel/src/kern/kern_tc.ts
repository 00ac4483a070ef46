/**
 * What time it is (kern/kern_tc.c). The machine's counter of nanoseconds since power-on is exact, so there is
 * one time counter and nothing to discipline: up-time is the counter, the time of day is that plus boottime.
 */
import { rdtsc } from '../i386/cpufunc.h.js';
import type { timespec, timeval } from '../sys/time.h.js';
import { timevaladd } from './kern_time.js';

/** Date at power-on by the battery clock: 2001-05-25 12:00:00 UTC. */
const RTC_EPOCH = 990792000;

/** The time of day at power-on. settimeofday moves it. */
export let boottime: embed<timeval>;
/** Seconds since the epoch as of the last tick. Locks: none: a word that the clock's interrupt writes. */
export let time_second: int = RTC_EPOCH;
/** Seconds since power-on. Locks: none: as time_second. */
export let time_uptime: int = 0;

/** Sets the date from the battery clock. Locks: none. Does not sleep. */
export function inittodr(): void {
  boottime.tv_sec = RTC_EPOCH;
  boottime.tv_usec = 0;
  tc_tick();
}

/** Updates the seconds. Called at each tick. Locks: interrupts are off. Does not sleep. */
export function tc_tick(): void {
  const ns = rdtsc();
  time_uptime = $int(ns / 1000000000);
  time_second = $int((ns + $i64(boottime.tv_usec) * 1000) / 1000000000) + boottime.tv_sec;
}

/** Up-time. Locks: none. Does not sleep. */
export function microuptime(tvp: timeval): void {
  const us: i64 = rdtsc() / 1000;
  tvp.tv_sec = $int(us / 1000000);
  tvp.tv_usec = $int(us % 1000000);
}

/** Up-time. Locks: none. Does not sleep. */
export function nanouptime(ts: timespec): void {
  const ns = rdtsc();
  ts.ts_sec = $int(ns / 1000000000);
  ts.ts_nsec = $int(ns % 1000000000);
}

/** The time of day. Locks: none. Does not sleep. */
export function microtime(tvp: timeval): void {
  microuptime(tvp);
  timevaladd(tvp, boottime);
}

/** The time of day. Locks: none. Does not sleep. */
export function nanotime(ts: timespec): void {
  const ns: i64 = rdtsc() + $i64(boottime.tv_usec) * 1000;
  ts.ts_sec = $int(ns / 1000000000) + boottime.tv_sec;
  ts.ts_nsec = $int(ns % 1000000000);
}

/** The time of day, where BSD takes that of the last tick to save time; the counter costs nothing here. */
export function getmicrotime(tvp: timeval): void {
  microtime(tvp);
}

/** Up-time, likewise. Locks: none. Does not sleep. */
export function getmicrouptime(tvp: timeval): void {
  microuptime(tvp);
}

/** Up-time, likewise. Locks: none. Does not sleep. */
export function getnanouptime(ts: timespec): void {
  nanouptime(ts);
}
