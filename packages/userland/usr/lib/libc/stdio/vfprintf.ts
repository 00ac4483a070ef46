/**
 * The conversions of printf(3) (vfprintf.c): d i o u x X c s p n % and D O U, with the flags # 0 - + and blank, width,
 * precision, `*` for both, and the sizes hh h l ll q j z t. There are no floating-point numbers here. A size of ll, q or j
 * takes an i64, which is two words.
 */
import type { FILE } from '../../../include/stdio.h.js';
import { EOF, __SERR } from '../../../include/stdio.h.js';
import { isdigit } from '../locale/isctype.js';
import { strchr } from '../string/strchr.js';
import { __sfvwrite } from './fvwrite.js';

/**
 * One conversion.
 * @lock p the call of printf that it is part of
 */
interface _conversion extends struct {
  width: int; // (p) least characters
  prec: int; // (p) precision, -1: none
  flags: int; // (p) the letters below
  sign: int; // (p) character before a number, 0: none
  lo: u32; // (p) the number, low word
  hi: u32; // (p) and high word
}

const _ALT = 0x01; // #
const _LADJUST = 0x02; // -
const _ZEROPAD = 0x04; // 0
const _QUADINT = 0x08; // ll, q, j
const _SHORTINT = 0x10; // h
const _CHARINT = 0x20; // hh
const _LONGINT = 0x40; // l
/** Most digits that 64 bits have in any base here, and a little more. */
const _DIGITS = 32;

const _LOWER = '0123456789abcdef';
const _UPPER = '0123456789ABCDEF';
const _BLANKS = '                ';
const _ZEROES = '0000000000000000';
const _PADSIZE = 16;

/** The arguments are words; an i64 is two. */
export function __vfprintf(fp: FILE, fmt: str, ...args: va_list): int {
  const c = $local<_conversion>();
  let ret = 0;
  let arg = 0;
  for (let at = 0; ; ) {
    let n = 0;
    while (fmt[at + n] !== 0 && fmt[at + n] !== 37) n++;
    if (__sfvwrite(fp, $addr($padd(fmt, at)), $u32(n)) !== 0) return EOF;
    ret += n;
    at += n;
    if (fmt[at] === 0) break;
    at++;
    c.width = 0;
    c.prec = -1;
    c.flags = 0;
    c.sign = 0;
    for (let more = true; more; ) {
      const ch = fmt[at];
      if (ch === 42) {
        _setwidth(c, $va(args, arg++));
        at++;
      } else if (ch === 46 && fmt[at + 1] === 42) {
        c.prec = $va(args, arg++);
        at += 2;
      } else if (ch === 46 || (ch >= 49 && ch <= 57)) {
        at = _digits(c, fmt, at);
      } else if (_flag(c, ch)) {
        at++;
      } else {
        more = false;
      }
    }
    const letter = fmt[at];
    if (letter === 0) break;
    at++;
    if (letter === $ch('n')) {
      _store(c, $va(args, arg++), ret);
      continue;
    }
    if (letter === $ch('%')) {
      n = _text(fp, c, '%', 1);
    } else if (letter === $ch('c')) {
      const one = $local<array<char, 4>>();
      one[0] = $va(args, arg++);
      n = _text(fp, c, one, 1);
    } else if (letter === $ch('s')) {
      const s = $cast<str>($va(args, arg++));
      n = _string(fp, c, s === null ? '(null)' : s);
    } else if (_isnumber(letter)) {
      c.lo = $u32($va(args, arg++));
      c.hi = 0;
      if (c.flags & _QUADINT) c.hi = $u32($va(args, arg++));
      n = _number(fp, c, letter);
    } else {
      /* As BSD: an unknown letter is printed. */
      const other = $local<array<char, 4>>();
      other[0] = letter;
      n = _text(fp, c, other, 1);
    }
    if (n < 0) return EOF;
    ret += n;
  }
  return fp._flags & __SERR ? EOF : ret;
}

/** A negative width means to the left. */
function _setwidth(c: _conversion, width: int): void {
  c.width = width;
  if (width < 0) {
    c.width = -width;
    c.flags |= _LADJUST;
  }
}

/** A width or a precision in digits: where it ends. */
function _digits(c: _conversion, fmt: str, from: int): int {
  const precision = fmt[from] === 46;
  let at = precision ? from + 1 : from;
  let n = 0;
  for (; isdigit(fmt[at]); at++) n = 10 * n + fmt[at] - 48;
  if (precision) c.prec = n;
  else c.width = n;
  return at;
}

/** A flag or a size. */
function _flag(c: _conversion, ch: int): boolean {
  switch (ch) {
    case 32:
      if (c.sign === 0) c.sign = 32;
      return true;
    case 43:
      c.sign = 43;
      return true;
    case 35:
      c.flags |= _ALT;
      return true;
    case 45:
      c.flags |= _LADJUST;
      return true;
    case 48:
      c.flags |= _ZEROPAD;
      return true;
    case 104:
      c.flags |= c.flags & _SHORTINT ? _CHARINT : _SHORTINT;
      return true;
    case 108:
      /* The second l: remembered in the bit that the first has set. */
      c.flags |= c.flags & _LONGINT ? _QUADINT : _LONGINT;
      return true;
    case 106:
    case 113:
      c.flags |= _QUADINT;
      return true;
    case 116:
    case 122:
      return true;
    default:
      return false;
  }
}

function _isnumber(letter: int): boolean {
  return strchr('diouxXpDOU', letter) !== null;
}

