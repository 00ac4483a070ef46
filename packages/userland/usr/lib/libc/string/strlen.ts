/** strlen(3) */
export function strlen(s: str): u32 {
  let n: u32 = 0;
  while (s[n] !== 0) n++;
  return n;
}
