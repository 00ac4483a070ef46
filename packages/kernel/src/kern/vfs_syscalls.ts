/**
 * System calls on files by name (kern/vfs_syscalls.c), and those on descriptors that must be vnodes. All
 * under Giant. Not here: chown, utimes, statfs, mount, chroot (one file system, one user).
 * kern/vfs_syscalls2.ts has those that change directories.
 */
import { copyout } from '../i386/support.js';
import type { iovec } from '../sys/_iovec.h.js';
import { EBADF, EINTR, EINVAL, EISDIR, ENOTDIR, ERESTART, ESPIPE } from '../sys/errno.h.js';
import {
  FCNTLFLAGS,
  FFLAGS,
  FREAD,
  FWRITE,
  L_INCR,
  L_SET,
  L_XTND,
  O_ACCMODE,
  O_TRUNC,
  R_OK,
  W_OK,
  X_OK,
} from '../sys/fcntl.h.js';
import type { file } from '../sys/file.h.js';
import { DTYPE_VNODE } from '../sys/file.h.js';
import type { filedesc } from '../sys/filedesc.h.js';
import { LK_EXCLUSIVE, LK_SHARED } from '../sys/lockmgr.h.js';
import { MNT_NOWAIT, MNT_WAIT } from '../sys/mount.h.js';
import type { nameidata } from '../sys/namei.h.js';
import { FOLLOW, LOOKUP, NOFOLLOW } from '../sys/namei.h.js';
import type { proc } from '../sys/proc.h.js';
import { ACCESSPERMS, ALLPERMS } from '../sys/stat.h.js';
import type {
  access_args,
  chdir_args,
  chmod_args,
  fchdir_args,
  fsync_args,
  ftruncate_args,
  getdirentries_args,
  lseek_args,
  lstat_args,
  open_args,
  stat_args,
  truncate_args,
  umask_args,
} from '../sys/sysproto.h.js';
import type { off_t } from '../sys/types.h.js';
import type { uio } from '../sys/uio.h.js';
import { UIO_READ, UIO_USERSPACE } from '../sys/uio.h.js';
import type { vattr, vnode } from '../sys/vnode.h.js';
import { VDIR, VEXEC, VREAD, VREG, VWRITE } from '../sys/vnode.h.js';
import { falloc, fdrop, fdundo, fget, fhold } from './kern_descrip.js';
import { uio_init } from './kern_subr.js';
import { NDFREE, NDINIT, lookup, namei } from './vfs_lookup.js';
import { VOP_UNLOCK, sync_all, vn_lock, vput, vref, vrele } from './vfs_subr.js';
import { VATTR_NULL, vn_open, vn_statout, vn_writechk, vnops } from './vfs_vnops.js';
import { VOP_ACCESS, VOP_FSYNC, VOP_GETATTR, VOP_READDIR, VOP_SETATTR } from './vnode_if.js';

/** open(2). Locks: Giant. May sleep. */
export function* open(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<open_args>(uap);
  const nd = $local<nameidata>();
  const nfp = $var<file>();
  const indx = $var<int>();
  const flagp = $var<int>();
  if ((args.flags & O_ACCMODE) === O_ACCMODE) return EINVAL;
  const flags = FFLAGS(args.flags);
  let error = yield* falloc(p, nfp, indx);
  if (error !== 0) return error;
  const fp = nfp[0];
  /* Our own reference: somebody who shares the table may close the slot while we sleep. */
  fhold(fp);
  NDINIT(nd, LOOKUP, 0, UIO_USERSPACE, args.path, p);
  flagp[0] = flags;
  error = yield* vn_open(nd, flagp, args.mode);
  if (error !== 0) {
    yield* fdundo(p, fp, indx[0]);
    yield* fdrop(fp, p);
    return error === ERESTART ? EINTR : error;
  }
  const vp = nd.ni_vp;
  fp.f_data = $addr(vp);
  fp.f_flag = flagp[0] & (FREAD | FWRITE | FCNTLFLAGS);
  fp.f_ops = vnops;
  fp.f_type = DTYPE_VNODE;
  if (flags & O_TRUNC && vp.v_type === VREG) {
    error = yield* setsize(vp, $i64(0), p);
    if (error !== 0) yield* fdundo(p, fp, indx[0]);
  }
  yield* fdrop(fp, p);
  p.p_retval[0] = indx[0];
  return error;
}

