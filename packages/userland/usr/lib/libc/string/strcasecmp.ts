import { tolower } from '../locale/isctype.js';

/** strcasecmp(3) and strncasecmp(3): without regard to case. */
export function strcasecmp(s1: str, s2: str): int {
  return strncasecmp(s1, s2, 0xffffffff);
}
export function strncasecmp(s1: str, s2: str, len: u32): int {
  for (let i: u32 = 0; i < len; i++) {
    const d = tolower(s1[i]) - tolower(s2[i]);
    if (d !== 0) return d;
    if (s1[i] === 0) return 0;
  }
  return 0;
}
