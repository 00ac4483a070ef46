/** strncpy(3): fills up with zeroes, ends without one where `src` is longer. */
export function strncpy(dst: str, src: str, len: u32): str {
  let i: u32 = 0;
  for (; i < len && src[i] !== 0; i++) dst[i] = src[i];
  for (; i < len; i++) dst[i] = 0;
  return dst;
}
