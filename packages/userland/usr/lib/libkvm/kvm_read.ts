/** kvm_read(3): kernel memory, by /dev/kmem. What is read was so when it was read: nothing is locked. */
import { O_RDONLY, SEEK_SET } from '../../../../kernel/src/sys/fcntl.h.js';
import { lseek } from '../libc/sys/offsets.js';
import { open, read } from '../libc/sys/syscalls.js';
import type { kvm_t } from './kvm.h.js';

let pmfd: int = -1;
let vmfd: int = -1;

function read_at(fd: int, addr: u32, buf: u32, nbytes: u32): int {
  if (lseek(fd, $i64(addr), SEEK_SET) === $i64(-1)) return -1;
  return read(fd, buf, nbytes);
}

/** Reads kernel memory; how many bytes, or -1 with errno (EFAULT: nothing is mapped there). */
export function kvm_read(kd: kvm_t, addr: u32, buf: u32, nbytes: u32): int {
  if (vmfd < 0) vmfd = open('/dev/kmem', O_RDONLY, 0);
  return vmfd < 0 ? -1 : read_at(vmfd, addr, buf, nbytes);
}

/** The same of physical memory. */
export function kvm_read_physical(kd: kvm_t, addr: u32, buf: u32, nbytes: u32): int {
  if (pmfd < 0) pmfd = open('/dev/mem', O_RDONLY, 0);
  return pmfd < 0 ? -1 : read_at(pmfd, addr, buf, nbytes);
}
