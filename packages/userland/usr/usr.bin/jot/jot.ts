/** jot(1): sequences: jot [-n] [-b word] [-w word] [-s string] [-p precision] [reps [begin [end [s]]]]. */
import { ferror } from '../../include/stdio.h.js';
import { err, errx } from '../../lib/libc/gen/err.js';
import { isdigit } from '../../lib/libc/locale/isctype.js';
import { stderr, stdout } from '../../lib/libc/stdio/findfp.js';
import { fputs } from '../../lib/libc/stdio/fputs.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optarg, optind } from '../../lib/libc/stdlib/getopt.js';
import { atoi } from '../../lib/libc/stdlib/strtol.js';
import { strchr } from '../../lib/libc/string/strchr.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import type { decimal } from '../../lib/libutil/decimal.h.js';
import { DECIMAL_ONE, DECIMAL_PLACES } from '../../lib/libutil/decimal.h.js';
import { decimal_print, decimal_read } from '../../lib/libutil/decimal.js';

/** What was given of the four operands. */
const HAVE_REPS = 1;
const HAVE_BEGIN = 2;
const HAVE_ENDER = 4;
const HAVE_STEP = 8;

let boring: str = null; // the word of -b
let format: str = null; // the word of -w
let sepstring: str = '\n';
let nofinalnl: int = 0;
let prec: int = -1;

function usage(): never {
  fprintf(
    stderr,
    'usage: jot [-n] [-b word] [-w word] [-s string] [-p precision] [reps [begin [end [s]]]]\n',
  );
  exit(1);
}

/** An operand; `-` is none. */
function operand(text: str, d: decimal, bit: int): int {
  if (strcmp(text, '-') === 0) return 0;
  if (!decimal_read(text, d)) errx(1, 'bad value: %s', text);
  return bit;
}

function putdata(x: i64, last: boolean): void {
  if (boring !== null) fputs(boring, stdout);
  else if (format === null) decimal_print(stdout, x, prec);
  else if (strchr(format, $ch('%')) === null) {
    fputs(format, stdout);
    decimal_print(stdout, x, prec);
  } else {
    printf(format, $i32(x / DECIMAL_ONE));
  }
  if (!last) fputs(sepstring, stdout);
  if (ferror(stdout)) err(1, 'stdout');
}

export function main(argc: int, argv: ptr<str>): int {
  const reps = $local<decimal>();
  const begin = $local<decimal>();
  const ender = $local<decimal>();
  const s = $local<decimal>();
  for (
    let ch = 0;
    argv[optind] !== null && !isdigit(argv[optind][1]) && (ch = getopt(argc, argv, 'b:np:s:w:')) !== -1;
  ) {
    switch (ch) {
      case $ch('b'):
        boring = optarg;
        break;
      case $ch('n'):
        nofinalnl = 1;
        break;
      case $ch('p'):
        prec = atoi(optarg);
        if (prec < 0 || prec > DECIMAL_PLACES) errx(1, 'bad precision value');
        break;
      case $ch('s'):
        sepstring = optarg;
        break;
      case $ch('w'):
        format = optarg;
        break;
      default:
        usage();
    }
  }
  const n = argc - optind;
  if (n > 4) usage();
  decimal_read('100', reps);
  decimal_read('1', begin);
  decimal_read('100', ender);
  decimal_read('1', s);
  let mask = 0;
  if (n > 0) mask |= operand(argv[optind], reps, HAVE_REPS);
  if (n > 1) mask |= operand(argv[optind + 1], begin, HAVE_BEGIN);
  if (n > 2) mask |= operand(argv[optind + 2], ender, HAVE_ENDER);
  if (n > 3) mask |= operand(argv[optind + 3], s, HAVE_STEP);
  let count = reps.d_value / DECIMAL_ONE;
  if (count < 0) errx(1, 'bad number of reps: %s', argv[optind]);
  if (prec < 0) {
    prec = begin.d_places > s.d_places ? begin.d_places : s.d_places;
    if (ender.d_places > prec) prec = ender.d_places;
  }
  let step = s.d_value;
  if ((mask & HAVE_STEP) === 0 && mask & HAVE_ENDER) {
    /* Without a number of repetitions the step is one, towards the end. */
    if ((mask & HAVE_REPS) === 0) step = ender.d_value < begin.d_value ? -DECIMAL_ONE : DECIMAL_ONE;
    else if (count > 1) step = (ender.d_value - begin.d_value) / (count - 1);
    else step = 0;
  }
  if (mask & HAVE_ENDER && (mask & (HAVE_REPS | HAVE_STEP)) !== (HAVE_REPS | HAVE_STEP)) {
    if (step === 0 && (mask & HAVE_REPS) === 0) errx(1, 'infinite sequences cannot be bounded');
    if ((mask & HAVE_REPS) === 0) count = (ender.d_value - begin.d_value + step) / step;
    if (count < 0) errx(1, 'impossible stepsize');
    if ((mask & HAVE_BEGIN) === 0) begin.d_value = ender.d_value - step * (count - 1);
  }
  let x = begin.d_value;
  for (let i: i64 = 1; count === 0 || i <= count; i++, x += step) putdata(x, i === count);
  if (nofinalnl === 0) putchar(10);
  return 0;
}
