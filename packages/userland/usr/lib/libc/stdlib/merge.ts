import { memcpy } from '../string/bcopy.js';
import { free, malloc } from './malloc.js';
import type { compar_t } from './qsort.js';

/** mergesort(3): keeps equal elements in order; needs as much memory again. 0, or -1 with ENOMEM. */
export function mergesort(base: u32, nmemb: u32, size: u32, cmp: compar_t): int {
  if (nmemb < 2) return 0;
  const room = malloc(nmemb * size);
  if (room === 0) return -1;
  let from = base;
  let to = room;
  for (let run: u32 = 1; run < nmemb; run *= 2) {
    for (let i: u32 = 0; i < nmemb; i += 2 * run) {
      const mid = i + run < nmemb ? i + run : nmemb;
      const end = i + 2 * run < nmemb ? i + 2 * run : nmemb;
      _merge(from + i * size, from + mid * size, from + end * size, to + i * size, size, cmp);
    }
    const t = from;
    from = to;
    to = t;
  }
  if (from !== base) memcpy(base, from, nmemb * size);
  free(room);
  return 0;
}

/** Two sorted runs, a..mid and mid..end, become one at `to`. */
function _merge(a: u32, mid: u32, end: u32, to: u32, size: u32, cmp: compar_t): void {
  let p = a;
  let q = mid;
  let out = to;
  for (; p < mid && q < end; out += size) {
    if (cmp(p, q) <= 0) {
      memcpy(out, p, size);
      p += size;
    } else {
      memcpy(out, q, size);
      q += size;
    }
  }
  memcpy(out, p, mid - p);
  memcpy(out + (mid - p), q, end - q);
}
