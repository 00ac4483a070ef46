/** memchr(3): where the first byte `c` is, 0 if there is none. */
export function memchr(b: u32, c: int, len: u32): u32 {
  for (let i: u32 = 0; i !== len; i++) if ($ld8(b + i) === (c & 0xff)) return b + i;
  return 0;
}
