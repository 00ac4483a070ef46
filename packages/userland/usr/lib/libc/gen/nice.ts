import { PRIO_PROCESS } from '../../../../../kernel/src/sys/resource.h.js';
import { getpriority, setpriority } from '../sys/syscalls.js';

/** nice(3): the new priority, or -1 with errno. */
export function nice(incr: int): int {
  errno = 0;
  const prio = getpriority(PRIO_PROCESS, 0);
  if (prio === -1 && errno !== 0) return -1;
  if (setpriority(PRIO_PROCESS, 0, prio + incr) < 0) return -1;
  return getpriority(PRIO_PROCESS, 0);
}
