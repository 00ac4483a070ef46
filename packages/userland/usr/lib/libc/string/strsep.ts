import { strcspn } from './strspn.js';

/** strsep(3): cuts the next field off `*stringp`, which any character of `delim` ends; null after the last. */
export function strsep(stringp: ptr<str>, delim: str): str {
  const s = stringp[0];
  if (s === null) return null;
  const p = $padd(s, strcspn(s, delim));
  if (p[0] === 0) {
    stringp[0] = null;
  } else {
    p[0] = 0;
    stringp[0] = $padd(p, 1);
  }
  return s;
}
