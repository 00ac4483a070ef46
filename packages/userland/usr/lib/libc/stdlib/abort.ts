import type { sigaction_t } from '../../../../../kernel/src/sys/signal.h.js';
import { SIGABRT, SIG_DFL, SIG_SETMASK } from '../../../../../kernel/src/sys/signal.h.js';
import type { sigset_t } from '../../../../../kernel/src/sys/types.h.js';
import { raise } from '../gen/raise.js';
import { sigdelset, sigfillset } from '../gen/sigsetops.js';
import { _exit, sigaction, sigprocmask } from '../sys/syscalls.js';

/** abort(3): ends the program with SIGABRT, whatever it has done about that signal. */
export function abort(): never {
  const act = $local<sigaction_t>();
  const set = $var<sigset_t>();
  sigfillset(set);
  sigdelset(set, SIGABRT);
  sigprocmask(SIG_SETMASK, set, null);
  raise(SIGABRT);
  /* A handler has returned. */
  act.sa_handler = SIG_DFL;
  act.sa_flags = 0;
  sigfillset($ref(act.sa_mask));
  sigaction(SIGABRT, act, null);
  raise(SIGABRT);
  _exit(1);
}
