import { err } from '../../lib/libc/gen/err.js';
import { fflush } from '../../lib/libc/stdio/fflush.js';
import { stdout } from '../../lib/libc/stdio/findfp.js';
import { fputs } from '../../lib/libc/stdio/fputs.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';

/** echo(1): writes its arguments, with -n without a newline. */
export function main(argc: int, argv: ptr<str>): int {
  let i = 1;
  let nflag = false;
  if (argc > 1 && strcmp(argv[1], '-n') === 0) {
    nflag = true;
    i++;
  }
  for (; i < argc; i++) {
    fputs(argv[i], stdout);
    if (i + 1 < argc) putchar($ch(' '));
  }
  if (!nflag) putchar($ch('\n'));
  if (fflush(stdout) !== 0) err(1, 'stdout');
  return 0;
}
