/** tr(1) */
import { EOF } from '../../include/stdio.h.js';
import { err, errx } from '../../lib/libc/gen/err.js';
import { isdigit } from '../../lib/libc/locale/isctype.js';
import { _ctype_class } from '../../lib/libc/locale/wctype.js';
import { stderr, stdout } from '../../lib/libc/stdio/findfp.js';
import { getchar } from '../../lib/libc/stdio/getc.js';
import { setbuf } from '../../lib/libc/stdio/makebuf.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { realloc } from '../../lib/libc/stdlib/malloc.js';
import { strtol } from '../../lib/libc/stdlib/strtol.js';
import { bzero } from '../../lib/libc/string/memset.js';
import { strstr } from '../../lib/libc/string/strstr.js';
import { backslash_char } from '../../lib/libutil/escape.js';

const NCHARS = 256;
/** Longest string after its ranges were written out. */
const MAXSET = 65536;
let cflag: int = 0;
let dflag: int = 0;
let sflag: int = 0;

/**
 * A string of characters, written out.
 * @lock p the program
 */
interface charset extends struct {
  n: int; // (p) how many
  room: int; // (p) room for
  chars: str; // (p) they
}

function usage(): never {
  fprintf(stderr, 'usage: tr [-csu] string1 string2\n');
  fprintf(stderr, '       tr [-cu] -d string1\n');
  fprintf(stderr, '       tr [-cu] -s string1\n');
  fprintf(stderr, '       tr [-cu] -ds string1 string2\n');
  exit(1);
}

function add(s: charset, c: int): void {
  if (s.n === MAXSET) errx(1, 'string too long');
  if (s.n === s.room) {
    s.room = 2 * s.room + NCHARS;
    s.chars = $cast<str>(realloc($addr(s.chars), $u32(s.room)));
    if (s.chars === null) err(1, null);
  }
  s.chars[s.n++] = c;
}

/** A character, with its backslash; what is behind it goes to `endp`. */
function character(p: str, endp: ptr<str>): int {
  endp[0] = $padd(p, 1);
  if (p[0] !== $ch('\\')) return p[0];
  let i = 1;
  let octal = 0;
  for (; i <= 3 && p[i] >= 48 && p[i] <= 55; i++) octal = 8 * octal + p[i] - 48;
  if (i > 1) {
    endp[0] = $padd(p, i);
    return octal & 0xff;
  }
  if (p[1] === 0) return $ch('\\');
  endp[0] = $padd(p, 2);
  return backslash_char(p[1]);
}

/** [:name:], of which the bracket and the colon were seen; what is behind it, or null: it is none. */
function genclass(s: charset, p: str): str {
  const end = strstr($padd(p, 2), ':]');
  if (end === null) return null;
  const len = $u32($addr(end) - $addr(p)) - 2;
  const entry = _ctype_class($padd(p, 2), len);
  if (entry === null) errx(1, 'unknown class %.*s', len, $padd(p, 2));
  for (let c = 0; c < NCHARS; c++) if (entry.cc_is(c)) add(s, c);
  return $padd(end, 2);
}

/** [x*n] and [x*] of string2; what is behind it, or null: it is none. `size` is how long string1 is. */
function genseq(s: charset, p: str, size: int): str {
  const endp = $var<str>();
  if (p[1] === 0) return null;
  const c = character($padd(p, 1), endp);
  if (endp[0][0] !== $ch('*')) return null;
  const digits: str = $padd(endp[0], 1);
  let n = 0;
  endp[0] = digits;
  if (isdigit(digits[0])) n = strtol(digits, endp, digits[0] === 48 ? 8 : 10);
  if (endp[0][0] !== $ch(']')) return null;
  if (n === 0) n = size > s.n ? size - s.n : 0;
  for (; n > 0; n--) add(s, c);
  return $padd(endp[0], 1);
}

