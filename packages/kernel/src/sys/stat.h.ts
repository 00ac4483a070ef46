/** File status (sys/stat.h). */
import type { dev_t, off_t, uid_t } from './types.h.js';

export const S_ISUID = 0o4000;
export const S_ISGID = 0o2000;
export const S_ISTXT = 0o1000;
export const S_IFMT = 0o170000;
export const S_IFIFO = 0o010000;
export const S_IFCHR = 0o020000;
export const S_IFDIR = 0o040000;
export const S_IFBLK = 0o060000;
export const S_IFREG = 0o100000;
export const S_IFLNK = 0o120000;
export const S_IFSOCK = 0o140000;
export const S_BLKSIZE = 512;
export const ALLPERMS = 0o7777;
export const ACCESSPERMS = 0o777;

/**
 * What stat(2) answers: 96 bytes, as in 2001.
 * @lock k the process that asked
 * @size 96
 */
export interface stat extends struct {
  st_dev: dev_t; // (k) device of the file system
  st_ino: u32; // (k) file number
  st_mode: u16; // (k) type and permissions
  st_nlink: u16; // (k) hard links
  st_uid: uid_t; // (k) owner
  st_gid: u32; // (k) group
  st_rdev: dev_t; // (k) device, of device nodes
  st_atime: int; // (k) @0x18 last access, seconds
  st_atimensec: int; // (k) and nanoseconds
  st_mtime: int; // (k) last modification
  st_mtimensec: int; // (k)
  st_ctime: int; // (k) last change of status
  st_ctimensec: int; // (k)
  st_size: off_t; // (k) @0x30 bytes
  st_blocks: i64; // (k) blocks of 512 bytes
  st_blksize: u32; // (k) good size for I/O
  st_flags: u32; // (k) user flags, 0
  st_gen: u32; // (k) generation
  st_lspare: int; // (k)
  st_qspare: array<i64, 1>; // (k)
  st_fill: i64; // (k)
}
