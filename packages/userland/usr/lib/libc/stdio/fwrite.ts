import type { FILE } from '../../../include/stdio.h.js';
import { __sfvwrite } from './fvwrite.js';

/** fwrite(3): how many of the `nmemb` objects of `size` bytes were written. */
export function fwrite(buf: u32, size: u32, nmemb: u32, fp: FILE): u32 {
  const n = size * nmemb;
  if (n === 0) return 0;
  return __sfvwrite(fp, buf, n) === 0 ? nmemb : 0;
}
