/** sleep(1): also of parts of a second. */
import type { timespec } from '../../../../kernel/src/sys/time.h.js';
import { isdigit } from '../../lib/libc/locale/isctype.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { strtol } from '../../lib/libc/stdlib/strtol.js';
import { nanosleep } from '../../lib/libc/sys/syscalls.js';

function usage(): never {
  fprintf(stderr, 'usage: sleep seconds\n');
  exit(1);
}

export function main(argc: int, argv: ptr<str>): int {
  const t = $local<timespec>();
  const end = $var<str>();
  if (argc !== 2) usage();
  const text = argv[1];
  t.ts_sec = 0;
  t.ts_nsec = 0;
  if (isdigit(text[0])) {
    errno = 0;
    t.ts_sec = strtol(text, end, 10);
    if (errno !== 0) usage();
  } else {
    end[0] = text;
  }
  let rest = end[0];
  if (rest[0] === $ch('.') && (isdigit(rest[1]) || rest !== text)) {
    rest = $padd(rest, 1);
    for (let unit = 100000000; isdigit(rest[0]); rest = $padd(rest, 1)) {
      t.ts_nsec += (rest[0] - 48) * unit;
      unit /= 10;
    }
  }
  if (rest === text || rest[0] !== 0) usage();
  nanosleep(t, null);
  return 0;
}
