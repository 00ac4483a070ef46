import type { itimerval } from '../../../../../kernel/src/sys/time.h.js';
import { ITIMER_REAL } from '../../../../../kernel/src/sys/time.h.js';
import { setitimer } from '../sys/syscalls.js';

/** alarm(3): SIGALRM after some seconds (0: none); the seconds left of the one before. */
export function alarm(seconds: u_int): u_int {
  const it = $local<itimerval>();
  const old = $local<itimerval>();
  it.it_interval.tv_sec = 0;
  it.it_interval.tv_usec = 0;
  it.it_value.tv_sec = $i32(seconds);
  it.it_value.tv_usec = 0;
  if (setitimer(ITIMER_REAL, it, old) < 0) return 0xffffffff;
  return $u32(old.it_value.tv_sec) + (old.it_value.tv_usec > 0 ? 1 : 0);
}
