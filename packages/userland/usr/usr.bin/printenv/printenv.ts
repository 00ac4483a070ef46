import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { getenv } from '../../lib/libc/stdlib/getenv.js';

/** printenv(1): shows the environment, or one variable of it. */
export function main(argc: int, argv: ptr<str>): int {
  if (argc > 2) {
    fprintf(stderr, 'usage: printenv [name]\n');
    return 1;
  }
  if (argc === 2) {
    const value = getenv(argv[1]);
    if (value === null) return 1;
    printf('%s\n', value);
    return 0;
  }
  for (let n = 0; environ[n] !== null; n++) printf('%s\n', environ[n]);
  return 0;
}
