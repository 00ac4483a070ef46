/**
 * Descriptions of a transfer between a kernel buffer and somebody's memory (sys/uio.h). Code in
 * kern/kern_subr.ts.
 */
import type { iovec } from './_iovec.h.js';
import type { proc } from './proc.h.js';
import type { off_t } from './types.h.js';

export const UIO_READ = 0;
export const UIO_WRITE = 1;
/** Where uio_iov points to. */
export const UIO_USERSPACE = 0;
export const UIO_SYSSPACE = 1;
export const UIO_USERISPACE = 2;
/** Account for the transfer, move nothing. */
export const UIO_NOCOPY = 3;
/** Most vectors of one readv, and how many of them fit on the kernel stack. */
export const UIO_MAXIOV = 1024;
export const UIO_SMALLIOV = 8;

/**
 * A transfer under way.
 * @lock k the process that does the transfer
 */
export interface uio extends struct {
  uio_iov: iovec; // (k) the piece in hand
  uio_iovcnt: int; // (k) pieces left
  uio_offset: off_t; // (k) offset in the file or device
  uio_resid: int; // (k) bytes left
  uio_segflg: int; // (k) UIO_USERSPACE ...
  uio_rw: int; // (k) UIO_READ or UIO_WRITE
  uio_procp: proc; // (k) whose memory, null for the kernel's
}
