/** Pathname lookups (sys/namei.h). Code in kern/vfs_lookup.ts. */
import type { proc } from './proc.h.js';
import type { vnode } from './vnode.h.js';

/** ni_op */
export const LOOKUP = 0;
export const CREATE = 1;
export const DELETE = 2;
export const RENAME = 3;
/** ni_flags: follow a symbolic link in the last component; give the parent, referenced and locked. */
export const FOLLOW = 0x0040;
export const NOFOLLOW = 0x0000;
export const LOCKPARENT = 0x0008;
/** Found out by namei: the name ended in a slash, so it must be a directory. */
export const WILLBEDIR = 0x80000;

/**
 * A lookup: request, state and result.
 * @lock k the process that looks up
 */
export interface nameidata extends struct {
  ni_dirp: u32; // (k) the pathname
  ni_segflg: int; // (k) where it is: UIO_USERSPACE or UIO_SYSSPACE
  ni_op: int; // (k) LOOKUP, CREATE, DELETE or RENAME
  ni_flags: int; // (k) FOLLOW, LOCKPARENT
  ni_proc: proc; // (k) whose directories
  ni_vp: vnode; // (k) result, referenced; null if CREATE or RENAME found nothing
  ni_dvp: vnode; // (k) its directory, referenced and locked, if LOCKPARENT
  ni_pnbuf: u32; // (k) buffer of MAXPATHLEN bytes, until NDFREE
  ni_nameptr: u32; // (k) the component in hand; at the end the last one
  ni_namelen: int; // (k) its length
  ni_loopcnt: int; // (k) symbolic links followed
}
