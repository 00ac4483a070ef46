/** head(1) */
import type { FILE } from '../../include/stdio.h.js';
import { err, errx, warn } from '../../lib/libc/gen/err.js';
import { isdigit } from '../../lib/libc/locale/isctype.js';
import { fclose } from '../../lib/libc/stdio/fclose.js';
import { fgetln } from '../../lib/libc/stdio/fgetln.js';
import { stderr, stdin, stdout } from '../../lib/libc/stdio/findfp.js';
import { fopen } from '../../lib/libc/stdio/fopen.js';
import { fread } from '../../lib/libc/stdio/fread.js';
import { fwrite } from '../../lib/libc/stdio/fwrite.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optarg, optind } from '../../lib/libc/stdlib/getopt.js';
import { malloc } from '../../lib/libc/stdlib/malloc.js';
import { strtoq } from '../../lib/libc/stdlib/strtol.js';
import { strcpy } from '../../lib/libc/string/strcpy.js';
import { strlen } from '../../lib/libc/string/strlen.js';

function usage(): never {
  fprintf(stderr, 'usage: head [-n lines | -c bytes] [file ...]\n');
  exit(1);
}

/** A count of at least 1. */
function count(text: str, what: str): i64 {
  const ep = $var<str>();
  errno = 0;
  const n = strtoq(text, ep, 10);
  if (ep[0][0] !== 0 || ep[0] === text || n <= 0 || errno !== 0)
    errx(1, 'illegal %s count -- %s', what, text);
  return n;
}

function head_lines(fp: FILE, lines: i64): void {
  const len = $var<u32>();
  for (let left = lines; left > 0; left--) {
    const cp = fgetln(fp, len);
    if (cp === null) return;
    if (fwrite($addr(cp), 1, len[0], stdout) !== len[0]) err(1, 'stdout');
  }
}

function head_bytes(fp: FILE, bytes: i64): void {
  const buf = $local<array<char, 4096>>();
  for (let left = bytes; left > 0; ) {
    const n = fread($addr(buf), 1, left < 4096 ? $u32(left) : 4096, fp);
    if (n === 0) return;
    if (fwrite($addr(buf), 1, n, stdout) !== n) err(1, 'stdout');
    left -= $i64(n);
  }
}

/** Turns the old form, -5, into -n 5. */
function obsolete(argv: ptr<str>): void {
  for (let i = 1; argv[i] !== null; i++) {
    const ap = argv[i];
    if (ap[0] !== 45 || ap[1] === 45 || ap[1] === 0) return;
    if (isdigit(ap[1])) {
      const copy = $cast<str>(malloc(strlen(ap) + 2));
      if (copy === null) err(1, null);
      strcpy(copy, '-n');
      strcpy($padd(copy, 2), $padd(ap, 1));
      argv[i] = copy;
    } else if (ap[2] === 0 && argv[i + 1] !== null) {
      i++;
    }
  }
}

export function main(argc: int, argv: ptr<str>): int {
  let linecnt: i64 = -1;
  let bytecnt: i64 = -1;
  obsolete(argv);
  for (let ch = 0; (ch = getopt(argc, argv, 'n:c:')) !== -1; ) {
    switch (ch) {
      case $ch('c'):
        bytecnt = count(optarg, 'byte');
        break;
      case $ch('n'):
        linecnt = count(optarg, 'line');
        break;
      default:
        usage();
    }
  }
  if (linecnt !== -1 && bytecnt !== -1) errx(1, "can't combine line and byte counts");
  if (linecnt === -1) linecnt = 10;
  const files = argc - optind;
  let eval_ = 0;
  let first = true;
  for (let i = optind; i < argc || (files === 0 && first); i++) {
    const fp = files === 0 ? stdin : fopen(argv[i], 'r');
    if (fp === null) {
      warn('%s', argv[i]);
      eval_ = 1;
      continue;
    }
    if (files > 1) printf('%s==> %s <==\n', first ? '' : '\n', argv[i]);
    first = false;
    if (bytecnt === -1) head_lines(fp, linecnt);
    else head_bytes(fp, bytecnt);
    if (fp !== stdin) fclose(fp);
    if (files === 0) break;
  }
  return eval_;
}
