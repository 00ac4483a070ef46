/** sysctl(3) and sysctlbyname(3) */
import { CTL_MAXNAME, CTL_SYSCTL, CTL_SYSCTL_NAME2OID } from '../../../../../kernel/src/sys/sysctl.h.js';
import { strlen } from '../string/strlen.js';
import { __sysctl } from '../sys/syscalls.js';

export function sysctl(
  name: ptr<int>,
  namelen_: u_int,
  oldp: u32,
  oldlenp: ptr<u32>,
  newp: u32,
  newlen: u32,
): int {
  return __sysctl(name, namelen_, oldp, oldlenp, newp, newlen);
}

/** The number of a node, of at most `*sizep` parts, and how many parts it has. */
export function sysctlnametomib(name: str, mibp: ptr<int>, sizep: ptr<u32>): int {
  const oid = $local<array<int, 2>>();
  const bytes = $var<u32>();
  oid[0] = CTL_SYSCTL;
  oid[1] = CTL_SYSCTL_NAME2OID;
  bytes[0] = sizep[0] * 4;
  const ret = sysctl(oid, 2, $addr(mibp), bytes, $addr(name), strlen(name));
  sizep[0] = bytes[0] / 4;
  return ret;
}

export function sysctlbyname(name: str, oldp: u32, oldlenp: ptr<u32>, newp: u32, newlen: u32): int {
  const oid = $local<array<int, typeof CTL_MAXNAME>>();
  const n = $var<u32>();
  n[0] = CTL_MAXNAME;
  if (sysctlnametomib(name, oid, n) < 0) return -1;
  return sysctl(oid, n[0], oldp, oldlenp, newp, newlen);
}
