/** tail(1) */
import { SEEK_END, SEEK_SET } from '../../../../kernel/src/sys/fcntl.h.js';
import type { off_t } from '../../../../kernel/src/sys/types.h.js';
import type { FILE } from '../../include/stdio.h.js';
import { EOF, ferror, fileno } from '../../include/stdio.h.js';
import type { struct_stat } from '../../include/sys/stat.h.js';
import { S_ISREG } from '../../include/sys/stat.h.js';
import { err, errx, warn } from '../../lib/libc/gen/err.js';
import { sleep } from '../../lib/libc/gen/sleep.js';
import { isdigit } from '../../lib/libc/locale/isctype.js';
import { fclose } from '../../lib/libc/stdio/fclose.js';
import { fflush } from '../../lib/libc/stdio/fflush.js';
import { fgetln } from '../../lib/libc/stdio/fgetln.js';
import { stderr, stdin, stdout } from '../../lib/libc/stdio/findfp.js';
import { fopen } from '../../lib/libc/stdio/fopen.js';
import { fread } from '../../lib/libc/stdio/fread.js';
import { clearerr, fseeko } from '../../lib/libc/stdio/fseek.js';
import { fwrite } from '../../lib/libc/stdio/fwrite.js';
import { getc } from '../../lib/libc/stdio/getc.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optarg, optind } from '../../lib/libc/stdlib/getopt.js';
import { free, malloc, realloc } from '../../lib/libc/stdlib/malloc.js';
import { QUAD_MAX, strtoq } from '../../lib/libc/stdlib/strtol.js';
import { memmove } from '../../lib/libc/string/bcopy.js';
import { strlcpy } from '../../lib/libc/string/strlcpy.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { fstat } from '../../lib/libc/sys/syscalls.js';

const BLOCK = 8192;
/** Where to begin: a number of units, from the start (+) or the end (-). */
const UNIT_LINE = 0;
const UNIT_BYTE = 1;
let unit: int = UNIT_LINE;
let off: i64 = 10;
let fromstart: int = 0;
let rflag: int = 0;
let fflag: int = 0;
let rval: int = 0;

function usage(): never {
  fprintf(stderr, 'usage: tail [-f | -r] [-b # | -c # | -n #] [file ...]\n');
  exit(1);
}

function ierr(fname: str): void {
  warn('%s', fname);
  rval = 1;
}

function out(p: u32, n: u32): void {
  if (fwrite(p, 1, n, stdout) !== n) err(1, 'stdout');
}

/** The rest of a file. */
function rest(fp: FILE): void {
  const len = $var<u32>();
  for (let p = fgetln(fp, len); p !== null; p = fgetln(fp, len)) out($addr(p), len[0]);
}

/** From a place counted from the start. */
function forward(fp: FILE): void {
  const len = $var<u32>();
  let skip = off > 0 ? off - 1 : off;
  for (; skip > 0; skip--) {
    if (unit === UNIT_LINE) {
      if (fgetln(fp, len) === null) return;
    } else if (getc(fp) === EOF) {
      return;
    }
  }
  rest(fp);
}

/** Where the last lines of a file begin whose size is known, looked for from its end. */
function rlines(fp: FILE, size: off_t): off_t {
  const buf = malloc(BLOCK);
  if (buf === 0) err(1, null);
  let lines = off;
  let found: off_t = 0;
  /* The newline that ends the last line does not begin another one. */
  for (let end = size; end > 0 && found === 0; ) {
    const from = end > BLOCK ? end - BLOCK : 0;
    const n = $u32(end - from);
    if (fseeko(fp, from, SEEK_SET) !== 0 || fread(buf, 1, n, fp) !== n) break;
    for (let i = n; i > 0; i--) {
      if ($ld8(buf + i - 1) !== 10 || from + $i64(i) === size) continue;
      if (--lines === 0) {
        found = from + $i64(i);
        break;
      }
    }
    end = from;
  }
  free(buf);
  return found;
}

/** All that is left of a stream in memory; its length. */
function slurp(fp: FILE, textp: ptr<u32>): u32 {
  let size: u32 = 0;
  let len: u32 = 0;
  let text: u32 = 0;
  for (;;) {
    if (len === size) {
      size = size === 0 ? BLOCK : 2 * size;
      text = realloc(text, size);
      if (text === 0) err(1, null);
    }
    const n = fread(text + len, 1, size - len, fp);
    if (n === 0) break;
    len += n;
    /* Of a long stream only the end is kept. */
    if (unit === UNIT_BYTE && rflag === 0 && $i64(len) > 2 * off + BLOCK) {
      const keep = $u32(off);
      memmove(text, text + len - keep, keep);
      len = keep;
    }
  }
  textp[0] = text;
  return len;
}