/** %n */
function _store(c: _conversion, where: int, n: int): void {
  const at = $u32(where);
  if (c.flags & _QUADINT) {
    $st32(at, n);
    $st32(at + 4, 0);
  } else if (c.flags & _CHARINT) {
    $st8(at, n);
  } else if (c.flags & _SHORTINT) {
    $st16(at, n);
  } else {
    $st32(at, n);
  }
}

function _pad(fp: FILE, with16: str, n: int): int {
  let left = n;
  for (; left > _PADSIZE; left -= _PADSIZE) if (__sfvwrite(fp, $addr(with16), _PADSIZE) !== 0) return EOF;
  return left > 0 ? __sfvwrite(fp, $addr(with16), $u32(left)) : 0;
}

/** Characters in their field: how many, or EOF. */
function _text(fp: FILE, c: _conversion, s: str, len: int): int {
  const blanks = c.width - len;
  if ((c.flags & _LADJUST) === 0 && _pad(fp, _BLANKS, blanks) !== 0) return EOF;
  if (__sfvwrite(fp, $addr(s), $u32(len)) !== 0) return EOF;
  if (c.flags & _LADJUST && _pad(fp, _BLANKS, blanks) !== 0) return EOF;
  return blanks > 0 ? len + blanks : len;
}

/** %s: no further than the precision. */
function _string(fp: FILE, c: _conversion, s: str): int {
  let len = 0;
  while ((c.prec < 0 || len < c.prec) && s[len] !== 0) len++;
  return _text(fp, c, s, len);
}

/** Makes the number as wide as its size says, and its sign a character. */
function _widen(c: _conversion, signed: boolean): void {
  if ((c.flags & _QUADINT) === 0) {
    if (c.flags & _CHARINT) c.lo = signed ? $u32(($i32(c.lo) << 24) >> 24) : c.lo & 0xff;
    else if (c.flags & _SHORTINT) c.lo = signed ? $u32(($i32(c.lo) << 16) >> 16) : c.lo & 0xffff;
    c.hi = signed && $i32(c.lo) < 0 ? 0xffffffff : 0;
  }
  if (!signed) c.sign = 0;
  else if ($i32(c.hi) < 0) {
    c.sign = 45;
    c.hi = c.lo === 0 ? -c.hi : ~c.hi;
    c.lo = -c.lo;
  }
}

/** Divides the number by a small base in place; the remainder. */
function _divide(c: _conversion, base: u32): u32 {
  let rem: u32 = c.hi % base;
  c.hi = c.hi / base;
  let part: u32 = (rem << 16) | (c.lo >>> 16);
  const high = part / base;
  rem = part % base;
  part = (rem << 16) | (c.lo & 0xffff);
  c.lo = (high << 16) | (part / base);
  return part % base;
}

/** All the conversions of integers: how many characters, or EOF. */
function _number(fp: FILE, c: _conversion, letter: int): int {
  const buf = $local<array<char, typeof _DIGITS>>();
  let base: u32 = 10;
  let xdigits: str = _LOWER;
  let prefix = 0;
  let signed = false;
  switch (letter) {
    case $ch('d'):
    case $ch('i'):
    case $ch('D'):
      signed = true;
      break;
    case $ch('o'):
    case $ch('O'):
      base = 8;
      break;
    case $ch('X'):
      xdigits = _UPPER;
      base = 16;
      if (c.flags & _ALT) prefix = letter;
      break;
    case $ch('x'):
      base = 16;
      if (c.flags & _ALT) prefix = letter;
      break;
    case $ch('p'):
      base = 16;
      prefix = $ch('x');
      break;
    default:
      break;
  }
  _widen(c, signed);
  if ((c.lo | c.hi) === 0 && letter !== $ch('p')) prefix = 0;
  let at = _DIGITS;
  /* The digits of 0 are none if the precision is 0, but for "%#.0o". */
  if ((c.lo | c.hi) !== 0 || c.prec !== 0) {
    do buf[--at] = xdigits[_divide(c, base)];
    while ((c.lo | c.hi) !== 0);
  }
  if (base === 8 && c.flags & _ALT && (at === _DIGITS || buf[at] !== 48)) buf[--at] = 48;
  return _field(fp, c, $padd(buf, at), _DIGITS - at, prefix);
}

/** A number in its field: blanks, sign, prefix, zeroes, digits, blanks. */
function _field(fp: FILE, c: _conversion, s: str, len: int, prefix: int): int {
  const head = $local<array<char, 4>>();
  let nhead = 0;
  if (c.sign !== 0) head[nhead++] = c.sign;
  if (prefix !== 0) {
    head[nhead++] = 48;
    head[nhead++] = prefix;
  }
  let zeroes = c.prec > len ? c.prec - len : 0;
  if (c.prec < 0 && (c.flags & (_ZEROPAD | _LADJUST)) === _ZEROPAD && c.width > len + nhead)
    zeroes = c.width - len - nhead;
  const size = nhead + zeroes + len;
  const blanks = c.width > size ? c.width - size : 0;
  if ((c.flags & _LADJUST) === 0 && _pad(fp, _BLANKS, blanks) !== 0) return EOF;
  if (__sfvwrite(fp, $addr(head), $u32(nhead)) !== 0) return EOF;
  if (_pad(fp, _ZEROES, zeroes) !== 0) return EOF;
  if (__sfvwrite(fp, $addr(s), $u32(len)) !== 0) return EOF;
  if (c.flags & _LADJUST && _pad(fp, _BLANKS, blanks) !== 0) return EOF;
  return size + blanks;
}
