/** strrchr(3) and its old name rindex(3): the last `c` of `s` (the NUL counts), or null. */
export function strrchr(s: str, c: int): str {
  let found: str = null;
  for (let i = 0; ; i++) {
    if (s[i] === (c & 0xff)) found = $padd(s, i);
    if (s[i] === 0) return found;
  }
}
