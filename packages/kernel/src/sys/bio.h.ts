/** Block I/O requests as device drivers see them (sys/bio.h). Queueing in kern/subr_disk.ts. */
import type { caddr_t, daddr_t, dev_t, off_t } from './types.h.js';

export const BIO_READ = 0x00000001;
export const BIO_WRITE = 0x00000002;
export const BIO_DELETE = 0x00000004;
/** bio_flags */
export const BIO_ERROR = 0x00000001;
export const BIO_ORDERED = 0x00000002;
export const BIO_DONE = 0x00000004;

/**
 * A request to a disk. The first fields of struct buf are the same as these, at the same offsets, so that a
 * buf *is* a bio (BSD embeds one and reaches its fields by macros): $cast<bio>(bp).
 * @lock r whoever has the request: the issuer, then the driver, then the completion
 * @lock a the disk's queue lock
 */
export interface bio extends struct {
  bio_cmd: u_int; // (r) @0x00 BIO_READ or BIO_WRITE
  bio_dev: dev_t; // (r) @0x04 device
  bio_blkno: daddr_t; // (r) @0x08 block in the partition, of DEV_BSIZE bytes
  bio_offset: off_t; // (r) @0x0c the same in bytes
  bio_bcount: int; // (r) @0x14 bytes to move
  bio_data: caddr_t; // (r) @0x18 kernel virtual address, wired
  bio_flags: u_int; // (r) @0x1c BIO_ERROR ...
  bio_error: int; // (r) @0x20 errno if BIO_ERROR
  bio_resid: int; // (r) @0x24 bytes not moved
  bio_done: (bp: bio) => Sleeps; // (r) @0x28 completion
  bio_driver1: u32; // (r) @0x2c the driver's: bytes done so far
  bio_driver2: u32; // (r) @0x30 the driver's: retries
  bio_caller1: u32; // (r) @0x34 the issuer's
  bio_caller2: u32; // (r) @0x38 the issuer's
  bio_queue: embed<TAILQ_ENTRY<bio>>; // (a) @0x3c disk queue
  bio_pblkno: daddr_t; // (r) @0x44 block on the whole disk
}

/**
 * A queue of requests, sorted by bioqdisksort.
 * @lock a the disk's queue lock
 */
export interface bio_queue_head extends struct {
  bioq_queue: embed<TAILQ_HEAD<bio>>; // (a) requests
  bioq_last_pblkno: daddr_t; // (a) block of the request taken last
  bioq_insert_point: bio; // (a) first request of the next sweep, null if there is none
  bioq_switch_point: bio; // (a) reserved
}
