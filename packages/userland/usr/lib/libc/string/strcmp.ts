/** strcmp(3) */
export function strcmp(s1: str, s2: str): int {
  let i = 0;
  while (s1[i] === s2[i]) {
    if (s1[i] === 0) return 0;
    i++;
  }
  return s1[i] - s2[i];
}
