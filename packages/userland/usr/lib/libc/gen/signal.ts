/** signal(3): what is to be done on a signal, restarting system calls; the former handler as an address (SIG_DFL, SIG_IGN ...), or SIG_ERR. */
import type { sigaction_t } from '../../../../../kernel/src/sys/signal.h.js';
import { SA_RESTART, SIG_ERR } from '../../../../../kernel/src/sys/signal.h.js';
import type { sigset_t } from '../../../../../kernel/src/sys/types.h.js';
import { sigaction } from '../sys/syscalls.js';
import { sigaddset, sigdelset, sigemptyset, sigismember } from './sigsetops.js';

/** Signals for which siginterrupt(3) was called. */
let _sigintr: sigset_t = 0;

/** `func` is SIG_DFL, SIG_IGN or the address of a handler: $addr(f). */
export function signal(s: int, func: u32): u32 {
  const sa = $local<sigaction_t>();
  const osa = $local<sigaction_t>();
  sa.sa_handler = func;
  sigemptyset($ref(sa.sa_mask));
  sa.sa_flags = sigismember($ref(_sigintr), s) === 1 ? 0 : SA_RESTART;
  if (sigaction(s, sa, osa) < 0) return $u32(SIG_ERR);
  return osa.sa_handler;
}

/** siginterrupt(3): does the signal end system calls (flag not 0) or are they begun again? */
export function siginterrupt(sig: int, flag: int): int {
  const sa = $local<sigaction_t>();
  if (sigaction(sig, null, sa) < 0) return -1;
  if (flag !== 0) {
    sigaddset($ref(_sigintr), sig);
    sa.sa_flags &= ~SA_RESTART;
  } else {
    sigdelset($ref(_sigintr), sig);
    sa.sa_flags |= SA_RESTART;
  }
  return sigaction(sig, sa, null);
}