/** Where the last lines or bytes of a text begin. */
function tailof(text: u32, len: u32): u32 {
  if (unit === UNIT_BYTE) return $i64(len) > off ? len - $u32(off) : 0;
  let lines = off;
  for (let i = len; i > 0; i--) {
    if (lines === 0) return i;
    if (i !== 1 && $ld8(text + i - 2) === 10 && i - 1 !== len && --lines === 0) return i - 1;
  }
  return 0;
}

/** The last lines, the last one first. */
function reverse(fp: FILE): void {
  const textp = $var<u32>();
  const len = slurp(fp, textp);
  const text = textp[0];
  let left = off;
  let end = len;
  while (end > 0 && left > 0) {
    let from = end - 1;
    while (from > 0 && $ld8(text + from - 1) !== 10) from--;
    out(text + from, end - from);
    end = from;
    left--;
  }
  free(text);
}

function backward(fp: FILE): void {
  const sb = $local<struct_stat>();
  const textp = $var<u32>();
  if (fstat(fileno(fp), sb) === 0 && S_ISREG(sb.st_mode)) {
    const at = unit === UNIT_LINE ? rlines(fp, sb.st_size) : sb.st_size > off ? sb.st_size - off : 0;
    if (off === 0) {
      fseeko(fp, 0, SEEK_END);
      return;
    }
    if (fseeko(fp, at, SEEK_SET) !== 0) return;
    rest(fp);
    return;
  }
  const len = slurp(fp, textp);
  const at = off === 0 ? len : tailof(textp[0], len);
  out(textp[0] + at, len - at);
  free(textp[0]);
}

/** What comes to the file from now on, looked for every second. */
function follow(fp: FILE): void {
  for (;;) {
    rest(fp);
    if (fflush(stdout) !== 0) err(1, 'stdout');
    clearerr(fp);
    sleep(1);
  }
}

function one(fp: FILE, fname: str): void {
  if (rflag !== 0) reverse(fp);
  else if (fromstart !== 0) forward(fp);
  else backward(fp);
  if (ferror(fp)) ierr(fname);
  else if (fflag !== 0) follow(fp);
}

/** The number of an option: + from the start, blocks of `units`. */
function number(text: str, units: int): void {
  const ep = $var<str>();
  errno = 0;
  const n = strtoq(text, ep, 10);
  if (ep[0][0] !== 0 || ep[0] === text || errno !== 0) errx(1, 'illegal offset -- %s', text);
  fromstart = text[0] === $ch('+') ? 1 : 0;
  off = (n < 0 ? -n : n) * $i64(units);
}

/** Turns -5, +5, -5c and the like into the options of today. */
function obsolete(argv: ptr<str>): void {
  const ap = argv[1];
  if (ap === null || (ap[0] !== 43 && (ap[0] !== 45 || !isdigit(ap[1])))) return;
  const len = strlen(ap);
  const copy = $cast<str>(malloc(len + 4));
  if (copy === null) err(1, null);
  const last: int = ap[len - 1];
  const digits = isdigit(last);
  if (!digits && last !== $ch('c') && last !== $ch('b') && last !== $ch('l'))
    errx(1, 'illegal option -- %s', ap);
  copy[0] = 45;
  copy[1] = last === $ch('c') || last === $ch('b') ? last : $ch('n');
  strlcpy($padd(copy, 2), ap, digits ? len + 1 : len);
  argv[1] = copy;
}

export function main(argc: int, argv: ptr<str>): int {
  let style = 0;
  obsolete(argv);
  for (let ch = 0; (ch = getopt(argc, argv, 'b:c:fn:r')) !== -1; ) {
    switch (ch) {
      case $ch('b'):
        unit = UNIT_BYTE;
        number(optarg, 512);
        style++;
        break;
      case $ch('c'):
        unit = UNIT_BYTE;
        number(optarg, 1);
        style++;
        break;
      case $ch('n'):
        unit = UNIT_LINE;
        number(optarg, 1);
        style++;
        break;
      case $ch('f'):
        fflag = 1;
        break;
      case $ch('r'):
        rflag = 1;
        break;
      default:
        usage();
    }
  }
  const files = argc - optind;
  if (style > 1 || (fflag !== 0 && files > 1)) usage();
  if (rflag !== 0) {
    if (fflag !== 0 || fromstart !== 0 || unit !== UNIT_LINE) usage();
    /* Without a number all of it. */
    if (style === 0) off = QUAD_MAX;
  }
  if (files === 0) one(stdin, 'stdin');
  let first = true;
  for (let i = optind; i < argc; i++) {
    const fp = fopen(argv[i], 'r');
    if (fp === null) {
      ierr(argv[i]);
      continue;
    }
    if (files > 1) printf('%s==> %s <==\n', first ? '' : '\n', argv[i]);
    first = false;
    one(fp, argv[i]);
    fclose(fp);
  }
  return rval;
}
