import { strlcpy } from './strlcpy.js';

/** strlcat(3): appends as far as `size` bytes allow; the length that it tried to make. */
export function strlcat(dst: str, src: str, size: u32): u32 {
  let n: u32 = 0;
  while (n < size && dst[n] !== 0) n++;
  return n + strlcpy($padd(dst, n), src, size - n);
}
