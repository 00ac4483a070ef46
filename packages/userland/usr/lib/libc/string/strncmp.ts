/** strncmp(3) */
export function strncmp(s1: str, s2: str, len: u32): int {
  for (let i: u32 = 0; i < len; i++) {
    if (s1[i] !== s2[i]) return s1[i] - s2[i];
    if (s1[i] === 0) return 0;
  }
  return 0;
}
