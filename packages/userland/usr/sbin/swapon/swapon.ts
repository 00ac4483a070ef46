import { warn } from '../../lib/libc/gen/err.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { swapon } from '../../lib/libc/sys/syscalls.js';

/** swapon(8): lets the system swap to devices. */
export function main(argc: int, argv: ptr<str>): int {
  let status = 0;
  if (argc < 2) {
    fprintf(stderr, 'usage: swapon special_file ...\n');
    return 1;
  }
  for (let i = 1; i < argc; i++) {
    if (swapon(argv[i]) === 0) continue;
    warn('%s', argv[i]);
    status = 1;
  }
  return status;
}
