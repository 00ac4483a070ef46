/** cmp(1): 0 the same, 1 different, more than 1 trouble. */
import type { FILE } from '../../include/stdio.h.js';
import { EOF } from '../../include/stdio.h.js';
import { errx, warn, warnx } from '../../lib/libc/gen/err.js';
import { stderr, stdin } from '../../lib/libc/stdio/findfp.js';
import { fopen } from '../../lib/libc/stdio/fopen.js';
import { getc } from '../../lib/libc/stdio/getc.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { strtoq } from '../../lib/libc/stdlib/strtol.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';

const OK_EXIT = 0;
const DIFF_EXIT = 1;
const ERR_EXIT = 2;
let lflag: int = 0;
let sflag: int = 0;

function usage(): never {
  fprintf(stderr, 'usage: cmp [-l | -s] file1 file2 [skip1 [skip2]]\n');
  exit(ERR_EXIT);
}

/** A file from some byte on. */
function openat(name: str, skip: str): FILE {
  const ep = $var<str>();
  const fp = strcmp(name, '-') === 0 ? stdin : fopen(name, 'r');
  if (fp === null) {
    if (sflag === 0) warn('%s', name);
    exit(ERR_EXIT);
  }
  if (skip === null) return fp;
  const n = strtoq(skip, ep, 0);
  if (ep[0][0] !== 0 || n < 0) errx(ERR_EXIT, '%s: illegal skip value', skip);
  for (let left = n; left > 0; left--) if (getc(fp) === EOF) break;
  return fp;
}

function eofmsg(name: str): never {
  if (sflag === 0) warnx('EOF on %s', name);
  exit(DIFF_EXIT);
}

export function main(argc: int, argv: ptr<str>): int {
  for (let ch = 0; (ch = getopt(argc, argv, 'ls')) !== -1; ) {
    if (ch === $ch('l')) lflag = 1;
    else if (ch === $ch('s')) sflag = 1;
    else usage();
  }
  const n = argc - optind;
  if (n < 2 || n > 4 || (lflag & sflag) !== 0) usage();
  const file1 = argv[optind];
  const file2 = argv[optind + 1];
  if (strcmp(file1, '-') === 0 && strcmp(file2, '-') === 0)
    errx(ERR_EXIT, 'standard input may only be specified once');
  const fp1 = openat(file1, n > 2 ? argv[optind + 2] : $cast<str>(0));
  const fp2 = openat(file2, n > 3 ? argv[optind + 3] : $cast<str>(0));
  let dfound = false;
  let line: i64 = 1;
  for (let byte: i64 = 1; ; byte++) {
    const ch1 = getc(fp1);
    const ch2 = getc(fp2);
    if (ch1 === EOF && ch2 === EOF) break;
    if (ch1 === EOF) eofmsg(file1);
    if (ch2 === EOF) eofmsg(file2);
    if (ch1 !== ch2) {
      if (sflag !== 0) exit(DIFF_EXIT);
      if (lflag === 0) {
        printf('%s %s differ: char %lld, line %lld\n', file1, file2, byte, line);
        exit(DIFF_EXIT);
      }
      dfound = true;
      printf('%6lld %3o %3o\n', byte, ch1, ch2);
    }
    if (ch1 === 10) line++;
  }
  return dfound ? DIFF_EXIT : OK_EXIT;
}
