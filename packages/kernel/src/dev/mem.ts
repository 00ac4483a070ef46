/**
 * /dev/mem and /dev/kmem, and the driver that /dev/null and /dev/zero share with them (i386/mem.c). Physical
 * memory is seen through one page of kernel address space (ptvmmap); the data go through a buffer, since
 * touching the reader's memory may sleep and the window is everybody's.
 */
import { bios_memsize } from '../i386/cpufunc.h.js';
import { ptvmmap } from '../i386/pmap_boot.js';
import { pmap_kenter, pmap_kextract, pmap_kremove } from '../i386/pmap_kern.js';
import { bcopy } from '../i386/support.js';
import { nodump, noioctl, nopoll, nopsize, nostrategy, nullclose } from '../kern/kern_conf.js';
import { M_TEMP, free, malloc } from '../kern/kern_malloc.js';
import { uiomove } from '../kern/kern_subr.js';
import type { cdevsw } from '../sys/conf.h.js';
import {
  D_MEM,
  MEM_MAJOR,
  MEM_MINOR_KMEM,
  MEM_MINOR_MEM,
  MEM_MINOR_NULL,
  MEM_MINOR_ZERO,
  minor,
} from '../sys/conf.h.js';
import { EFAULT, ENXIO, EPERM } from '../sys/errno.h.js';
import { FWRITE } from '../sys/fcntl.h.js';
import { M_WAITOK } from '../sys/malloc.h.js';
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import type { dev_t } from '../sys/types.h.js';
import type { uio } from '../sys/uio.h.js';
import { UIO_READ } from '../sys/uio.h.js';
import { KERNBASE, trunc_page } from '../vm/vm_param.h.js';
import { null_read, null_write, zero_read } from './null.js';

export let mem_cdevsw: embed<cdevsw> = $init({
  d_open: mmopen,
  d_close: nullclose,
  d_read: mmread,
  d_write: mmwrite,
  d_ioctl: noioctl,
  d_poll: nopoll,
  d_mmap: memmmap,
  d_strategy: nostrategy,
  d_name: 'mem',
  d_maj: MEM_MAJOR,
  d_dump: nodump,
  d_psize: nopsize,
  d_flags: D_MEM,
});

/** Writing memory is for the superuser. Locks: Giant. Does not sleep. */
function* mmopen(dev: dev_t, oflags: int, devtype: int, p: proc): Sleeps<int> {
  switch (minor(dev)) {
    case MEM_MINOR_MEM:
    case MEM_MINOR_KMEM:
      return oflags & FWRITE && p.p_ucred_uid !== 0 ? EPERM : 0;
    case MEM_MINOR_NULL:
    case MEM_MINOR_ZERO:
      return 0;
    default:
      return ENXIO;
  }
}

/** Locks: Giant. May sleep. */
function* mmread(dev: dev_t, uio: uio, ioflag: int): Sleeps<int> {
  switch (minor(dev)) {
    case MEM_MINOR_NULL:
      return yield* null_read(dev, uio, ioflag);
    case MEM_MINOR_ZERO:
      return yield* zero_read(dev, uio, ioflag);
    default:
      return yield* mmrw(dev, uio);
  }
}

/** Locks: Giant. May sleep. */
function* mmwrite(dev: dev_t, uio: uio, ioflag: int): Sleeps<int> {
  switch (minor(dev)) {
    case MEM_MINOR_NULL:
    case MEM_MINOR_ZERO:
      return yield* null_write(dev, uio, ioflag);
    default:
      return yield* mmrw(dev, uio);
  }
}

/**
 * Reads or writes memory, page by page. EFAULT beyond the end of RAM, or where kernel memory is not mapped.
 * Locks: Giant. May sleep.
 */
function* mmrw(dev: dev_t, uio: uio): Sleeps<int> {
  const page = yield* malloc(PAGE_SIZE, M_TEMP, M_WAITOK);
  let error: int = 0;
  while (uio.uio_resid > 0 && error === 0) {
    if (uio.uio_offset < $i64(0) || uio.uio_offset > $i64(0xffffffff)) {
      error = EFAULT;
      break;
    }
    const addr = $u32(uio.uio_offset);
    let n: u32 = PAGE_SIZE - (addr & PAGE_MASK);
    if (n > $u32(uio.uio_resid)) n = $u32(uio.uio_resid);
    if (uio.uio_rw === UIO_READ) {
      error = mm_copy(minor(dev), addr, page, n, false);
      if (error === 0) error = yield* uiomove(page, $i32(n), uio);
    } else {
      /* First see that there is something to write to: uiomove counts what it takes. */
      error = mm_copy(minor(dev), addr, page, 0, true);
      if (error === 0) error = yield* uiomove(page, $i32(n), uio);
      if (error === 0) error = mm_copy(minor(dev), addr, page, n, true);
    }
  }
  free(page, M_TEMP);
  return error;
}

/**
 * Moves up to a page between `page` and physical (minor 0) or kernel memory. Locks: Giant. Does not sleep.
 */
function mm_copy(min: int, addr: u32, page: u32, n: u32, wr: boolean): int {
  if (min === MEM_MINOR_KMEM) {
    /* Kernel memory may be unmapped, and pageable memory not there: a look at the page table, not a fault. */
    if (addr < KERNBASE || pmap_kextract(addr) === 0) return EFAULT;
    if (wr) bcopy(page, addr, n);
    else bcopy(addr, page, n);
    return 0;
  }
  if (addr >= bios_memsize()) return EFAULT;
  pmap_kenter(ptvmmap, trunc_page(addr));
  if (wr) bcopy(page, ptvmmap + (addr & PAGE_MASK), n);
  else bcopy(ptvmmap + (addr & PAGE_MASK), page, n);
  pmap_kremove(ptvmmap);
  return 0;
}

/** The page of memory behind an offset, for mmap; -1 if there is none. Locks: none. Does not sleep. */
function memmmap(dev: dev_t, offset: u32, nprot: int): int {
  switch (minor(dev)) {
    case MEM_MINOR_MEM:
      return offset < bios_memsize() ? $i32(offset >>> PAGE_SHIFT) : -1;
    case MEM_MINOR_KMEM: {
      if (offset < KERNBASE) return -1;
      const pa = pmap_kextract(offset);
      return pa !== 0 ? $i32(pa >>> PAGE_SHIFT) : -1;
    }
    default:
      return -1;
  }
}
