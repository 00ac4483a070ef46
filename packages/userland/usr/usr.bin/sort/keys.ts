/** The keys of sort(1): -k field1[.char][bdfinr][,field2[.char][bdfinr]]. */
import { err, errx } from '../../lib/libc/gen/err.js';
import { isalnum, isblank, isdigit, isprint, toupper } from '../../lib/libc/locale/isctype.js';
import { calloc } from '../../lib/libc/stdlib/malloc.js';
import { strtol } from '../../lib/libc/stdlib/strtol.js';
import { memchr } from '../../lib/libc/string/memchr.js';
import type { sortkey, sortline } from './sort.js';
import { K_BLANKS, K_DICT, K_FOLD, K_NUMBER, K_PRINT, K_REVERSE, global_flags, separator } from './sort.js';

/** The flag of an option's or key's letter, 0 if it is none. */
export function keyflag(letter: int): int {
  switch (letter) {
    case $ch('b'):
      return K_BLANKS;
    case $ch('d'):
      return K_DICT;
    case $ch('f'):
      return K_FOLD;
    case $ch('i'):
      return K_PRINT;
    case $ch('n'):
      return K_NUMBER;
    case $ch('r'):
      return K_REVERSE;
    default:
      return 0;
  }
}

/** A field and perhaps .character; where it ends. */
function position(text: str, fieldp: ptr<int>, charp: ptr<int>, whole: str): str {
  const ep = $var<str>();
  fieldp[0] = strtol(text, ep, 10);
  if (ep[0] === text || fieldp[0] < 1) errx(2, 'invalid field specification: %s', whole);
  charp[0] = 0;
  if (ep[0][0] !== $ch('.')) return ep[0];
  const at = $padd(ep[0], 1);
  charp[0] = strtol(at, ep, 10);
  if (ep[0] === at || charp[0] < 0) errx(2, 'invalid field specification: %s', whole);
  return ep[0];
}

export function addkey(spec: str): void {
  const field = $var<int>();
  const char_ = $var<int>();
  const k = $cast<sortkey>(calloc(1, $sizeof<sortkey>()));
  if (k === null) err(2, null);
  let p = position(spec, field, char_, spec);
  k.k_sfield = field[0] - 1;
  k.k_schar = char_[0] === 0 ? 0 : char_[0] - 1;
  k.k_efield = -1;
  for (; keyflag(p[0]) !== 0; p = $padd(p, 1)) k.k_flags |= keyflag(p[0]);
  if (p[0] === $ch(',')) {
    p = position($padd(p, 1), field, char_, spec);
    k.k_efield = field[0];
    k.k_echar = char_[0];
    for (; keyflag(p[0]) !== 0; p = $padd(p, 1)) k.k_flags |= keyflag(p[0]);
  }
  if (p[0] !== 0) errx(2, 'invalid field specification: %s', spec);
  let last = $ref(sortkeys);
  while (last[0] !== null) last = $ref(last[0].k_next);
  last[0] = k;
}

/**
 * When all options are known: keys without letters take those of the command line; without keys the line is
 * one.
 */
export function endkeys(): void {
  for (let k = sortkeys; k !== null; k = k.k_next) if (k.k_flags === 0) k.k_flags = global_flags;
  if (sortkeys !== null || (global_flags & ~K_REVERSE) === 0) return;
  const k = $cast<sortkey>(calloc(1, $sizeof<sortkey>()));
  if (k === null) err(2, null);
  k.k_efield = -1;
  k.k_flags = global_flags;
  sortkeys = k;
}

/**
 * Where field n (from 0) begins in a line: behind a separator, or with blanks as separators at the blanks
 * before it.
 */
function fieldat(l: sortline, n: int): u32 {
  const end = l.l_text + l.l_len;
  let p = l.l_text;
  for (let i = n; i > 0; i--) {
    if (separator >= 0) {
      const q = memchr(p, separator, end - p);
      if (q === 0) return end;
      p = q + 1;
    } else {
      while (p !== end && isblank($ld8(p))) p++;
      while (p !== end && !isblank($ld8(p))) p++;
    }
  }
  return p;
}

function skipblanks(from: u32, end: u32): u32 {
  let p = from;
  while (p < end && isblank($ld8(p))) p++;
  return p;
}

/** Where a key begins in a line. */
function keystart(k: sortkey, l: sortline): u32 {
  const end = l.l_text + l.l_len;
  let p = fieldat(l, k.k_sfield);
  if (k.k_flags & (K_BLANKS | K_NUMBER)) p = skipblanks(p, end);
  return p + $u32(k.k_schar) < end ? p + $u32(k.k_schar) : end;
}

