/** env(1): shows the environment, or runs a utility in a changed one. */
import { ENOENT } from '../../../../kernel/src/sys/errno.h.js';
import { err } from '../../lib/libc/gen/err.js';
import { execvp } from '../../lib/libc/gen/exec.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { putenv } from '../../lib/libc/stdlib/getenv.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { strchr } from '../../lib/libc/string/strchr.js';

function usage(): never {
  fprintf(stderr, 'usage: env [-i] [name=value ...] [utility [argument ...]]\n');
  exit(1);
}

export function main(argc: int, argv: ptr<str>): int {
  const cleanenv = $local<array<str, 1>>();
  for (let ch = getopt(argc, argv, '-i'); ch !== -1; ch = getopt(argc, argv, '-i')) {
    if (ch !== $ch('-') && ch !== $ch('i')) usage();
    cleanenv[0] = null;
    environ = cleanenv;
  }
  let i = optind;
  for (; i < argc && strchr(argv[i], $ch('=')) !== null; i++) putenv(argv[i]);
  if (i < argc) {
    execvp(argv[i], $padd(argv, i));
    const status = errno === ENOENT ? 127 : 126;
    err(status, '%s', argv[i]);
  }
  for (let n = 0; environ[n] !== null; n++) printf('%s\n', environ[n]);
  return 0;
}
