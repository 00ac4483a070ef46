import { sync } from '../../lib/libc/sys/syscalls.js';

/** sync(8): writes out what the file systems have in memory. */
export function main(argc: int, argv: ptr<str>): int {
  sync();
  return 0;
}
