/** strlcpy(3): at most size - 1 characters and a NUL; the length of `src`, so that a caller sees what was cut off. */
export function strlcpy(dst: str, src: str, size: u32): u32 {
  let i: u32 = 0;
  for (; src[i] !== 0; i++) if (i + 1 < size) dst[i] = src[i];
  if (size !== 0) dst[i < size ? i : size - 1] = 0;
  return i;
}
