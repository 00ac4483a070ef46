/** memset(3) and bzero(3) */

/** As in memmove. */
const _SET_PIECE = 4096;

function _fill(from: u32, word: u32, len: u32): void {
  const end = from + len;
  let p = from;
  for (; (p & 3) !== 0 && p !== end; p++) $st8(p, word);
  for (; end - p >= 4; p += 4) $st32(p, word);
  for (; p !== end; p++) $st8(p, word);
}

/** Returns `dst`. */
export function memset(dst: u32, c: int, len: u32): u32 {
  const byte: u32 = c & 0xff;
  const word = byte | (byte << 8) | (byte << 16) | (byte << 24);
  for (let done: u32 = 0; done < len; done += _SET_PIECE)
    _fill(dst + done, word, len - done < _SET_PIECE ? len - done : _SET_PIECE);
  return dst;
}
export function bzero(dst: u32, len: u32): void {
  memset(dst, 0, len);
}
