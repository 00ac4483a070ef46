/**
 * strtol(3), strtoul(3), strtoq(3) (which C99 calls strtoll), atoi(3). The rest of the text goes to `endptr`, if that is not null; what
 * does not fit gives the nearest value and ERANGE, a bad base 0 and EINVAL.
 */
import { EINVAL, ERANGE } from '../../../../../kernel/src/sys/errno.h.js';
import { isalpha, isdigit, isspace, tolower } from '../locale/isctype.js';

export const LONG_MAX = 0x7fffffff;
export const LONG_MIN = -0x7fffffff - 1;
export const ULONG_MAX = 0xffffffff;
/** Not 2^63 - 1: the largest integer that a 64-bit number of this language holds exactly. */
export const QUAD_MAX = 0x1fffffffffffff;
export const QUAD_MIN = -0x1fffffffffffff;

/**
 * A number being read.
 * @lock p the call that reads it
 */
interface _scanned extends struct {
  negative: int; // (p) it had a minus
  overflow: int; // (p) it is larger than QUAD_MAX
  value: i64; // (p) without its sign
}

/** Reads blanks, sign, prefix and digits; where it ends, or null: there is no number. */
function _scan(nptr: str, base: int, n: _scanned): str {
  let s = nptr;
  n.negative = 0;
  n.overflow = 0;
  n.value = 0;
  if (base < 0 || base === 1 || base > 36) {
    errno = EINVAL;
    return null;
  }
  while (isspace(s[0])) s = $padd(s, 1);
  if (s[0] === $ch('-')) n.negative = 1;
  if (s[0] === $ch('-') || s[0] === $ch('+')) s = $padd(s, 1);
  let radix = base;
  if ((base === 0 || base === 16) && s[0] === 48 && (s[1] | 32) === $ch('x') && _digitof(s[2]) < 16) {
    s = $padd(s, 2);
    radix = 16;
  }
  if (radix === 0) radix = s[0] === 48 ? 8 : 10;
  if (_digitof(s[0]) >= radix) return null;
  const most = $i64(QUAD_MAX);
  for (let d = 0; (d = _digitof(s[0])) < radix; s = $padd(s, 1)) {
    if (n.overflow !== 0 || n.value > (most - $i64(d)) / $i64(radix)) n.overflow = 1;
    else n.value = n.value * $i64(radix) + $i64(d);
  }
  return s;
}

/** The value of a digit, 36 if it is none. */
function _digitof(c: int): int {
  if (isdigit(c)) return c - 48;
  return isalpha(c) ? tolower(c) - 97 + 10 : 36;
}

/** The number as far as the bounds allow. */
function _bounded(nptr: str, endptr: ptr<str>, base: int, min: i64, max: i64): i64 {
  const n = $local<_scanned>();
  const end = _scan(nptr, base, n);
  if (endptr !== null) endptr[0] = end === null ? nptr : end;
  if (end === null) return 0;
  const v = n.negative !== 0 ? -n.value : n.value;
  if (n.overflow === 0 && v >= min && v <= max) return v;
  errno = ERANGE;
  return n.negative !== 0 ? min : max;
}

export function strtol(nptr: str, endptr: ptr<str>, base: int): int {
  return $i32(_bounded(nptr, endptr, base, LONG_MIN, LONG_MAX));
}
export function strtoq(nptr: str, endptr: ptr<str>, base: int): i64 {
  return _bounded(nptr, endptr, base, QUAD_MIN, QUAD_MAX);
}
export function strtoll(nptr: str, endptr: ptr<str>, base: int): i64 {
  return _bounded(nptr, endptr, base, QUAD_MIN, QUAD_MAX);
}
/** A minus is C's: 2^32 less the number. */
export function strtoul(nptr: str, endptr: ptr<str>, base: int): u32 {
  const n = $local<_scanned>();
  const end = _scan(nptr, base, n);
  if (endptr !== null) endptr[0] = end === null ? nptr : end;
  if (end === null) return 0;
  if (n.overflow !== 0 || n.value > $i64(ULONG_MAX)) {
    errno = ERANGE;
    return ULONG_MAX;
  }
  return $u32(n.negative !== 0 ? -n.value : n.value);
}
export function atoi(nptr: str): int {
  return strtol(nptr, null, 10);
}
export function abs(j: int): int {
  return j < 0 ? -j : j;
}
