/** time(1): real, user and system time of a command; -l all that is known of it, -p in the form of POSIX. */
import { EINTR, ENOENT } from '../../../../kernel/src/sys/errno.h.js';
import type { rusage } from '../../../../kernel/src/sys/resource.h.js';
import { SIGINT, SIGQUIT, SIG_IGN } from '../../../../kernel/src/sys/signal.h.js';
import type { timeval } from '../../../../kernel/src/sys/time.h.js';
import { WEXITSTATUS, WTERMSIG } from '../../../../kernel/src/sys/wait.h.js';
import { WIFEXITED } from '../../include/sys/wait.h.js';
import { err, warn } from '../../lib/libc/gen/err.js';
import { execvp } from '../../lib/libc/gen/exec.js';
import { signal } from '../../lib/libc/gen/signal.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, snprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { _exit, fork, gettimeofday, wait4 } from '../../lib/libc/sys/syscalls.js';

const TIMELEN = 24;

function usage(): never {
  fprintf(stderr, 'usage: time [-lp] command\n');
  exit(1);
}

/** A time of the report: seconds with two digits behind the point, `width` wide before it. */
function fmttime(buf: str, width: int, tv: timeval): str {
  const hundredths = (tv.tv_usec + 5000) / 10000;
  snprintf(buf, TIMELEN, '%*d.%02d', width, tv.tv_sec + hundredths / 100, hundredths % 100);
  return buf;
}

function prusage(n: int, what: str): void {
  fprintf(stderr, '%10d  %s\n', n, what);
}

/** -l */
function prlong(ru: rusage): void {
  prusage(ru.ru_maxrss, 'maximum resident set size');
  prusage(ru.ru_ixrss, 'average shared memory size');
  prusage(ru.ru_idrss, 'average unshared data size');
  prusage(ru.ru_isrss, 'average unshared stack size');
  prusage(ru.ru_minflt, 'page reclaims');
  prusage(ru.ru_majflt, 'page faults');
  prusage(ru.ru_nswap, 'swaps');
  prusage(ru.ru_inblock, 'block input operations');
  prusage(ru.ru_oublock, 'block output operations');
  prusage(ru.ru_msgsnd, 'messages sent');
  prusage(ru.ru_msgrcv, 'messages received');
  prusage(ru.ru_nsignals, 'signals received');
  prusage(ru.ru_nvcsw, 'voluntary context switches');
  prusage(ru.ru_nivcsw, 'involuntary context switches');
}

/** after -= before */
function timersub(after: timeval, before: timeval): void {
  after.tv_sec -= before.tv_sec;
  after.tv_usec -= before.tv_usec;
  if (after.tv_usec >= 0) return;
  after.tv_sec--;
  after.tv_usec += 1000000;
}

function prtimes(real: timeval, ru: rusage, pflag: boolean): void {
  const width = pflag ? 0 : 6;
  const r = fmttime($local<array<char, 24>>(), width, real);
  const u = fmttime($local<array<char, 24>>(), width, ru.ru_utime);
  const s = fmttime($local<array<char, 24>>(), width, ru.ru_stime);
  /* All at once: others may write to the same terminal. */
  fprintf(stderr, pflag ? 'real %s\nuser %s\nsys %s\n' : '%s real %s user %s sys\n', r, u, s);
}

export function main(argc: int, argv: ptr<str>): int {
  const before = $local<timeval>();
  const after = $local<timeval>();
  const ru = $local<rusage>();
  const status = $var<int>();
  let lflag = false;
  let pflag = false;
  for (let ch = getopt(argc, argv, 'lp'); ch !== -1; ch = getopt(argc, argv, 'lp')) {
    if (ch === $ch('l')) lflag = true;
    else if (ch === $ch('p')) pflag = true;
    else usage();
  }
  if (optind >= argc) usage();
  gettimeofday(before, 0);
  const pid = fork();
  if (pid < 0) err(1, 'fork');
  if (pid === 0) {
    execvp(argv[optind], $padd(argv, optind));
    const error = errno;
    warn('%s', argv[optind]);
    _exit(error === ENOENT ? 127 : 126);
  }
  /* What the keyboard sends is for the command. */
  signal(SIGINT, SIG_IGN);
  signal(SIGQUIT, SIG_IGN);
  while (wait4(pid, status, 0, ru) < 0) if (errno !== EINTR) err(1, 'wait');
  gettimeofday(after, 0);
  timersub(after, before);
  prtimes(after, ru, pflag);
  if (lflag) prlong(ru);
  return WIFEXITED(status[0]) ? WEXITSTATUS(status[0]) : 128 + WTERMSIG(status[0]);
}
