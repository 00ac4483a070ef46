/** Pipes (sys/pipe.h). Code in kern/sys_pipe.ts. */
import type { caddr_t } from './types.h.js';

export const PIPE_SIZE = 16384;
/** Writes of at most so many bytes are not mixed with others'. */
export const PIPE_BUF = 512;
/** pipe_state */
export const PIPE_ASYNC = 0x004;
export const PIPE_WANTR = 0x008;
export const PIPE_WANTW = 0x010;
export const PIPE_WANT = 0x020;
export const PIPE_EOF = 0x080;
export const PIPE_LOCKFL = 0x100;
export const PIPE_LWANT = 0x200;

/**
 * The ring buffer of one direction.
 * @lock G Giant
 */
export interface pipebuf extends struct {
  cnt: u_int; // (G) bytes in the buffer
  in: u_int; // (G) where the next byte goes
  out: u_int; // (G) where the next byte comes from
  size: u_int; // (G) size of the buffer
  buffer: caddr_t; // (G) kernel virtual address, 0 if there is none
}

/**
 * One end of a pipe. Each end owns the buffer it is read from.
 * @lock G Giant
 */
export interface pipe extends struct {
  pipe_buffer: embed<pipebuf>; // (G) data to be read from this end
  pipe_atime: int; // (G) last read, seconds
  pipe_mtime: int; // (G) last write
  pipe_ctime: int; // (G) creation
  pipe_peer: pipe; // (G) the other end, null once it is closed
  pipe_state: u_int; // (G) PIPE_*
  pipe_busy: int; // (G) system calls under way that sleep on it
}

/** struct pipe, where the system call of that name is in sight, too. */
export type pipe_t = pipe;
