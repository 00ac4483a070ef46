/** strspn(3), strcspn(3) and strpbrk(3) */
import { strchr } from './strchr.js';

/** How many leading characters are all of `charset`. */
export function strspn(s: str, charset: str): u32 {
  let n: u32 = 0;
  while (s[n] !== 0 && strchr(charset, s[n]) !== null) n++;
  return n;
}
/** How many leading characters are none of `charset`. */
export function strcspn(s: str, charset: str): u32 {
  let n: u32 = 0;
  while (s[n] !== 0 && strchr(charset, s[n]) === null) n++;
  return n;
}
/** The first character that is one of `charset`, or null. */
export function strpbrk(s: str, charset: str): str {
  const p = $padd(s, strcspn(s, charset));
  return p[0] === 0 ? null : p;
}
