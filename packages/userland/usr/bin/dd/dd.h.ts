/** dd(1): what its parts share (dd.h, extern.h). */
import type { off_t } from '../../../../kernel/src/sys/types.h.js';

/**
 * One side of the copy.
 * @lock p the program
 */
export interface io extends struct {
  name: str; // (p) its name
  fd: int; // (p) its descriptor
  db: u32; // (p) the buffer
  dbsz: u32; // (p) its size: a block
  dbcnt: u32; // (p) bytes in it
  offset: off_t; // (p) blocks to skip or to seek over
  flags: int; // (p) what kind of file it is
}
export const ISPIPE = 0x01; // no place in it to go to

/**
 * What was done.
 * @lock p the program
 */
export interface stats extends struct {
  in_full: i64; // (p) whole blocks read
  in_part: i64; // (p) others
  out_full: i64; // (p) whole blocks written
  out_part: i64; // (p) others
  trunc: i64; // (p) records cut off by conv=block
  swab: i64; // (p) blocks of an odd number of bytes
  bytes: i64; // (p) bytes written
  start: i64; // (p) when it began, microseconds
}

/** ddflags */
export const C_BLOCK = 0x00001;
export const C_BS = 0x00002;
export const C_CBS = 0x00004;
export const C_COUNT = 0x00008;
export const C_IBS = 0x00010;
export const C_IF = 0x00020;
export const C_LCASE = 0x00040;
export const C_NOERROR = 0x00080;
export const C_NOTRUNC = 0x00100;
export const C_OBS = 0x00200;
export const C_OF = 0x00400;
export const C_OSYNC = 0x00800;
export const C_SEEK = 0x01000;
export const C_SKIP = 0x02000;
export const C_SWAB = 0x04000;
export const C_SYNC = 0x08000;
export const C_UCASE = 0x10000;
export const C_UNBLOCK = 0x20000;
export const C_NOXFER = 0x40000; // status=noxfer: no line about the time
export const C_NOINFO = 0x80000; // status=none: nothing at all
