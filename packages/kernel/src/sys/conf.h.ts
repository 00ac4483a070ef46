/** The device switch (sys/conf.h). Code in kern/kern_conf.ts. */
import type { bio } from './bio.h.js';
import type { proc } from './proc.h.js';
import type { dev_t } from './types.h.js';
import type { uio } from './uio.h.js';

export const NUMCDEVSW = 256;
export const NODEV = 0xffffffff;
/** d_flags */
export const D_TAPE = 0x0001;
export const D_DISK = 0x0002;
export const D_TTY = 0x0004;
export const D_MEM = 0x0008;
/** Major numbers, as in BSD's majors list. */
export const CONS_MAJOR = 0;
export const CTTY_MAJOR = 1;
export const MEM_MAJOR = 2;
export const SWAP_MAJOR = 4;
export const AD_MAJOR = 116;
/** Minor numbers of the memory devices. */
export const MEM_MINOR_MEM = 0;
export const MEM_MINOR_KMEM = 1;
export const MEM_MINOR_NULL = 2;
export const MEM_MINOR_ZERO = 12;

/**
 * A device driver's entry points. All but d_strategy, d_mmap, d_psize and d_dump run under Giant.
 * @lock c constant
 */
export interface cdevsw extends struct {
  d_open: (dev: dev_t, oflags: int, devtype: int, p: proc) => Sleeps<int>; // (c)
  d_close: (dev: dev_t, fflag: int, devtype: int, p: proc) => Sleeps<int>; // (c)
  d_read: (dev: dev_t, uio: uio, ioflag: int) => Sleeps<int>; // (c)
  d_write: (dev: dev_t, uio: uio, ioflag: int) => Sleeps<int>; // (c)
  d_ioctl: (dev: dev_t, cmd: u32, data: u32, fflag: int, p: proc) => Sleeps<int>; // (c)
  d_poll: (dev: dev_t, events: int, p: proc) => int; // (c)
  d_mmap: (dev: dev_t, offset: u32, nprot: int) => int; // (c) page frame number, -1: cannot be mapped
  d_strategy: (bp: bio) => void; // (c)
  d_name: str; // (c) name
  d_maj: int; // (c) major number
  d_dump: (dev: dev_t) => int; // (c) writes the crash dump, polled
  d_psize: (dev: dev_t) => int; // (c) blocks of DEV_BSIZE bytes, -1 if none
  d_flags: u_int; // (c) D_*
}

/** Locks: none. Major number of a device. @inline */
export function major(dev: dev_t): int {
  return $i32((dev >>> 8) & 0xff);
}
/** Locks: none. Minor number of a device: all bits but those of the major number. @inline */
export function minor(dev: dev_t): int {
  return $i32(dev & 0xffff00ff);
}
/** Locks: none. The device of a major and a minor number. @inline */
export function makedev(maj: int, min: int): dev_t {
  return $u32(((maj & 0xff) << 8) | (min & 0xffff00ff));
}
