/** sigemptyset(3) and its kind: 0, or -1 with EINVAL for what is no signal. */
import { EINVAL } from '../../../../../kernel/src/sys/errno.h.js';
import { NSIG } from '../../../../../kernel/src/sys/signal.h.js';
import type { sigset_t } from '../../../../../kernel/src/sys/types.h.js';

function _nosignal(signo: int): boolean {
  if (signo > 0 && signo < NSIG) return false;
  errno = EINVAL;
  return true;
}
export function sigemptyset(set: ptr<sigset_t>): int {
  set[0] = 0;
  return 0;
}
export function sigfillset(set: ptr<sigset_t>): int {
  set[0] = 0xffffffff;
  return 0;
}
export function sigaddset(set: ptr<sigset_t>, signo: int): int {
  if (_nosignal(signo)) return -1;
  set[0] |= 1 << (signo - 1);
  return 0;
}
export function sigdelset(set: ptr<sigset_t>, signo: int): int {
  if (_nosignal(signo)) return -1;
  set[0] &= ~(1 << (signo - 1));
  return 0;
}
export function sigismember(set: ptr<sigset_t>, signo: int): int {
  if (_nosignal(signo)) return -1;
  return (set[0] & (1 << (signo - 1))) !== 0 ? 1 : 0;
}
