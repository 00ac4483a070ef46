import type { stat } from '../../../../kernel/src/sys/stat.h.js';
import {
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from '../../../../kernel/src/sys/stat.h.js';

/** <sys/stat.h> beside what the kernel's header has. The struct goes by another name where stat(2) is in sight. */
export type struct_stat = stat;

/** Type of the file in a mode. @inline */
export function S_ISDIR(m: int): boolean {
  return (m & S_IFMT) === S_IFDIR;
}
/** @inline */
export function S_ISCHR(m: int): boolean {
  return (m & S_IFMT) === S_IFCHR;
}
/** @inline */
export function S_ISBLK(m: int): boolean {
  return (m & S_IFMT) === S_IFBLK;
}
/** @inline */
export function S_ISREG(m: int): boolean {
  return (m & S_IFMT) === S_IFREG;
}
/** @inline */
export function S_ISFIFO(m: int): boolean {
  return (m & S_IFMT) === S_IFIFO;
}
/** @inline */
export function S_ISLNK(m: int): boolean {
  return (m & S_IFMT) === S_IFLNK;
}

/** The mode of a file that nobody said anything of: rw-rw-rw-. */
export const DEFFILEMODE = 0o666;
