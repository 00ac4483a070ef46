/** Open files (sys/file.h). Code in kern/kern_descrip.ts. */
import type { proc } from './proc.h.js';
import type { stat } from './stat.h.js';
import type { off_t, uid_t } from './types.h.js';
import type { uio } from './uio.h.js';

export const DTYPE_VNODE = 1;
export const DTYPE_SOCKET = 2;
export const DTYPE_PIPE = 3;
export const DTYPE_FIFO = 4;
/** Flag of fo_read and fo_write: the offset is in the uio, leave f_offset alone. */
export const FOF_OFFSET = 1;

/**
 * Operations of a kind of open file. All run under Giant.
 * @lock c constant
 */
export interface fileops extends struct {
  fo_read: (fp: file, uio: uio, flags: int, p: proc) => Sleeps<int>; // (c)
  fo_write: (fp: file, uio: uio, flags: int, p: proc) => Sleeps<int>; // (c)
  fo_ioctl: (fp: file, com: u32, data: u32, p: proc) => Sleeps<int>; // (c)
  fo_poll: (fp: file, events: int, p: proc) => int; // (c)
  fo_stat: (fp: file, sb: stat, p: proc) => Sleeps<int>; // (c)
  fo_close: (fp: file, p: proc) => Sleeps<int>; // (c)
}

/**
 * An open file.
 * @lock G Giant
 * @lock c constant after falloc
 */
export interface file extends struct {
  f_list: embed<LIST_ENTRY<file>>; // (G) all open files
  f_flag: int; // (G) FREAD, FWRITE, O_*
  f_type: i16; // (c) DTYPE_*
  f_seqcount: i16; // (G) sequential reads in a row
  f_count: int; // (G) references: descriptors, and system calls under way
  f_cred: uid_t; // (c) user who opened it
  f_ops: fileops; // (G) operations
  f_data: u32; // (G) struct vnode or struct pipe
  f_offset: off_t; // (G) position
  f_nextoff: off_t; // (G) where a sequential read would start
}
