/** The descriptor table of a process (sys/filedesc.h). Code in kern/kern_descrip.ts. */
import type { file } from './file.h.js';
import type { vnode } from './vnode.h.js';

/** Slots that come with a table, and by how many it grows beyond. */
export const NDFILE = 20;
export const NDEXTENT = 50;
/** fd_ofileflags: close on exec. */
export const UF_EXCLOSE = 0x01;

/**
 * A descriptor table.
 * @lock G Giant
 */
export interface filedesc extends struct {
  fd_ofiles: ptr<file>; // (G) open files by descriptor
  fd_ofileflags: ptr<char>; // (G) UF_* by descriptor
  fd_cdir: vnode; // (G) current directory (referenced)
  fd_rdir: vnode; // (G) root directory (referenced)
  fd_nfiles: int; // (G) slots
  fd_lastfile: int; // (G) highest descriptor in use, -1 if none
  fd_freefile: int; // (G) no free descriptor is below
  fd_cmask: u16; // (G) umask
  fd_refcnt: u16; // (G) processes that share the table
}

/**
 * A table with its first slots: what fdinit allocates.
 * @lock G Giant
 */
export interface filedesc0 extends struct {
  fd_fd: embed<filedesc>; // (G) the table
  fd_dfiles: array<file, 20>; // (G) first NDFILE slots
  fd_dfileflags: array<char, 20>; // (G) and their flags
}
