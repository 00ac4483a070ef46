/** Values of sysctl nodes of any length, and of nodes that must be there. */
import { ENOMEM } from '../../../../kernel/src/sys/errno.h.js';
import { CTL_MAXNAME } from '../../../../kernel/src/sys/sysctl.h.js';
import { err, errx } from '../libc/gen/err.js';
import { sysctl, sysctlbyname, sysctlnametomib } from '../libc/gen/sysctl.js';
import { free, malloc } from '../libc/stdlib/malloc.js';

/** What a value may grow by between the question for its length and the one for it. */
const SLACK = 1024;

/**
 * The value of a node by its number, in memory from malloc, with a NUL behind it; its length to *lenp. 0 with
 * errno if there is none.
 */
export function sysctlbuf(mib: ptr<int>, n: int, lenp: ptr<u32>): u32 {
  if (sysctl(mib, $u32(n), 0, lenp, 0, 0) < 0) return 0;
  for (let room = lenp[0] + SLACK; ; room = 2 * room) {
    const buf = malloc(room + 1);
    if (buf === 0) return 0;
    lenp[0] = room;
    if (sysctl(mib, $u32(n), buf, lenp, 0, 0) === 0) {
      $st8(buf + lenp[0], 0);
      return buf;
    }
    const error = errno;
    free(buf);
    errno = error;
    if (error !== ENOMEM) return 0;
  }
}

/** The same by the node's name; without it the program ends with a complaint. */
export function getsysctlbuf(name: str, lenp: ptr<u32>): u32 {
  const mib = $local<array<int, typeof CTL_MAXNAME>>();
  const n = $var<u32>();
  n[0] = CTL_MAXNAME;
  let buf: u32 = 0;
  if (sysctlnametomib(name, mib, n) === 0) buf = sysctlbuf(mib, $i32(n[0]), lenp);
  if (buf === 0) err(1, 'sysctl %s', name);
  return buf;
}

/** A value of a known length to `buf`; without it the program ends with a complaint. */
export function getsysctl(name: str, buf: u32, len: u32): void {
  const got = $var<u32>();
  got[0] = len;
  if (sysctlbyname(name, buf, got, 0, 0) < 0) err(1, 'sysctl %s', name);
  if (got[0] !== len) errx(1, 'sysctl %s: expected %u bytes, got %u', name, len, got[0]);
}

/** An int. */
export function getsysctlint(name: str): int {
  const value = $var<int>();
  getsysctl(name, $addr(value), 4);
  return value[0];
}
