/** strchr(3) and its old name index(3): the first `c` of `s` (the NUL counts), or null. */
export function strchr(s: str, c: int): str {
  for (let i = 0; ; i++) {
    if (s[i] === (c & 0xff)) return $padd(s, i);
    if (s[i] === 0) return null;
  }
}
