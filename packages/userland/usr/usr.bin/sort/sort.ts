/** sort(1): the lines of all files, in memory. 0, or with -c 1 if they are not in order; 2: trouble. */
import { __progname } from '../../csu/crt0.js';
import type { FILE } from '../../include/stdio.h.js';
import { ferror } from '../../include/stdio.h.js';
import { err, errx } from '../../lib/libc/gen/err.js';
import { fclose } from '../../lib/libc/stdio/fclose.js';
import { fflush } from '../../lib/libc/stdio/fflush.js';
import { stderr, stdin, stdout } from '../../lib/libc/stdio/findfp.js';
import { fopen } from '../../lib/libc/stdio/fopen.js';
import { fread } from '../../lib/libc/stdio/fread.js';
import { fwrite } from '../../lib/libc/stdio/fwrite.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optarg, optind } from '../../lib/libc/stdlib/getopt.js';
import { malloc, realloc } from '../../lib/libc/stdlib/malloc.js';
import { mergesort } from '../../lib/libc/stdlib/merge.js';
import { memchr } from '../../lib/libc/string/memchr.js';
import { memcmp } from '../../lib/libc/string/memcmp.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { addkey, endkeys, keycompare, keyflag } from './keys.js';

/** What a key is compared by. */
export const K_BLANKS = 0x01; // b: leading blanks do not count
export const K_DICT = 0x02; // d: only blanks, letters and digits count
export const K_FOLD = 0x04; // f: without regard to case
export const K_PRINT = 0x08; // i: only printing characters count
export const K_NUMBER = 0x10; // n: as numbers
export const K_REVERSE = 0x20; // r

/**
 * A key: from a field and a character in it to another.
 * @lock p the program
 */
export interface sortkey extends struct {
  k_next: sortkey; // (p) what decides where this one does not
  k_sfield: int; // (p) first field, from 0
  k_schar: int; // (p) first character in it, from 0
  k_efield: int; // (p) field behind the last, -1: the end of the line
  k_echar: int; // (p) characters of the last field, 0: all of them
  k_flags: int; // (p) K_*
}

/**
 * A line.
 * @lock p the program
 * @size 8
 */
export interface sortline extends struct {
  l_text: u32; // (p) where it begins
  l_len: u32; // (p) length without its newline
}

export let sortkeys: sortkey = null;
export let global_flags: int = 0;
export let separator: int = -1;
export let uflag: int = 0;
let stable: int = 0;
let cflag: int = 0;
let outfile: str = null;

/** The whole input. */
let text: u32 = 0;
let textlen: u32 = 0;
let textroom: u32 = 0;

function usage(): never {
  fprintf(stderr, 'usage: sort [-bcdfimnrsu] [-k field1[,field2]] [-o output] [-t char] [file ...]\n');
  exit(2);
}

/** Reads a file behind what there is, and gives it the newline that it may lack. */
function readin(fp: FILE, name: str): void {
  for (;;) {
    if (textlen + 1 >= textroom) {
      textroom = textroom === 0 ? 65536 : 2 * textroom;
      text = realloc(text, textroom);
      if (text === 0) err(2, null);
    }
    const n = fread(text + textlen, 1, textroom - textlen - 1, fp);
    if (n === 0) break;
    textlen += n;
  }
  if (ferror(fp)) err(2, '%s', name);
  if (textlen > 0 && $ld8(text + textlen - 1) !== 10) $st8(text + textlen++, 10);
}

/** The lines of the input; how many to `np`. */
function lines(np: ptr<u32>): sortline {
  let n: u32 = 0;
  const end = text + textlen;
  for (let p = text; p !== end; p = memchr(p, 10, end - p) + 1) n++;
  const list = $cast<sortline>(malloc(n * $sizeof<sortline>()));
  if (list === null) err(2, null);
  let at: u32 = 0;
  for (let k: u32 = 0; k < n; k++) {
    const l = $idx(list, $i32(k));
    const nl = memchr(text + at, 10, textlen - at) - text;
    l.l_text = text + at;
    l.l_len = nl - at;
    at = nl + 1;
  }
  np[0] = n;
  return list;
}

