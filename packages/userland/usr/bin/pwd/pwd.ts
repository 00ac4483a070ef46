import { err } from '../../lib/libc/gen/err.js';
import { getcwd } from '../../lib/libc/gen/getcwd.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';

/** pwd(1) */
export function main(argc: int, argv: ptr<str>): int {
  if (getopt(argc, argv, '') !== -1 || optind !== argc) {
    fprintf(stderr, 'usage: pwd\n');
    return 1;
  }
  const p = getcwd(null, 0);
  if (p === null) err(1, '.');
  printf('%s\n', p);
  return 0;
}
