/** date(1): the time of day, which is virtual time; with +format as strftime(3) has it. */
import { err } from '../../lib/libc/gen/err.js';
import { time } from '../../lib/libc/gen/time.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { localtime } from '../../lib/libc/stdtime/localtime.js';
import { strftime } from '../../lib/libc/stdtime/strftime.js';

function usage(): never {
  fprintf(stderr, 'usage: date [-u] [+format]\n');
  exit(1);
}

export function main(argc: int, argv: ptr<str>): int {
  const tval = $var<int>();
  const buf = $local<array<char, 1024>>();
  let format: str = '%a %b %e %H:%M:%S %Z %Y';
  /* -u asks for UTC: there is no other time zone. */
  for (let ch = getopt(argc, argv, 'u'); ch !== -1; ch = getopt(argc, argv, 'u'))
    if (ch !== $ch('u')) usage();
  if (optind < argc) {
    if (argv[optind][0] !== $ch('+') || optind + 1 < argc) usage();
    format = $padd(argv[optind], 1);
  }
  if (time(tval) === -1) err(1, 'time');
  strftime(buf, 1024, format, localtime(tval));
  printf('%s\n', buf);
  return 0;
}
