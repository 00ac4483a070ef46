/** The status that the machine leaves when it halts: what the host's command exits with. */
import { sysctlbyname } from '../libc/gen/sysctl.js';

/** Sets it, where the machine has such. With `first` only if nobody has set it before. */
export function setexitstatus(status: int, first: boolean): void {
  const value = $var<int>();
  const len = $var<u32>();
  len[0] = 4;
  if (first && sysctlbyname('machdep.exit_status', $addr(value), len, 0, 0) === 0 && value[0] >= 0) return;
  value[0] = status;
  sysctlbyname('machdep.exit_status', 0, null, $addr(value), 4);
}