/** The order of two lines by keys, then (but with -s and -u) byte by byte. */
export function compare(a: u32, b: u32): int {
  const x = $cast<sortline>(a);
  const y = $cast<sortline>(b);
  let d = 0;
  for (let k = sortkeys; k !== null && d === 0; k = k.k_next) d = keycompare(k, x, y);
  if (d !== 0 || (sortkeys !== null && (stable | uflag) !== 0)) return d;
  d = bytes(x, y);
  return global_flags & K_REVERSE ? -d : d;
}

function bytes(x: sortline, y: sortline): int {
  const d = memcmp(x.l_text, y.l_text, x.l_len < y.l_len ? x.l_len : y.l_len);
  if (d !== 0) return d;
  return x.l_len < y.l_len ? -1 : x.l_len > y.l_len ? 1 : 0;
}

/** -c: says which line is the first out of order. */
function check(list: sortline, n: u32, name: str): int {
  for (let i = 1; i < $i32(n); i++) {
    const d = compare($addr($idx(list, i - 1)), $addr($idx(list, i)));
    if (d < 0 || (d === 0 && uflag === 0)) continue;
    const l = $idx(list, i);
    fprintf(stderr, '%s: %s:%d: disorder: %.*s\n', __progname, name, i + 1, l.l_len, $cast<str>(l.l_text));
    return 1;
  }
  return 0;
}

/** The lines in their order; with -u only the first of equal ones. */
function writeout(list: sortline, n: u32): void {
  const fp = outfile === null ? stdout : fopen(outfile, 'w');
  if (fp === null) err(2, '%s', outfile);
  for (let i = 0; i < $i32(n); i++) {
    if (uflag !== 0 && i > 0 && compare($addr($idx(list, i - 1)), $addr($idx(list, i))) === 0) continue;
    const l = $idx(list, i);
    if (fwrite(l.l_text, 1, l.l_len + 1, fp) !== l.l_len + 1)
      err(2, '%s', outfile === null ? 'stdout' : outfile);
  }
  if (fflush(fp) !== 0) err(2, '%s', outfile === null ? 'stdout' : outfile);
}

export function main(argc: int, argv: ptr<str>): int {
  const n = $var<u32>();
  for (let ch = 0; (ch = getopt(argc, argv, 'bcdfik:mno:rst:u')) !== -1; ) {
    const f = keyflag(ch);
    if (f !== 0) global_flags |= f;
    else if (ch === $ch('c')) cflag = 1;
    else if (ch === $ch('k')) addkey(optarg);
    else if (ch === $ch('o')) outfile = optarg;
    else if (ch === $ch('s')) stable = 1;
    else if (ch === $ch('u')) uflag = 1;
    else if (ch === $ch('t') && strlen(optarg) === 1) separator = optarg[0];
    else if (ch === $ch('t')) errx(2, 'multi-character tab: %s', optarg);
    /* Merging what is in order gives the same as sorting it. */ else if (ch !== $ch('m')) usage();
  }
  endkeys();
  const files = argc - optind;
  if (cflag !== 0 && files > 1) errx(2, 'extra operand %s not allowed with -c', argv[optind + 1]);
  if (files === 0) readin(stdin, '-');
  for (let i = optind; i < argc; i++) {
    const isstdin = strcmp(argv[i], '-') === 0;
    const fp = isstdin ? stdin : fopen(argv[i], 'r');
    if (fp === null) err(2, '%s', argv[i]);
    readin(fp, argv[i]);
    if (!isstdin) fclose(fp);
  }
  const list = lines(n);
  if (cflag !== 0) return check(list, n[0], files === 0 ? '-' : argv[optind]);
  if (mergesort($addr(list), n[0], $sizeof<sortline>(), compare) !== 0) err(2, null);
  writeout(list, n[0]);
  return 0;
}
