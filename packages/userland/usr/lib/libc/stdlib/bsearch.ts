import type { compar_t } from './qsort.js';

/** bsearch(3): the address of an element equal to `key` in a sorted array, 0 if there is none. */
export function bsearch(key: u32, base: u32, nmemb: u32, size: u32, compar: compar_t): u32 {
  let first = base;
  for (let lim = nmemb; lim !== 0; lim >>= 1) {
    const p = first + (lim >> 1) * size;
    const cmp = compar(key, p);
    if (cmp === 0) return p;
    if (cmp > 0) {
      first = p + size;
      lim--;
    }
  }
  return 0;
}
