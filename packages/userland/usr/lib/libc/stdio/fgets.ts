import type { FILE } from '../../../include/stdio.h.js';
import { memcpy } from '../string/bcopy.js';
import { memchr } from '../string/memchr.js';
import { __srefill } from './refill.js';

/** fgets(3): a line with its newline, as far as it fits; null at the end of the file. */
export function fgets(buf: str, n: int, fp: FILE): str {
  if (n <= 0) return null;
  let p = $addr(buf);
  let left: u32 = $u32(n - 1);
  while (left !== 0) {
    if (fp._r <= 0 && __srefill(fp) !== 0) {
      if (p === $addr(buf)) return null;
      break;
    }
    let len = left < $u32(fp._r) ? left : $u32(fp._r);
    const nl = memchr(fp._p, 10, len);
    if (nl !== 0) len = nl + 1 - fp._p;
    memcpy(p, fp._p, len);
    fp._p += len;
    fp._r -= $i32(len);
    p += len;
    left -= len;
    if (nl !== 0) break;
  }
  $st8(p, 0);
  return buf;
}
