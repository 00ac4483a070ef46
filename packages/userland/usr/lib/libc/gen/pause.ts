import { SIG_BLOCK } from '../../../../../kernel/src/sys/signal.h.js';
import type { sigset_t } from '../../../../../kernel/src/sys/types.h.js';
import { sigprocmask, sigsuspend } from '../sys/syscalls.js';

/** pause(3): waits for a signal; always -1 with EINTR. */
export function pause(): int {
  const mask = $var<sigset_t>();
  if (sigprocmask(SIG_BLOCK, null, mask) < 0) return -1;
  return sigsuspend(mask);
}
