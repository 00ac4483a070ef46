/** seq(1): numbers from first to last. BSD of 2001 had jot(1); scripts of today have this. */
import { EOF } from '../../include/stdio.h.js';
import { err } from '../../lib/libc/gen/err.js';
import { stderr, stdout } from '../../lib/libc/stdio/findfp.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import type { decimal } from '../../lib/libutil/decimal.h.js';
import { decimal_print, decimal_read } from '../../lib/libutil/decimal.js';

function usage(): never {
  fprintf(stderr, 'usage: seq [first [incr]] last\n');
  exit(1);
}

export function main(argc: int, argv: ptr<str>): int {
  const first = $local<decimal>();
  const incr = $local<decimal>();
  const last = $local<decimal>();
  decimal_read('1', first);
  decimal_read('1', incr);
  if (argc < 2 || argc > 4 || !decimal_read(argv[argc - 1], last)) usage();
  if (argc > 2 && !decimal_read(argv[1], first)) usage();
  if (argc > 3 && !decimal_read(argv[2], incr)) usage();
  const step = incr.d_value;
  if (step === 0) usage();
  const places = first.d_places > incr.d_places ? first.d_places : incr.d_places;
  for (let x = first.d_value; step > 0 ? x <= last.d_value : x >= last.d_value; x += step) {
    decimal_print(stdout, x, places);
    if (putchar(10) === EOF) err(1, 'stdout');
  }
  return 0;
}
