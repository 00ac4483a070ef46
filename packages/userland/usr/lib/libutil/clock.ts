/** The time in one number. */
import type { timespec, timeval } from '../../../../kernel/src/sys/time.h.js';
import { gettimeofday, nanosleep } from '../libc/sys/syscalls.js';

/** Microseconds since 1970. */
export function now_us(): i64 {
  const tv = $local<timeval>();
  gettimeofday(tv, 0);
  return $i64(tv.tv_sec) * 1000000 + $i64(tv.tv_usec);
}

/** Waits for some microseconds. */
export function sleep_us(us: i64): void {
  const t = $local<timespec>();
  t.ts_sec = $i32(us / 1000000);
  t.ts_nsec = $i32(us % 1000000) * 1000;
  nanosleep(t, null);
}
