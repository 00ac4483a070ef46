/** nice(1): runs a utility with another priority. */
import { ENOENT } from '../../../../kernel/src/sys/errno.h.js';
import { PRIO_PROCESS } from '../../../../kernel/src/sys/resource.h.js';
import { err, warn } from '../../lib/libc/gen/err.js';
import { execvp } from '../../lib/libc/gen/exec.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { strtol } from '../../lib/libc/stdlib/strtol.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { getpriority, setpriority } from '../../lib/libc/sys/syscalls.js';

const DEFNICE = 10;

function usage(): never {
  fprintf(stderr, 'usage: nice [-n incr] utility [argument ...]\n');
  exit(1);
}

function increment(s: str): int {
  const end = $var<str>();
  const value = strtol(s, end, 10);
  if (end[0] === s || end[0][0] !== 0) usage();
  return value;
}

export function main(argc: int, argv: ptr<str>): int {
  let niceness = DEFNICE;
  let i = 1;
  if (argc > 2 && strcmp(argv[1], '-n') === 0) {
    niceness = increment(argv[2]);
    i = 3;
  } else if (argc > 1 && argv[1][0] === $ch('-') && argv[1][1] !== 0) {
    /* As it was written before POSIX: -incr, and --incr to make it less nice. */
    niceness = increment($padd<char>(argv[1], 1));
    i = 2;
  }
  if (i >= argc) usage();
  errno = 0;
  niceness += getpriority(PRIO_PROCESS, 0);
  if (errno !== 0) warn('getpriority');
  else if (setpriority(PRIO_PROCESS, 0, niceness) < 0) warn('setpriority');
  execvp(argv[i], $padd(argv, i));
  const status = errno === ENOENT ? 127 : 126;
  err(status, '%s', argv[i]);
}
