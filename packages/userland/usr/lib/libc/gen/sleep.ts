import type { timespec } from '../../../../../kernel/src/sys/time.h.js';
import { nanosleep } from '../sys/syscalls.js';

/** sleep(3), usleep(3): wait, less if a signal comes. sleep gives the seconds that were left. */
export function sleep(seconds: u_int): u_int {
  const t = $local<timespec>();
  const left = $local<timespec>();
  t.ts_sec = $i32(seconds);
  t.ts_nsec = 0;
  if (nanosleep(t, left) === 0) return 0;
  return $u32(left.ts_sec) + (left.ts_nsec > 0 ? 1 : 0);
}
export function usleep(microseconds: u_int): int {
  const t = $local<timespec>();
  t.ts_sec = $i32(microseconds / 1000000);
  t.ts_nsec = $i32(microseconds % 1000000) * 1000;
  return nanosleep(t, null);
}
