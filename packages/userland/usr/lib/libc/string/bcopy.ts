/** memcpy(3), memmove(3) and bcopy(3), which BSD makes of one source: a word at a time where both sides allow it. */

/** The regions may overlap. Returns `dst`. */
export function memmove(dst: u32, src: u32, len: u32): u32 {
  if (dst === src || len === 0) return dst;
  if (dst < src || dst >= src + len) _forwards(dst, src, len);
  else _backwards(dst, src, len);
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
