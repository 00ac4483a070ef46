/** memset(3) and bzero(3) */

/** Returns `dst`. */
export function memset(dst: u32, c: int, len: u32): u32 {
  const byte: u32 = c & 0xff;
  const word = byte | (byte << 8) | (byte << 16) | (byte << 24);
  const end = dst + len;
  let p = dst;
  for (; (p & 3) !== 0 && p !== end; p++) $st8(p, byte);
  for (; end - p >= 4; p += 4) $st32(p, word);
  for (; p !== end; p++) $st8(p, byte);
  return dst;
}
export function bzero(dst: u32, len: u32): void {
  memset(dst, 0, len);
}
