/** kill(1). A program, and a builtin of sh, which knows jobs. */
import { NSIG, SIGTERM } from '../../../../kernel/src/sys/signal.h.js';
import type { pid_t } from '../../../../kernel/src/sys/types.h.js';
import type { FILE } from '../../include/stdio.h.js';
import { warn, warnx } from '../libc/gen/err.js';
import { sys_signame } from '../libc/gen/siglist.js';
import { isdigit } from '../libc/locale/isctype.js';
import { stderr, stdout } from '../libc/stdio/findfp.js';
import { fputs } from '../libc/stdio/fputs.js';
import { fprintf, printf } from '../libc/stdio/printf.js';
import { atoi } from '../libc/stdlib/strtol.js';
import { strcasecmp, strncasecmp } from '../libc/string/strcasecmp.js';
import { strcmp } from '../libc/string/strcmp.js';
import { strlen } from '../libc/string/strlen.js';
import { kill } from '../libc/sys/syscalls.js';

/** The process that a word means that is no number, 0 if it means none. */
type pidof_t = (word: str) => pid_t;

/** The number of a signal by its name, with SIG or without, or by digits; -1 if it is none. */
export function getsignum(name: str): int {
  if (alldigits(name)) return strlen(name) < 4 && atoi(name) < NSIG ? atoi(name) : -1;
  const s = strncasecmp(name, 'SIG', 3) === 0 ? $padd(name, 3) : name;
  for (let i = 1; i < NSIG; i++) if (strcasecmp(s, sys_signame[i]) === 0) return i;
  return -1;
}

function alldigits(s: str): boolean {
  let n = 0;
  while (isdigit(s[n])) n++;
  return n > 0 && s[n] === 0;
}

/** The names of the signals, in two lines. */
function listsignals(fp: FILE): void {
  for (let sig = 1; sig < NSIG; sig++) {
    const sep = sig === NSIG - 1 || sig === NSIG / 2 ? '\n' : ' ';
    fprintf(fp, '%s%s', sys_signame[sig], sep);
  }
}

function nosuchsignal(name: str): int {
  warnx('unknown signal %s; valid signals:', name);
  listsignals(stderr);
  return 1;
}

/** kill -l [status]: all signals, or the one that a status means */
function killlist(word: str): int {
  if (word === null) {
    listsignals(stdout);
    return 0;
  }
  let sig = alldigits(word) && strlen(word) < 5 ? atoi(word) : 0;
  if (sig >= 128) sig -= 128;
  if (sig <= 0 || sig >= NSIG) return nosuchsignal(word);
  printf('%s\n', sys_signame[sig]);
  return 0;
}

/** The process id that a word is, or means as a job; 0 after a complaint. */
function killpid(word: str, pidof: pidof_t): pid_t {
  const digits = word[0] === $ch('-') ? $padd<char>(word, 1) : word;
  /* Longer ones are no process ids, and would turn into others. */
  let pid = 0;
  if (alldigits(digits) && strlen(digits) < 10) pid = atoi(word);
  else if (pidof !== null) pid = pidof(word);
  if (pid === 0 && strcmp(word, '0') !== 0) warnx('illegal process id: %s', word);
  return pid;
}

function killusage(): int {
  fputs('usage: kill [-s signal_name] pid ...\n       kill -l [exit_status]\n', stderr);
  fputs('       kill -signal_name pid ...\n', stderr);
  return 1;
}

/** `pidof` tells the process of a word that is no number; null: there are none. */
export function killcmd(argc: int, argv: ptr<str>, pidof: pidof_t): int {
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
    const pid = killpid(argv[i], pidof);
    if (pid === 0 && strcmp(argv[i], '0') !== 0) {
      status = 1;
    } else if (kill(pid, sig) < 0) {
      warn('%s', argv[i]);
      status = 1;
    }
  }
  return status;
}
