import type { rusage } from '../../../../../kernel/src/sys/resource.h.js';
import type { pid_t } from '../../../../../kernel/src/sys/types.h.js';
import { WAIT_ANY } from '../../../../../kernel/src/sys/wait.h.js';
import { wait4 } from '../sys/syscalls.js';

/** wait(2), waitpid(2) and wait3(2), of wait4(2). */
export function wait(istat: ptr<int>): pid_t {
  return wait4(WAIT_ANY, istat, 0, null);
}
export function waitpid(pid: pid_t, istat: ptr<int>, options: int): pid_t {
  return wait4(pid, istat, options, null);
}
export function wait3(istat: ptr<int>, options: int, rup: rusage): pid_t {
  return wait4(WAIT_ANY, istat, options, rup);
}
