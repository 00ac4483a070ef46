/** Sizes as dd(1) writes them. */
import { ERANGE } from '../../../../kernel/src/sys/errno.h.js';
import { isdigit, tolower } from '../libc/locale/isctype.js';
import { QUAD_MAX, strtoq } from '../libc/stdlib/strtol.js';

/** One number with its multiplier; what is behind it goes to `endp`. -1: it is none. */
function _size_factor(text: str, endp: ptr<str>): i64 {
  errno = 0;
  const n = isdigit(text[0]) ? strtoq(text, endp, 0) : -1;
  if (n < 0 || errno === ERANGE) return -1;
  let mult = 1;
  switch (tolower(endp[0][0])) {
    case $ch('b'):
      mult = 512;
      break;
    case $ch('k'):
      mult = 1 << 10;
      break;
    case $ch('m'):
      mult = 1 << 20;
      break;
    case $ch('g'):
      mult = 1 << 30;
      break;
    case $ch('w'):
      mult = 4;
      break;
    default:
      return n;
  }
  endp[0] = $padd(endp[0], 1);
  return _size_product(n, $i64(mult));
}

function _size_product(a: i64, b: i64): i64 {
  return b !== 0 && a > QUAD_MAX / b ? -1 : a * b;
}

/** The value of a number: multipliers b (512), k, m, g, w (4), products with x. -1 if it is none, or too large. */
export function size_read(text: str): i64 {
  const end = $var<str>();
  let num = _size_factor(text, end);
  while (num >= 0 && (tolower(end[0][0]) === $ch('x') || end[0][0] === $ch('*'))) {
    const by = _size_factor($padd(end[0], 1), end);
    num = by < 0 ? -1 : _size_product(num, by);
  }
  return num >= 0 && end[0][0] === 0 ? num : -1;
}
