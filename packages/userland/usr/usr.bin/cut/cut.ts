/** cut(1) */
import type { FILE } from '../../include/stdio.h.js';
import { errx, warn } from '../../lib/libc/gen/err.js';
import { isblank, isdigit } from '../../lib/libc/locale/isctype.js';
import { fclose } from '../../lib/libc/stdio/fclose.js';
import { fgetln } from '../../lib/libc/stdio/fgetln.js';
import { stderr, stdin, stdout } from '../../lib/libc/stdio/findfp.js';
import { fopen } from '../../lib/libc/stdio/fopen.js';
import { fwrite } from '../../lib/libc/stdio/fwrite.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optarg, optind } from '../../lib/libc/stdlib/getopt.js';
import { strtol } from '../../lib/libc/stdlib/strtol.js';
import { memchr } from '../../lib/libc/string/memchr.js';

const MAXPOS = 2048;
let cflag: int = 0;
let fflag: int = 0;
let sflag: int = 0;
let dchar: int = 9;
/** By column or field: is it wanted? */
let positions: array<char, 2049>;
let maxval: int = 0; // the last one that is named
let autostart: int = 0; // 1..autostart are all wanted
let autostop: int = 0; // from here on, 0: not

function usage(): never {
  fprintf(stderr, 'usage: cut -b list [-n] [file ...]\n');
  fprintf(stderr, '       cut -c list [file ...]\n');
  fprintf(stderr, '       cut -f list [-s] [-d delim] [file ...]\n');
  exit(1);
}

/** A position; 0 if there is none. */
function position(text: str, endp: ptr<str>): int {
  endp[0] = text;
  if (!isdigit(text[0])) return 0;
  const n = strtol(text, endp, 10);
  if (n === 0) errx(1, '[-cf] list: values may not include zero');
  if (n > MAXPOS) errx(1, '[-cf] list: %d too large (max %d)', n, MAXPOS);
  return n;
}

/** One item of a list: n, n-m, -m or n-; where it ends. */
function item(text: str): str {
  const endp = $var<str>();
  const from = position(text, endp);
  let to = from;
  if (endp[0][0] === $ch('-')) {
    to = position($padd(endp[0], 1), endp);
    if (from === 0 && to === 0) errx(1, '[-cf] list: illegal list value');
    if (from === 0 && to > autostart) autostart = to;
    if (to === 0 && (autostop === 0 || from < autostop)) autostop = from;
  } else if (from === 0) {
    errx(1, '[-cf] list: illegal list value');
  }
  const last = to === 0 ? from : to;
  if (from !== 0 && last < from) errx(1, '[-cf] list: illegal list value');
  if (last > maxval) maxval = last;
  for (let i = from === 0 ? 1 : from; i <= last; i++) positions[i] = 1;
  return endp[0];
}

function get_list(list: str): void {
  let p = list;
  for (;;) {
    p = item(p);
    if (p[0] === 0) break;
    if (p[0] !== $ch(',') && !isblank(p[0])) errx(1, '[-cf] list: illegal list value');
    p = $padd(p, 1);
  }
}

function wanted(pos: int): boolean {
  return (pos <= maxval && positions[pos] !== 0) || (autostop !== 0 && pos >= autostop);
}

function c_cut(line: str, len: u32): void {
  const n = len > 0 && line[len - 1] === 10 ? len - 1 : len;
  for (let i: u32 = 0; i < n; i++) if (wanted($i32(i) + 1)) putchar(line[i]);
  putchar(10);
}

function f_cut(line: str, len: u32): void {
  const n = len > 0 && line[len - 1] === 10 ? len - 1 : len;
  if (memchr($addr(line), dchar, n) === 0) {
    if (sflag !== 0) return;
    fwrite($addr(line), 1, n, stdout);
    putchar(10);
    return;
  }
  let first = true;
  let from: u32 = 0;
  for (let field = 1; from <= n; field++) {
    const p = memchr($addr($padd(line, from)), dchar, n - from);
    const end = p === 0 ? n : p - $addr(line);
    if (wanted(field)) {
      if (!first) putchar(dchar);
      first = false;
      fwrite($addr($padd(line, from)), 1, end - from, stdout);
    }
    from = end + 1;
  }
  putchar(10);
}

function cut(fp: FILE): void {
  const len = $var<u32>();
  for (let p = fgetln(fp, len); p !== null; p = fgetln(fp, len)) {
    if (fflag !== 0) f_cut(p, len[0]);
    else c_cut(p, len[0]);
  }
}

export function main(argc: int, argv: ptr<str>): int {
  let dflag = false;
  for (let ch = 0; (ch = getopt(argc, argv, 'b:c:d:f:sn')) !== -1; ) {
    switch (ch) {
      case $ch('b'):
      case $ch('c'):
        get_list(optarg);
        cflag = 1;
        break;
      case $ch('d'):
        dchar = optarg[0];
        dflag = true;
        break;
      case $ch('f'):
        get_list(optarg);
        fflag = 1;
        break;
      case $ch('s'):
        sflag = 1;
        break;
      case $ch('n'):
        break;
      default:
        usage();
    }
  }
  if (cflag === fflag || (cflag !== 0 && (dflag || sflag !== 0))) usage();
  if (optind === argc) cut(stdin);
  let rval = 0;
  for (let i = optind; i < argc; i++) {
    const fp = fopen(argv[i], 'r');
    if (fp === null) {
      warn('%s', argv[i]);
      rval = 1;
      continue;
    }
    cut(fp);
    fclose(fp);
  }
  return rval;
}
