import type { FILE } from '../../../include/stdio.h.js';
import { memcpy } from '../string/bcopy.js';
import { __srefill } from './refill.js';

/** fread(3): how many objects of `size` bytes were read; the buffer is passed by where much is wanted. */
export function fread(buf: u32, size: u32, nmemb: u32, fp: FILE): u32 {
  let left = size * nmemb;
  let p = buf;
  if (left === 0) return 0;
  while (left !== 0) {
    if (fp._r <= 0 && __srefill(fp) !== 0) break;
    const n = left < $u32(fp._r) ? left : $u32(fp._r);
    memcpy(p, fp._p, n);
    fp._p += n;
    fp._r -= $i32(n);
    p += n;
    left -= n;
  }
  return (p - buf) / size;
}
