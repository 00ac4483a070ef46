/**
 * read, write and ioctl on any kind of open file (kern/sys_generic.c). Not here: select and poll, pread and
 * pwrite.
 */
import { bzero, copyin, copyout } from '../i386/support.js';
import type { iovec } from '../sys/_iovec.h.js';
import { EBADF, EINTR, EINVAL, ENOTTY, EPIPE, ERESTART, EWOULDBLOCK } from '../sys/errno.h.js';
import { FASYNC, FNONBLOCK, FREAD, FWRITE } from '../sys/fcntl.h.js';
import type { file } from '../sys/file.h.js';
import { UF_EXCLOSE } from '../sys/filedesc.h.js';
import {
  FIOASYNC,
  FIOCLEX,
  FIONBIO,
  FIONCLEX,
  IOCPARM_LEN,
  IOCPARM_MAX,
  IOC_IN,
  IOC_OUT,
} from '../sys/ioccom.h.js';
import type { malloc_type } from '../sys/malloc.h.js';
import { M_WAITOK } from '../sys/malloc.h.js';
import type { proc } from '../sys/proc.h.js';
import { PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import { SIGPIPE } from '../sys/signal.h.js';
import type { ioctl_args, read_args, readv_args, write_args, writev_args } from '../sys/sysproto.h.js';
import type { uio } from '../sys/uio.h.js';
import { UIO_MAXIOV, UIO_READ, UIO_SMALLIOV, UIO_USERSPACE, UIO_WRITE } from '../sys/uio.h.js';
import { fdrop, fget, fhold, holdfp } from './kern_descrip.js';
import { free, malloc } from './kern_malloc.js';
import { psignal } from './kern_sig.js';
import { uio_init } from './kern_subr.js';

export let M_IOV: embed<malloc_type> = $init({ ks_shortdesc: 'iov' });
export let M_IOCTLOPS: embed<malloc_type> = $init({ ks_shortdesc: 'ioctlops' });

/** Most bytes of an ioctl's argument that lie on the kernel stack. */
const STK_PARAMS = 128;

/** read(2). Locks: Giant. May sleep. */
export function* read(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<read_args>(uap);
  const aiov = $local<iovec>();
  const auio = $local<uio>();
  if (args.nbyte > 0x7fffffff) return EINVAL;
  const fp = holdfp(p.p_fd, args.fd, FREAD);
  if (fp === null) return EBADF;
  uio_init(auio, aiov, args.buf, args.nbyte, UIO_USERSPACE, UIO_READ, p);
  const error = yield* dofileread(p, fp, auio);
  yield* fdrop(fp, p);
  return error;
}

/** readv(2). Locks: Giant. May sleep. */
export function* readv(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<readv_args>(uap);
  return yield* dovector(p, args.fd, args.iovp, args.iovcnt, UIO_READ);
}

/** write(2). Locks: Giant. May sleep. */
export function* write(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<write_args>(uap);
  const aiov = $local<iovec>();
  const auio = $local<uio>();
  if (args.nbyte > 0x7fffffff) return EINVAL;
  const fp = holdfp(p.p_fd, args.fd, FWRITE);
  if (fp === null) return EBADF;
  uio_init(auio, aiov, args.buf, args.nbyte, UIO_USERSPACE, UIO_WRITE, p);
  const error = yield* dofilewrite(p, fp, auio);
  yield* fdrop(fp, p);
  return error;
}

/** writev(2). Locks: Giant. May sleep. */
export function* writev(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<writev_args>(uap);
  return yield* dovector(p, args.fd, args.iovp, args.iovcnt, UIO_WRITE);
}

/**
 * Reads as auio says; p_retval is the count. An interrupted read that moved something is a short read.
 * Locks: Giant; a reference on fp. May sleep.
 */
function* dofileread(p: proc, fp: file, auio: uio): Sleeps<int> {
  const want = auio.uio_resid;
  let error = yield* fp.f_ops.fo_read(fp, auio, 0, p);
  if (error !== 0 && auio.uio_resid !== want) {
    if (error === ERESTART || error === EINTR || error === EWOULDBLOCK) error = 0;
  }
  KASSERT(auio.uio_resid >= 0 && auio.uio_resid <= want, 'dofileread: resid %d of %d', auio.uio_resid, want);
  p.p_retval[0] = want - auio.uio_resid;
  return error;
}

/**
 * Writes as auio says; p_retval is the count; EPIPE also sends SIGPIPE. Locks: Giant; a reference on fp. May
 * sleep.
 */
function* dofilewrite(p: proc, fp: file, auio: uio): Sleeps<int> {
  const want = auio.uio_resid;
  let error = yield* fp.f_ops.fo_write(fp, auio, 0, p);
  if (error !== 0) {
    if (auio.uio_resid !== want && (error === ERESTART || error === EINTR || error === EWOULDBLOCK))
      error = 0;
    if (error === EPIPE) {
      yield* PROC_LOCK(p);
      psignal(p, SIGPIPE);
      PROC_UNLOCK(p);
    }
  }
  KASSERT(auio.uio_resid >= 0 && auio.uio_resid <= want, 'dofilewrite: resid %d of %d', auio.uio_resid, want);
  p.p_retval[0] = want - auio.uio_resid;
  return error;
}

/** readv and writev: copies the vector in and goes the way of read or write. Locks: Giant. May sleep. */
function* dovector(p: proc, fd: int, iovp: u32, iovcnt: u_int, rw: int): Sleeps<int> {
  const auio = $local<uio>();
  const small = $local<array<embed<iovec>, 8>>();
  if (iovcnt === 0 || iovcnt > UIO_MAXIOV) return EINVAL;
  const fp = holdfp(p.p_fd, fd, rw === UIO_READ ? FREAD : FWRITE);
  if (fp === null) return EBADF;
  const size = iovcnt * $sizeof<iovec>();
  let big: u32 = 0;
  if (iovcnt > UIO_SMALLIOV) big = yield* malloc(size, M_IOV, M_WAITOK);
  const iov = $cast<iovec>(big !== 0 ? big : $addr(small));
  let error = yield* copyin(iovp, $addr(iov), size);
  if (error === 0) {
    uio_init(auio, iov, iov.iov_base, iov.iov_len, UIO_USERSPACE, rw, p);
    auio.uio_iovcnt = $i32(iovcnt);
    error = sum_iov(auio);
  }
  if (error === 0) {
    if (rw === UIO_READ) error = yield* dofileread(p, fp, auio);
    else error = yield* dofilewrite(p, fp, auio);
  }
  if (big !== 0) free(big, M_IOV);
  yield* fdrop(fp, p);
  return error;
}

/** Sets uio_resid to the sum of the pieces; EINVAL if it does not fit. Locks: none. Does not sleep. */
function sum_iov(auio: uio): int {
  let resid: u32 = 0;
  for (let i: int = 0; i < auio.uio_iovcnt; i++) {
    const len = $idx(auio.uio_iov, i).iov_len;
    if (len > 0x7fffffff - resid) return EINVAL;
    resid += len;
  }
  auio.uio_resid = $i32(resid);
  return 0;
}

/**
 * ioctl(2): the command says how many bytes of argument go in and out; the device sees them in kernel memory.
 * Locks: Giant. May sleep.
 */
export function* ioctl(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<ioctl_args>(uap);
  const stkbuf = $local<array<char, 128>>();
  const com = args.com;
  const fp = fget(p.p_fd, args.fd);
  if (fp === null) return EBADF;
  if ((fp.f_flag & (FREAD | FWRITE)) === 0) return EBADF;
  if (com === FIOCLEX || com === FIONCLEX) {
    const fl = p.p_fd.fd_ofileflags[args.fd];
    p.p_fd.fd_ofileflags[args.fd] = com === FIOCLEX ? fl | UF_EXCLOSE : fl & ~UF_EXCLOSE;
    return 0;
  }
  const size = IOCPARM_LEN(com);
  if (size > IOCPARM_MAX) return ENOTTY;
  fhold(fp);
  let memp: u32 = 0;
  if (size > STK_PARAMS) memp = yield* malloc(size, M_IOCTLOPS, M_WAITOK);
  const data = memp !== 0 ? memp : $addr(stkbuf);
  let error: int = 0;
  if (com & IOC_IN) {
    if (size > 0) error = yield* copyin(args.data, data, size);
    else $st32(data, $i32(args.data));
  } else if (com & IOC_OUT && size > 0) {
    /* So that no former contents of the kernel's memory get out. */
    bzero(data, size);
  }
  if (error === 0) error = yield* fo_ioctl_any(fp, com, data, p);
  if (error === 0 && com & IOC_OUT && size > 0) error = yield* copyout(data, args.data, size);
  if (memp !== 0) free(memp, M_IOCTLOPS);
  yield* fdrop(fp, p);
  return error;
}

/** FIONBIO and FIOASYNC concern the open file; everything else is the device's. Locks: Giant. May sleep. */
function* fo_ioctl_any(fp: file, com: u32, data: u32, p: proc): Sleeps<int> {
  if (com === FIONBIO) {
    if ($ld32(data) !== 0) fp.f_flag |= FNONBLOCK;
    else fp.f_flag &= ~FNONBLOCK;
  } else if (com === FIOASYNC) {
    if ($ld32(data) !== 0) fp.f_flag |= FASYNC;
    else fp.f_flag &= ~FASYNC;
  }
  return yield* fp.f_ops.fo_ioctl(fp, com, data, p);
}
