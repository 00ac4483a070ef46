/** memcmp(3) and bcmp(3) */
export function memcmp(b1: u32, b2: u32, len: u32): int {
  for (let i: u32 = 0; i !== len; i++) {
    const d = $ld8(b1 + i) - $ld8(b2 + i);
    if (d !== 0) return d;
  }
  return 0;
}
export function bcmp(b1: u32, b2: u32, len: u32): int {
  return memcmp(b1, b2, len);
}
