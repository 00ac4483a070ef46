/** The calls with an off_t among their arguments, as programs know them (lseek.c, truncate.c, ftruncate.c, mmap.c). */
import type { off_t } from '../../../../../kernel/src/sys/types.h.js';
import { __ftruncate, __lseek, __mmap, __truncate } from './syscalls.js';

export function lseek(fildes: int, offset: off_t, whence: int): off_t {
  return __lseek(fildes, 0, offset, whence);
}
export function truncate(path: str, length: off_t): int {
  return __truncate(path, 0, length);
}
export function ftruncate(fd: int, length: off_t): int {
  return __ftruncate(fd, 0, length);
}
/** The address, or MAP_FAILED. */
export function mmap(addr: u32, len: u32, prot: int, flags: int, fd: int, offset: off_t): u32 {
  return __mmap(addr, len, prot, flags, fd, 0, offset);
}
