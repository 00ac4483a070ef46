/** Decimal fractions (decimal.h). */
import type { FILE } from '../../include/stdio.h.js';
import { isdigit } from '../libc/locale/isctype.js';
import { fprintf } from '../libc/stdio/printf.js';
import { QUAD_MAX } from '../libc/stdlib/strtol.js';
import type { decimal } from './decimal.h.js';
import { DECIMAL_ONE } from './decimal.h.js';

/**
 * Reads "-12.5": up to six digits behind the point, at most 9007199254 in size. False if it is no such
 * number.
 */
export function decimal_read(text: str, d: decimal): boolean {
  let p = text;
  const negative = p[0] === $ch('-');
  if (negative || p[0] === $ch('+')) p = $padd(p, 1);
  let value: i64 = 0;
  let digits = 0;
  for (; isdigit(p[0]); p = $padd(p, 1), digits++) {
    value = value * 10 + $i64(p[0] - 48);
    if (value > QUAD_MAX / DECIMAL_ONE) return false;
  }
  value *= DECIMAL_ONE;
  d.d_places = 0;
  if (p[0] === $ch('.')) {
    p = $padd(p, 1);
    for (let unit = DECIMAL_ONE / 10; isdigit(p[0]); p = $padd(p, 1), digits++) {
      if (unit === 0) return false;
      value += $i64((p[0] - 48) * unit);
      unit /= 10;
      d.d_places++;
    }
  }
  d.d_value = negative ? -value : value;
  return digits > 0 && p[0] === 0;
}

/** The text of a number of millionths, rounded to `places` digits behind the point. */
export function decimal_print(fp: FILE, value: i64, places: int): void {
  let unit = DECIMAL_ONE;
  for (let i = 0; i < places; i++) unit /= 10;
  const size = value < 0 ? -value : value;
  const rounded = ((size + $i64(unit / 2)) / $i64(unit)) * $i64(unit);
  fprintf(fp, '%s%lld', value < 0 && rounded !== 0 ? '-' : '', rounded / DECIMAL_ONE);
  if (places > 0) fprintf(fp, '.%0*d', places, $i32((rounded % DECIMAL_ONE) / $i64(unit)));
}
