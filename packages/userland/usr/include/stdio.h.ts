/** <stdio.h>: a stream is a buffer over a descriptor. */

export const EOF = -1;
export const BUFSIZ = 1024;
/** How a stream is buffered (setvbuf): whole blocks, lines, not at all. */
export const _IOFBF = 0;
export const _IOLBF = 1;
export const _IONBF = 2;
/** _flags */
export const __SLBF = 0x0001; // line buffered
export const __SNBF = 0x0002; // unbuffered
export const __SRD = 0x0004; // reading
export const __SWR = 0x0008; // writing
export const __SRW = 0x0010; // open for both
export const __SEOF = 0x0020; // found the end
export const __SERR = 0x0040; // found an error
export const __SMBF = 0x0080; // the buffer is from malloc
export const __SAPP = 0x0100; // every write goes to the end
export const __SSTR = 0x0200; // a string in memory, nothing behind it
/** Bytes before a buffer that ungetc can fill although nothing was read yet. */
export const __UNGETROOM = 4;

/**
 * A stream.
 * @lock p the program
 */
export interface FILE extends struct {
  _p: u32; // (p) the next byte to read or to write in the buffer
  _r: int; // (p) bytes left to read
  _w: int; // (p) bytes left to write
  _flags: int; // (p) __S*, 0: this FILE is free
  _file: int; // (p) the descriptor
  _bf: u32; // (p) the buffer, 0 before there is one
  _bfsize: int; // (p) its size
  _next: FILE; // (p) the next of all streams
}

/** @inline */
export function feof(fp: FILE): boolean {
  return (fp._flags & __SEOF) !== 0;
}
/** @inline */
export function ferror(fp: FILE): boolean {
  return (fp._flags & __SERR) !== 0;
}
/** @inline */
export function fileno(fp: FILE): int {
  return fp._file;
}
