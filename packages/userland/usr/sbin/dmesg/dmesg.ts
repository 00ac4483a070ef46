/** dmesg(8): what the kernel has said. */
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { getsysctlbuf } from '../../lib/libutil/sysctlbuf.js';

export function main(argc: int, argv: ptr<str>): int {
  const len = $var<u32>();
  if (getopt(argc, argv, '') !== -1 || optind !== argc) {
    fprintf(stderr, 'usage: dmesg\n');
    return 1;
  }
  const buf = getsysctlbuf('kern.msgbuf', len);
  let last = 0;
  /* A buffer that has not come round is filled up with NULs. */
  for (let i: u32 = 0; i < len[0]; i++) {
    const c = $ld8(buf + i);
    if (c === 0) continue;
    putchar(c);
    last = c;
  }
  if (last !== 0 && last !== $ch('\n')) putchar($ch('\n'));
  return 0;
}
