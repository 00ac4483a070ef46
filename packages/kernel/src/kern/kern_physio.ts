/**
 * Raw I/O: transfers between a device and a program's own pages (kern/kern_physio.c, and vmapbuf of
 * i386/vm_machdep.c).
 */
import { curproc } from '../i386/pcpu.h.js';
import type { pmap } from '../i386/pmap.h.js';
import { pmap_extract_and_hold, pmap_qenter, pmap_qremove } from '../i386/pmap_kern.js';
import { fubyte, subyte } from '../i386/support.js';
import { BIO_READ, BIO_WRITE } from '../sys/bio.h.js';
import type { buf } from '../sys/buf.h.js';
import { B_PHYS } from '../sys/buf.h.js';
import { EFAULT, EINVAL } from '../sys/errno.h.js';
import { DEV_BSIZE, PAGE_MASK, PAGE_SIZE } from '../sys/param.h.js';
import type { dev_t } from '../sys/types.h.js';
import type { uio } from '../sys/uio.h.js';
import { UIO_NOCOPY, UIO_READ, UIO_USERSPACE } from '../sys/uio.h.js';
import type { vm_page } from '../vm/vm_page.h.js';
import { vm_page_dirty_found, vm_page_unhold } from '../vm/vm_pageq.js';
import { VM_MAXUSER_ADDRESS, VM_PROT_READ, VM_PROT_WRITE, trunc_page } from '../vm/vm_param.h.js';
import { vm_lock, vm_unlock } from './kern_regime.h.js';
import { DEV_STRATEGY, bufwait } from './vfs_bio.js';
import { getpbuf, relpbuf } from './vfs_pbuf.js';

/**
 * Reads or writes a block device as `uio` says, in pieces of at most MAXPHYS bytes. A short transfer ends it.
 * Offset and counts must be multiples of DEV_BSIZE. Locks: Giant. May sleep.
 */
export function* physio(dev: dev_t, uio: uio, ioflag: int): Sleeps<int> {
  if (uio.uio_segflg === UIO_NOCOPY) return EINVAL;
  if (uio.uio_offset < $i64(0) || (uio.uio_offset & $i64(DEV_BSIZE - 1)) !== $i64(0)) return EINVAL;
  const bp = yield* getpbuf(null);
  let error: int = 0;
  while (error === 0 && uio.uio_resid > 0) {
    const iov = uio.uio_iov;
    if (iov.iov_len === 0) {
      uio.uio_iov = $idx(iov, 1);
      uio.uio_iovcnt--;
      continue;
    }
    const want = uio.uio_resid;
    error = yield* physio_piece(dev, uio, bp);
    if (bp.b_resid !== 0 || uio.uio_resid === want) break;
  }
  relpbuf(bp, null);
  return error;
}

/** One piece of it: advances uio by what was moved. Locks: Giant. May sleep. */
function* physio_piece(dev: dev_t, uio: uio, bp: buf): Sleeps<int> {
  const iov = uio.uio_iov;
  const pageoff = iov.iov_base & PAGE_MASK;
  let len: u32 = iov.iov_len;
  if (len + pageoff > $u32(bp.b_kvasize)) len = $u32(bp.b_kvasize) - PAGE_SIZE;
  bp.b_flags = B_PHYS;
  bp.b_ioflags = 0;
  bp.b_error = 0;
  bp.b_resid = 0;
  bp.b_iodone = null;
  bp.b_iocmd = uio.uio_rw === UIO_READ ? BIO_READ : BIO_WRITE;
  bp.b_dev = dev;
  bp.b_bcount = $i32(len);
  bp.b_bufsize = bp.b_bcount;
  bp.b_blkno = $i32(uio.uio_offset >> 9);
  bp.b_data = iov.iov_base;
  if (uio.uio_segflg === UIO_USERSPACE) {
    const error = yield* vmapbuf(bp);
    if (error !== 0) return error;
  }
  DEV_STRATEGY(bp);
  const ioerror = yield* bufwait(bp);
  if (uio.uio_segflg === UIO_USERSPACE) yield* vunmapbuf(bp);
  const done = len - $u32(bp.b_resid);
  iov.iov_base += done;
  iov.iov_len -= done;
  uio.uio_resid -= $i32(done);
  uio.uio_offset += $i64(done);
  /* The driver may have cut b_bcount at the end of the partition; b_resid counts from what was asked. */
  return ioerror;
}

