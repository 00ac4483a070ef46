import { err } from '../../lib/libc/gen/err.js';
import { puts } from '../../lib/libc/stdio/fputs.js';

/** yes(1) */
export function main(argc: int, argv: ptr<str>): int {
  const text = argc > 1 ? argv[1] : 'y';
  while (puts(text) >= 0);
  err(1, 'stdout');
}