/** Writes a string out. `size` is -1 for string1, otherwise the length of that. */
function expand(s: charset, text: str, size: int): void {
  const endp = $var<str>();
  s.n = 0;
  s.room = 0;
  s.chars = null;
  for (let p = text; p[0] !== 0; ) {
    if (p[0] === $ch('[')) {
      let after: str = null;
      if (p[1] === $ch(':')) after = genclass(s, p);
      else if (p[1] === $ch('=') && p[2] !== 0 && p[3] === $ch('=') && p[4] === $ch(']')) {
        add(s, p[2]);
        after = $padd(p, 5);
      } else if (size >= 0) after = genseq(s, p, size);
      if (after !== null) {
        p = after;
        continue;
      }
    }
    const from = character(p, endp);
    p = endp[0];
    let to = from;
    if (p[0] === $ch('-') && p[1] !== 0) {
      const behind = character($padd(p, 1), endp);
      /* "z-a" is three characters. */
      if (behind >= from) {
        to = behind;
        p = endp[0];
      }
    }
    for (let c = from; c <= to; c++) add(s, c);
  }
}

/** Marks the characters of a set; with `complement` the others. */
function setup(map: array<char, 256>, s: charset, complement: boolean): void {
  bzero($addr(map), NCHARS);
  for (let i = 0; i < s.n; i++) map[s.chars[i]] = 1;
  if (complement) for (let c = 0; c < NCHARS; c++) map[c] = map[c] !== 0 ? 0 : 1;
}

let deleted: array<char, 256>;
let squeezed: array<char, 256>;
let translated: array<char, 256>;

/** Copies without the deleted, with the translated, and of the squeezed one of each run. */
function copy(): void {
  let last = -1;
  for (let ch = getchar(); ch !== EOF; ch = getchar()) {
    if (deleted[ch] !== 0) continue;
    const c: int = translated[ch];
    if (c === last && squeezed[c] !== 0) continue;
    last = c;
    if (putchar(c) === EOF) err(1, 'stdout');
  }
}

/** Which character becomes which: the last one of string2 stands for what it lacks. */
function mapping(s1: charset, s2: charset): void {
  if (s2.n === 0) errx(1, 'empty string2');
  if (cflag !== 0) {
    /* The complement is one class, in ascending order. */
    const members = $local<array<char, 256>>();
    setup(members, s1, true);
    let k = 0;
    for (let c = 0; c < NCHARS; c++) {
      if (members[c] === 0) continue;
      translated[c] = s2.chars[k < s2.n ? k : s2.n - 1];
      k++;
    }
    return;
  }
  for (let i = 0; i < s1.n; i++) translated[s1.chars[i]] = s2.chars[i < s2.n ? i : s2.n - 1];
}

export function main(argc: int, argv: ptr<str>): int {
  const s1 = $local<charset>();
  const s2 = $local<charset>();
  for (let ch = 0; (ch = getopt(argc, argv, 'cdsu')) !== -1; ) {
    switch (ch) {
      case $ch('c'):
        cflag = 1;
        break;
      case $ch('d'):
        dflag = 1;
        break;
      case $ch('s'):
        sflag = 1;
        break;
      case $ch('u'):
        setbuf(stdout, null);
        break;
      default:
        usage();
    }
  }
  const n = argc - optind;
  const two = dflag === sflag;
  if (n < 1 || n > 2 || (two ? n !== 2 : dflag !== 0 && n !== 1)) usage();
  expand(s1, argv[optind], -1);
  if (n === 2) expand(s2, argv[optind + 1], s1.n);
  for (let c = 0; c < NCHARS; c++) translated[c] = c;
  if (dflag !== 0) {
    setup(deleted, s1, cflag !== 0);
    if (sflag !== 0) setup(squeezed, s2, false);
  } else if (n === 1) {
    setup(squeezed, s1, cflag !== 0);
  } else {
    mapping(s1, s2);
    if (sflag !== 0) setup(squeezed, s2, false);
  }
  copy();
  return 0;
}
