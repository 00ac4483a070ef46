/** kill(1) as a builtin, which knows jobs. */
import { NSIG, SIGTERM } from '../../../../../kernel/src/sys/signal.h.js';
import type { pid_t } from '../../../../../kernel/src/sys/types.h.js';
import { sys_signame } from '../../../lib/libc/gen/siglist.js';
import { atoi } from '../../../lib/libc/stdlib/strtol.js';
import { strcmp } from '../../../lib/libc/string/strcmp.js';
import { strerror } from '../../../lib/libc/string/strerror.js';
import { strlen } from '../../../lib/libc/string/strlen.js';
import { kill } from '../../../lib/libc/sys/syscalls.js';
import { sh_warnx } from '../error.js';
import { jobpid } from '../jobs.js';
import { is_number } from '../mystring.js';
import { out1fmt, out2fmt, out2str } from '../output.js';
import { getsignum } from '../trap.js';

/** The names of the signals, in two lines, to standard output (1) or error. */
function listsignals(fd: int): void {
  for (let sig = 1; sig < NSIG; sig++) {
    const sep = sig === NSIG - 1 || sig === NSIG / 2 ? '\n' : ' ';
    if (fd === 1) out1fmt('%s%s', sys_signame[sig], sep);
    else out2fmt('%s%s', sys_signame[sig], sep);
  }
}

function nosuchsignal(name: str): int {
  sh_warnx('kill: unknown signal %s; valid signals:', name);
  listsignals(2);
  return 1;
}

/** kill -l [status]: all signals, or the one that a status means */
function killlist(word: str): int {
  if (word === null) {
    listsignals(1);
    return 0;
  }
  let sig = is_number(word) && strlen(word) < 5 ? atoi(word) : 0;
  if (sig >= 128) sig -= 128;
  if (sig <= 0 || sig >= NSIG) return nosuchsignal(word);
  out1fmt('%s\n', sys_signame[sig]);
  return 0;
}

/** The process id that a word is, or means as a job; 0 after a complaint. */
function killpid(word: str): pid_t {
  const digits = word[0] === $ch('-') ? $padd<char>(word, 1) : word;
  /* Longer ones are no process ids, and would turn into others. */
  const pid = is_number(digits) && strlen(digits) < 10 ? atoi(word) : jobpid(word);
  if (pid === 0 && strcmp(word, '0') !== 0) sh_warnx('kill: illegal process id: %s', word);
  return pid;
}

function killusage(): int {
  out2str(
    'usage: kill [-s signal_name] pid ...\n       kill -l [exit_status]\n       kill -signal_name pid ...\n',
  );
  return 1;
}

export function killcmd(argc: int, argv: ptr<str>): int {
  let sig = SIGTERM;
  let i = 1;
  if (argc > 1 && strcmp(argv[1], '-l') === 0) return killlist(argv[2]);
  if (argc > 1 && argv[1][0] === $ch('-') && strcmp(argv[1], '--') !== 0) {
    const named = strcmp(argv[1], '-s') === 0;
    if (named && argc < 3) return killusage();
    const name = named ? argv[2] : $padd<char>(argv[1], 1);
    sig = getsignum(name);
    if (sig < 0) return nosuchsignal(name);
    i = named ? 3 : 2;
  }
  if (i < argc && strcmp(argv[i], '--') === 0) i++;
  if (i >= argc) return killusage();
  let status = 0;
  for (; i < argc; i++) {
    const pid = killpid(argv[i]);
    if (pid === 0 && strcmp(argv[i], '0') !== 0) {
      status = 1;
    } else if (kill(pid, sig) < 0) {
      sh_warnx('kill: %s: %s', argv[i], strerror(errno));
      status = 1;
    }
  }
  return status;
}
