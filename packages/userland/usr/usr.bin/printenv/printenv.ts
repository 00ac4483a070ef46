import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { getenv } from '../../lib/libc/stdlib/getenv.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';

/** printenv(1): shows the environment, or one variable of it. */
export function main(argc: int, argv: ptr<str>): int {
  if (getopt(argc, argv, '') !== -1 || argc - optind > 1) {
    fprintf(stderr, 'usage: printenv [name]\n');
    return 1;
  }
  if (optind < argc) {
    const value = getenv(argv[optind]);
    if (value === null) return 1;
    printf('%s\n', value);
    return 0;
  }
  for (let n = 0; environ[n] !== null; n++) printf('%s\n', environ[n]);
  return 0;
}