/** Where it ends. */
function keyend(k: sortkey, l: sortline): u32 {
  const end = l.l_text + l.l_len;
  if (k.k_efield < 0) return end;
  if (k.k_echar === 0) {
    const next = fieldat(l, k.k_efield);
    return separator >= 0 && next !== end
      ? next - 1
      : separator >= 0 && k.k_efield > 0
        ? lastend(l, next)
        : next;
  }
  let p = fieldat(l, k.k_efield - 1);
  if (k.k_flags & K_BLANKS) p = skipblanks(p, end);
  return p + $u32(k.k_echar) < end ? p + $u32(k.k_echar) : end;
}

/** The field ended at the end of the line, or with the separator that is the line's last character. */
function lastend(l: sortline, at: u32): u32 {
  return at > l.l_text && $ld8(at - 1) === separator ? at - 1 : at;
}

/** Does a character count? */
function counts(c: int, flags: int): boolean {
  if (flags & K_DICT && !isalnum(c) && !isblank(c)) return false;
  return (flags & K_PRINT) === 0 || isprint(c);
}

/** The order of two lines by a key. */
export function keycompare(k: sortkey, x: sortline, y: sortline): int {
  const flags = k.k_flags;
  let p = keystart(k, x);
  let q = keystart(k, y);
  const pend = keyend(k, x);
  const qend = keyend(k, y);
  let d = 0;
  if (flags & K_NUMBER) {
    d = numcompare(p, pend, q, qend);
  } else {
    for (;;) {
      while (p < pend && !counts($ld8(p), flags)) p++;
      while (q < qend && !counts($ld8(q), flags)) q++;
      if (p >= pend || q >= qend) break;
      const a: int = $ld8(p++);
      const b: int = $ld8(q++);
      d = flags & K_FOLD ? toupper(a) - toupper(b) : a - b;
      if (d !== 0) break;
    }
    if (d === 0) d = (p < pend ? 1 : 0) - (q < qend ? 1 : 0);
  }
  return flags & K_REVERSE ? -d : d;
}

/** The order of two decimal numbers of any length: what is none is 0. */
function numcompare(a: u32, aend: u32, b: u32, bend: u32): int {
  let p = skipblanks(a, aend);
  let q = skipblanks(b, bend);
  const pneg = p < aend && $ld8(p) === 45;
  const qneg = q < bend && $ld8(q) === 45;
  if (pneg) p++;
  if (qneg) q++;
  const d = magnitude(p, aend, q, bend);
  if (pneg === qneg) return pneg ? -d : d;
  /* -0 is 0. */
  if (d === 0 && iszero(p, aend)) return 0;
  return pneg ? -1 : 1;
}

/** Is the number there 0? Its second point is not part of it. */
function iszero(from: u32, end: u32): boolean {
  let points = 0;
  for (let p = from; p < end && points < 2 && (isdigit($ld8(p)) || $ld8(p) === 46); p++) {
    if ($ld8(p) === 46) points++;
    else if ($ld8(p) !== 48) return false;
  }
  return true;
}

function magnitude(a: u32, aend: u32, b: u32, bend: u32): int {
  let p = a;
  let q = b;
  while (p < aend && $ld8(p) === 48) p++;
  while (q < bend && $ld8(q) === 48) q++;
  let first = 0;
  for (;;) {
    const pd = p < aend && isdigit($ld8(p));
    const qd = q < bend && isdigit($ld8(q));
    if (pd !== qd) return pd ? 1 : -1;
    if (!pd) break;
    if (first === 0) first = $ld8(p) - $ld8(q);
    p++;
    q++;
  }
  if (first !== 0) return first;
  return fraction(p, aend, q, bend);
}

function fraction(a: u32, aend: u32, b: u32, bend: u32): int {
  let p = a < aend && $ld8(a) === 46 ? a + 1 : aend;
  let q = b < bend && $ld8(b) === 46 ? b + 1 : bend;
  for (;;) {
    const c: int = p < aend && isdigit($ld8(p)) ? $ld8(p++) : 0;
    const e: int = q < bend && isdigit($ld8(q)) ? $ld8(q++) : 0;
    if (c === 0 && e === 0) return 0;
    /* A digit that the other lacks is compared with 0. */
    const d = (c === 0 ? 48 : c) - (e === 0 ? 48 : e);
    if (d !== 0) return d;
  }
}
