/** memcpy(3), memmove(3) and bcopy(3), which BSD makes of one source: a word at a time where both sides allow it. */

/** Bytes copied by one call of what follows: a loop that a fault has interrupted goes on slowly, a new call does not. */
const _COPY_PIECE = 4096;

/** The regions may overlap. Returns `dst`. */
export function memmove(dst: u32, src: u32, len: u32): u32 {
  if (dst === src) return dst;
  const up = dst < src || dst >= src + len;
  for (let done: u32 = 0; done < len; ) {
    const n = len - done < _COPY_PIECE ? len - done : _COPY_PIECE;
    if (up) _forwards(dst + done, src + done, n);
    else _backwards(dst + len - done - n, src + len - done - n, n);
    done += n;
  }
  return dst;
}
export function memcpy(dst: u32, src: u32, len: u32): u32 {
  return memmove(dst, src, len);
}
export function bcopy(src: u32, dst: u32, len: u32): void {
  memmove(dst, src, len);
}

function _forwards(dst: u32, src: u32, len: u32): void {
  let to = dst;
  let from = src;
  const end = dst + len;
  if (((to ^ from) & 3) === 0) {
    for (; (to & 3) !== 0 && to !== end; to++, from++) $st8(to, $ld8(from));
    for (; end - to >= 4; to += 4, from += 4) $st32(to, $ld32(from));
  }
  for (; to !== end; to++, from++) $st8(to, $ld8(from));
}

function _backwards(dst: u32, src: u32, len: u32): void {
  let to = dst + len;
  let from = src + len;
  if (((to ^ from) & 3) === 0) {
    for (; (to & 3) !== 0 && to !== dst; ) $st8(--to, $ld8(--from));
    for (; to - dst >= 4; ) {
      to -= 4;
      from -= 4;
      $st32(to, $ld32(from));
    }
  }
  while (to !== dst) $st8(--to, $ld8(--from));
}