/**
 * Touches a user page so that it is there, for writing if `wr` is set. 0 or EFAULT. Locks: Giant. May sleep.
 */
function* physio_fault(addr: u32, wr: boolean): Sleeps<int> {
  const c = yield* fubyte(addr);
  if (c === -1) return EFAULT;
  if (wr && (yield* subyte(addr, c)) === -1) return EFAULT;
  return 0;
}

/** How often vmapbuf touches a page that is gone again when it looks. */
const PHYSIO_TRIES = 100;

/**
 * Maps the user pages at b_data (b_bufsize bytes) into the buffer's window and holds them, so that they stay
 * where they are during the transfer; b_data becomes the kernel's address of them. 0 or EFAULT. Locks: Giant;
 * takes and drops the vm lock. May sleep.
 */
export function* vmapbuf(bp: buf): Sleeps<int> {
  KASSERT(bp.b_flags & B_PHYS, 'vmapbuf');
  const first = bp.b_data;
  const last = first + $u32(bp.b_bufsize);
  if (last < first || last > VM_MAXUSER_ADDRESS) return EFAULT;
  const wr = bp.b_iocmd === BIO_READ;
  const map_pmap = $cast<pmap>($addr(curproc().p_vmspace.vm_pmap));
  let pidx: int = 0;
  bp.b_npages = 0;
  for (let addr = trunc_page(first); addr < last; addr += PAGE_SIZE) {
    let m: vm_page = null;
    for (let tries: int = 0; m === null; tries++) {
      let error = yield* physio_fault(addr >= first ? addr : first, wr);
      /* Memory of a device never becomes a page that could be held. */
      if (error === 0 && tries === PHYSIO_TRIES) error = EFAULT;
      if (error !== 0) {
        yield* vmapbuf_release(bp);
        return error;
      }
      yield* vm_lock();
      /*
       * Between fault and lock the page may have gone again, or become one that may not be written (a sharer
       * forked).
       */
      m = pmap_extract_and_hold(map_pmap, addr, wr ? VM_PROT_WRITE : VM_PROT_READ);
      vm_unlock();
    }
    bp.b_pages[pidx] = m;
    pidx++;
    bp.b_npages = pidx;
  }
  yield* vm_lock();
  pmap_qenter(bp.b_kvabase, bp.b_pages, pidx);
  vm_unlock();
  bp.b_saveaddr = first;
  bp.b_data = bp.b_kvabase + (first & PAGE_MASK);
  return 0;
}

/**
 * Unmaps and lets go of the pages that vmapbuf held. Locks: Giant; takes and drops the vm lock. May sleep.
 */
function* vmapbuf_release(bp: buf): Sleeps {
  yield* vm_lock();
  if (bp.b_saveaddr !== 0) pmap_qremove(bp.b_kvabase, bp.b_npages);
  for (let i: int = 0; i < bp.b_npages; i++) {
    const m = bp.b_pages[i];
    /* The disk has written to it, whoever may have cleaned it meanwhile. */
    if (bp.b_iocmd === BIO_READ && m.object !== null) vm_page_dirty_found(m);
    vm_page_unhold(m);
    bp.b_pages[i] = null;
  }
  vm_unlock();
  bp.b_npages = 0;
}

/** Undoes vmapbuf. Locks: Giant; takes and drops the vm lock. May sleep. */
export function* vunmapbuf(bp: buf): Sleeps {
  KASSERT(bp.b_npages > 0, 'vunmapbuf: no pages');
  yield* vmapbuf_release(bp);
  bp.b_data = bp.b_saveaddr;
  bp.b_saveaddr = 0;
}
