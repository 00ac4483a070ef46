/** mknod(8) */
import { S_IFBLK, S_IFCHR } from '../../../../kernel/src/sys/stat.h.js';
import { err, errx } from '../../lib/libc/gen/err.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { strtol } from '../../lib/libc/stdlib/strtol.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { mknod } from '../../lib/libc/sys/syscalls.js';

function usage(): never {
  fprintf(stderr, 'usage: mknod name [b | c] major minor\n');
  exit(1);
}

function number(text: str, what: str): int {
  const ep = $var<str>();
  const n = strtol(text, ep, 0);
  if (ep[0][0] !== 0 || ep[0] === text || n < 0 || n > 255) errx(1, '%s: non-numeric %s number', text, what);
  return n;
}

export function main(argc: int, argv: ptr<str>): int {
  if (argc !== 5) usage();
  let mode = 0o666;
  if (strcmp(argv[2], 'c') === 0) mode |= S_IFCHR;
  else if (strcmp(argv[2], 'b') === 0) mode |= S_IFBLK;
  else errx(1, "node must be type 'b' or 'c'");
  const dev = (number(argv[3], 'major') << 8) | number(argv[4], 'minor');
  if (mknod(argv[1], mode, $u32(dev)) !== 0) err(1, '%s', argv[1]);
  return 0;
}