/** The vnode of a descriptor, null with the errno in *error if it has none. Locks: Giant. Does not sleep. */
export function getvnode(fdp: filedesc, fd: int, error: ptr<int>): file {
  const fp = fget(fdp, fd);
  error[0] = 0;
  if (fp === null) error[0] = EBADF;
  else if (fp.f_type !== DTYPE_VNODE) error[0] = EINVAL;
  return error[0] === 0 ? fp : null;
}

/** lseek(2). Locks: Giant. Does not sleep. */
export function* lseek(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<lseek_args>(uap);
  const va = $local<vattr>();
  const fp = fget(p.p_fd, args.fd);
  if (fp === null) return EBADF;
  if (fp.f_type !== DTYPE_VNODE) return ESPIPE;
  const vp = $cast<vnode>(fp.f_data);
  let offset: off_t = args.offset;
  if (args.whence === L_INCR) {
    offset += fp.f_offset;
  } else if (args.whence === L_XTND) {
    const error = VOP_GETATTR(vp, va);
    if (error !== 0) return error;
    offset += va.va_size;
  } else if (args.whence !== L_SET) {
    return EINVAL;
  }
  /* A device like /dev/kmem has addresses beyond 2 GB, nothing has negative ones. */
  if (offset < $i64(0)) return EINVAL;
  fp.f_offset = offset;
  const retval = $cast<ptr<off_t>>($addr(p.p_retval));
  retval[0] = offset;
  return 0;
}

/** access(2). Locks: Giant. May sleep. */
export function* access(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<access_args>(uap);
  const vpp = $var<vnode>();
  let error = yield* lookup(args.path, UIO_USERSPACE, vpp);
  if (error !== 0) return error;
  let mode: int = 0;
  if (args.flags & R_OK) mode |= VREAD;
  if (args.flags & W_OK) mode |= VWRITE;
  if (args.flags & X_OK) mode |= VEXEC;
  if (mode & VWRITE) error = vn_writechk(vpp[0]);
  if (error === 0 && mode !== 0) error = VOP_ACCESS(vpp[0], mode, p);
  yield* vrele(vpp[0]);
  return error;
}

/** stat(2) and lstat(2). Locks: Giant. May sleep. */
function* dostat(p: proc, path: u32, ub: u32, follow: int): Sleeps<int> {
  const nd = $local<nameidata>();
  NDINIT(nd, LOOKUP, follow, UIO_USERSPACE, path, p);
  let error = yield* namei(nd);
  if (error !== 0) return error;
  error = yield* vn_statout(nd.ni_vp, ub);
  yield* NDFREE(nd);
  yield* vrele(nd.ni_vp);
  return error;
}

/** stat(2). Locks: Giant. May sleep. */
export function* stat(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<stat_args>(uap);
  return yield* dostat(p, args.path, args.ub, FOLLOW);
}

/** lstat(2): of a symbolic link itself. Locks: Giant. May sleep. */
export function* lstat(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<lstat_args>(uap);
  return yield* dostat(p, args.path, args.ub, NOFOLLOW);
}

/** Makes `vp` the current directory; takes over the reference. Locks: Giant. May sleep. */
function* change_dir(p: proc, vp: vnode): Sleeps<int> {
  let error: int = 0;
  if (vp.v_type !== VDIR) error = ENOTDIR;
  else error = VOP_ACCESS(vp, VEXEC, p);
  if (error !== 0) {
    yield* vrele(vp);
    return error;
  }
  const old = p.p_fd.fd_cdir;
  p.p_fd.fd_cdir = vp;
  if (old !== null) yield* vrele(old);
  return 0;
}

/** chdir(2). Locks: Giant. May sleep. */
export function* chdir(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<chdir_args>(uap);
  const vpp = $var<vnode>();
  const error = yield* lookup(args.path, UIO_USERSPACE, vpp);
  if (error !== 0) return error;
  return yield* change_dir(p, vpp[0]);
}

/** fchdir(2). Locks: Giant. May sleep. */
export function* fchdir(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<fchdir_args>(uap);
  const error = $var<int>();
  const fp = getvnode(p.p_fd, args.fd, error);
  if (fp === null) return error[0];
  const vp = $cast<vnode>(fp.f_data);
  vref(vp);
  return yield* change_dir(p, vp);
}

