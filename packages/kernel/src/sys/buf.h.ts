/**
 * I/O buffers (sys/buf.h). There is no buffer cache (files live in memory), so the only bufs are the physical
 * ones of kern/vfs_pbuf.ts: for the swap pager and for raw I/O.
 */
import type { vm_page } from '../vm/vm_page.h.js';
import type { bio } from './bio.h.js';
import type { lock } from './lockmgr.h.js';
import type { caddr_t, daddr_t, dev_t, off_t, uid_t } from './types.h.js';
import type { vnode } from './vnode.h.js';

/** b_flags */
export const B_ASYNC = 0x00000004;
export const B_CACHE = 0x00000020;
export const B_DIRTY = 0x00000200;
export const B_DONE = 0x00000400;
export const B_INVAL = 0x00002000;
export const B_LOCKED = 0x00004000;
export const B_MALLOC = 0x00010000;
export const B_PHYS = 0x00040000;
export const B_RAW = 0x00080000;
export const B_PAGING = 0x04000000;
export const B_RELBUF = 0x00400000;
export const B_WANT = 0x00800000;
export const B_CLUSTER = 0x40000000;
/** Pages of the largest transfer: MAXPHYS / PAGE_SIZE. */
export const BUF_NPAGES = 32;

/**
 * What a pager keeps in a buf.
 * @lock r whoever has the request
 */
export interface buf_pager extends struct {
  pg_reqpage: int; // (r) index in b_pages of the page asked for
}

/**
 * A buffer header.
 * @lock r whoever has the request: the issuer, then the driver, then the completion
 * @lock a the disk's queue lock
 * @lock b pbuf_mtx
 * @lock d bdone_mtx
 * @lock c constant after startup
 */
export interface buf extends struct {
  b_iocmd: u_int; // (r) @0x00 BIO_READ or BIO_WRITE
  b_dev: dev_t; // (r) @0x04 device
  b_blkno: daddr_t; // (r) @0x08 block in the device
  b_offset: off_t; // (r) @0x0c the same in bytes
  b_bcount: int; // (r) @0x14 bytes to move
  b_data: caddr_t; // (r) @0x18 where the pages are mapped in the kernel
  b_ioflags: u_int; // (r) @0x1c BIO_ERROR ...
  b_error: int; // (r) @0x20 errno if BIO_ERROR
  b_resid: int; // (r) @0x24 bytes not moved
  b_io_done: (bp: bio) => Sleeps; // (r) @0x28 the bio's completion: bufdonebio
  b_driver1: u32; // (r) @0x2c the driver's
  b_driver2: u32; // (r) @0x30 the driver's
  b_caller1: u32; // (r) @0x34 the issuer's
  b_caller2: u32; // (r) @0x38 the issuer's
  b_io_queue: embed<TAILQ_ENTRY<bio>>; // (a) @0x3c disk queue
  b_pblkno: daddr_t; // (r) @0x44 block on the whole disk
  b_flags: u_int; // (d) B_*: the owner's, except B_DONE, which bufdone sets
  b_iodone: (bp: buf) => Sleeps; // (r) called on completion, in the interrupt thread; null: bufwait is waiting
  b_vp: vnode; // (r) vnode of the device
  b_lblkno: daddr_t; // (r) logical block
  b_bufsize: int; // (r) bytes mapped
  b_dirtyoff: int; // (r) first dirty byte
  b_dirtyend: int; // (r) end of the dirty bytes
  b_npages: int; // (r) pages in b_pages
  b_pages: array<vm_page, 32>; // (r) the pages
  b_pager: embed<buf_pager>; // (r) the pager's
  b_rcred: uid_t; // (r) user who reads
  b_wcred: uid_t; // (r) user who writes
  b_saveaddr: caddr_t; // (r) b_data before vmapbuf
  b_kvabase: caddr_t; // (c) this buf's window of the kernel map
  b_kvasize: int; // (c) its size
  b_freelist: embed<TAILQ_ENTRY<buf>>; // (b) free list
  b_lock: embed<lock>; // (r) held while in use
  b_qindex: u16; // (r) always 0: no buffer queues
  b_xflags: u16; // (r) always 0
  b_magic: u32; // (r) the user's
  b_spc: u32; // (r) the user's
}
