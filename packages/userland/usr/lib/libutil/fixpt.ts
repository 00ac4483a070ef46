/** Numbers with a point, of integers. */
import type { loadavg } from '../../../../kernel/src/sys/resource.h.js';
import { snprintf } from '../libc/stdio/printf.js';
import { strlcat } from '../libc/string/strlcat.js';
import { getsysctl } from './sysctlbuf.js';

/**
 * num / den with `digits` (1 or 2) digits behind the point, rounded, of at least `width` characters; into
 * buf, which it returns.
 */
export function fixpt(buf: str, size: u32, width: int, digits: int, num: i64, den: i64): str {
  const scale = digits === 1 ? 10 : 100;
  const text = $local<array<char, 24>>();
  const value = (num * scale + den / 2) / den;
  snprintf(text, 24, '%u.%0*u', $u32(value / scale), digits, $u32(value % scale));
  snprintf(buf, size, '%*s', width, text);
  return buf;
}

/** The three load averages, each of at least `width` characters, with commas between them; into buf. */
export function loadavgstr(buf: str, size: u32, width: int): str {
  const la = $local<loadavg>();
  const one = $local<array<char, 24>>();
  getsysctl('vm.loadavg', $addr(la), $sizeof<loadavg>());
  buf[0] = 0;
  for (let i = 0; i < 3; i++) {
    if (i > 0) strlcat(buf, ', ', size);
    strlcat(buf, fixpt(one, 24, width, 2, $i64(la.ldavg[i]), $i64(la.fscale)), size);
  }
  return buf;
}
