/** time(3) */
import type { timeval } from '../../../../../kernel/src/sys/time.h.js';
import { gettimeofday } from '../sys/syscalls.js';

export type time_t = int;

/** Seconds since 1970, also to `t` if that is not null. */
export function time(t: ptr<time_t>): time_t {
  const tv = $local<timeval>();
  if (gettimeofday(tv, 0) < 0) return -1;
  if (t !== null) t[0] = tv.tv_sec;
  return tv.tv_sec;
}
