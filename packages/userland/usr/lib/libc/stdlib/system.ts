import { EINTR } from '../../../../../kernel/src/sys/errno.h.js';
import type { sigaction_t } from '../../../../../kernel/src/sys/signal.h.js';
import {
  SIGCHLD,
  SIGINT,
  SIGQUIT,
  SIG_BLOCK,
  SIG_IGN,
  SIG_SETMASK,
} from '../../../../../kernel/src/sys/signal.h.js';
import type { sigset_t } from '../../../../../kernel/src/sys/types.h.js';
import { execl } from '../gen/exec.js';
import { sigaddset, sigemptyset } from '../gen/sigsetops.js';
import { _exit, fork, sigaction, sigprocmask, wait4 } from '../sys/syscalls.js';

/** system(3): a command for the shell; its wait status, 127 << 8 if the shell cannot be executed. */
export function system(command: str): int {
  if (command === null) return 1;
  const ign = $local<sigaction_t>();
  const intact = $local<sigaction_t>();
  const quitact = $local<sigaction_t>();
  const block = $var<sigset_t>();
  const omask = $var<sigset_t>();
  const pstat = $var<int>();
  sigemptyset(block);
  sigaddset(block, SIGCHLD);
  sigprocmask(SIG_BLOCK, block, omask);
  const pid = fork();
  if (pid === 0) {
    sigprocmask(SIG_SETMASK, omask, null);
    execl('/bin/sh', 'sh', '-c', command, null);
    _exit(127);
  }
  pstat[0] = -1;
  if (pid > 0) {
    ign.sa_handler = SIG_IGN;
    ign.sa_flags = 0;
    sigemptyset($ref(ign.sa_mask));
    sigaction(SIGINT, ign, intact);
    sigaction(SIGQUIT, ign, quitact);
    let got = 0;
    do got = wait4(pid, pstat, 0, null);
    while (got === -1 && errno === EINTR);
    if (got === -1) pstat[0] = -1;
    sigaction(SIGINT, intact, null);
    sigaction(SIGQUIT, quitact, null);
  }
  sigprocmask(SIG_SETMASK, omask, null);
  return pstat[0];
}