/** umask(2). Locks: Giant. Does not sleep. */
export function* umask(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<umask_args>(uap);
  p.p_retval[0] = p.p_fd.fd_cmask;
  p.p_fd.fd_cmask = args.newmask & ACCESSPERMS;
  return 0;
}

/** chmod(2). Locks: Giant. May sleep. */
export function* chmod(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<chmod_args>(uap);
  const vpp = $var<vnode>();
  const va = $local<vattr>();
  let error = yield* lookup(args.path, UIO_USERSPACE, vpp);
  if (error !== 0) return error;
  VATTR_NULL(va);
  va.va_mode = args.mode & ALLPERMS;
  yield* vn_lock(vpp[0], LK_EXCLUSIVE, p);
  error = yield* VOP_SETATTR(vpp[0], va, p);
  yield* vput(vpp[0]);
  return error;
}

/** Sets a file's size. Locks: Giant; a reference; takes and drops the vnode lock. May sleep. */
export function* setsize(vp: vnode, length: off_t, p: proc): Sleeps<int> {
  const va = $local<vattr>();
  if (length < $i64(0)) return EINVAL;
  if (vp.v_type === VDIR) return EISDIR;
  yield* vn_lock(vp, LK_EXCLUSIVE, p);
  let error = vn_writechk(vp);
  if (error === 0) {
    VATTR_NULL(va);
    va.va_size = length;
    error = yield* VOP_SETATTR(vp, va, p);
  }
  VOP_UNLOCK(vp, 0, p);
  return error;
}

/** truncate(2). Locks: Giant. May sleep. */
export function* truncate(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<truncate_args>(uap);
  const vpp = $var<vnode>();
  if (args.length < $i64(0)) return EINVAL;
  let error = yield* lookup(args.path, UIO_USERSPACE, vpp);
  if (error !== 0) return error;
  error = VOP_ACCESS(vpp[0], VWRITE, p);
  if (error === 0) error = yield* setsize(vpp[0], args.length, p);
  yield* vrele(vpp[0]);
  return error;
}

/** ftruncate(2). Locks: Giant. May sleep. */
export function* ftruncate(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<ftruncate_args>(uap);
  const errp = $var<int>();
  const fp = getvnode(p.p_fd, args.fd, errp);
  if (fp === null) return errp[0];
  if (!(fp.f_flag & FWRITE)) return EINVAL;
  fhold(fp);
  const error = yield* setsize($cast<vnode>(fp.f_data), args.length, p);
  yield* fdrop(fp, p);
  return error;
}

/** fsync(2). Locks: Giant. May sleep. */
export function* fsync(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<fsync_args>(uap);
  const errp = $var<int>();
  const fp = getvnode(p.p_fd, args.fd, errp);
  if (fp === null) return errp[0];
  fhold(fp);
  const error = yield* VOP_FSYNC($cast<vnode>(fp.f_data), MNT_WAIT, p);
  yield* fdrop(fp, p);
  return error;
}

/** sync(2). Locks: Giant. May sleep. */
export function* sync(p: proc, uap: u32): Sleeps<int> {
  yield* sync_all(MNT_NOWAIT);
  return 0;
}

/**
 * getdirentries(2): entries in the file-system independent form; p_retval is their size in bytes.
 * Locks: Giant. May sleep.
 */
export function* getdirentries(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<getdirentries_args>(uap);
  const errp = $var<int>();
  const where = $var<int>();
  const aiov = $local<iovec>();
  const auio = $local<uio>();
  if (args.count > 0x7fffffff) return EINVAL;
  const fp = getvnode(p.p_fd, args.fd, errp);
  if (fp === null) return errp[0];
  if (!(fp.f_flag & FREAD)) return EBADF;
  const vp = $cast<vnode>(fp.f_data);
  if (vp.v_type !== VDIR) return EINVAL;
  fhold(fp);
  uio_init(auio, aiov, args.buf, args.count, UIO_USERSPACE, UIO_READ, p);
  yield* vn_lock(vp, LK_SHARED, p);
  auio.uio_offset = fp.f_offset;
  where[0] = $i32(fp.f_offset);
  let error = yield* VOP_READDIR(vp, auio);
  fp.f_offset = auio.uio_offset;
  VOP_UNLOCK(vp, 0, p);
  yield* fdrop(fp, p);
  if (error === 0 && args.basep !== 0) error = yield* copyout($addr(where), args.basep, 4);
  p.p_retval[0] = $i32(args.count) - auio.uio_resid;
  return error;
}
