/** The piece of memory of readv(2) and writev(2), which programs share with the kernel (sys/_iovec.h). */

/**
 * One piece of memory.
 * @lock k the process that does the transfer
 */
export interface iovec extends struct {
  iov_base: u32; // (k) first address
  iov_len: u32; // (k) bytes
}
