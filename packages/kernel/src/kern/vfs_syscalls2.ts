/**
 * System calls that change directories (the rest of kern/vfs_syscalls.c): mknod, unlink, mkdir, rmdir,
 * rename. Not here: link, symlink, readlink (symbolic links come with the root image). All under Giant; the
 * directory that changes is locked from the lookup of the entry to its change.
 */
import { NODEV } from '../sys/conf.h.js';
import { EBUSY, EEXIST, EINVAL, EISDIR, ENOTDIR, EPERM } from '../sys/errno.h.js';
import type { nameidata } from '../sys/namei.h.js';
import { CREATE, DELETE, LOCKPARENT, RENAME } from '../sys/namei.h.js';
import type { proc } from '../sys/proc.h.js';
import { ACCESSPERMS, S_IFBLK, S_IFCHR, S_IFMT } from '../sys/stat.h.js';
import type { mkdir_args, mknod_args, rename_args, rmdir_args, unlink_args } from '../sys/sysproto.h.js';
import type { dev_t } from '../sys/types.h.js';
import { UIO_USERSPACE } from '../sys/uio.h.js';
import { VBLK, VCHR, VDIR, VROOT, VWRITE } from '../sys/vnode.h.js';
import { NDFREE, NDINIT, namei } from './vfs_lookup.js';
import { VOP_UNLOCK, vrele } from './vfs_subr.js';
import { vn_create } from './vfs_vnops.js';
import { VOP_ACCESS, VOP_REMOVE, VOP_RENAME } from './vnode_if.js';

/** mknod(2): devices, for the superuser. Locks: Giant. May sleep. */
export function* mknod(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<mknod_args>(uap);
  if (p.p_ucred_uid !== 0) return EPERM;
  switch (args.mode & S_IFMT) {
    case S_IFCHR:
      return yield* make_node(p, args.path, VCHR, args.mode, $u32(args.dev));
    case S_IFBLK:
      return yield* make_node(p, args.path, VBLK, args.mode, $u32(args.dev));
    default:
      return EINVAL;
  }
}

/** mkdir(2). Locks: Giant. May sleep. */
export function* mkdir(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<mkdir_args>(uap);
  return yield* make_node(p, args.path, VDIR, args.mode & ACCESSPERMS, NODEV);
}

/** Makes a node that is not there yet. EEXIST. Locks: Giant. May sleep. */
function* make_node(p: proc, path: u32, type: int, mode: int, rdev: dev_t): Sleeps<int> {
  const nd = $local<nameidata>();
  NDINIT(nd, CREATE, LOCKPARENT, UIO_USERSPACE, path, p);
  let error = yield* namei(nd);
  if (error !== 0) return error;
  const old = nd.ni_vp;
  if (old !== null) error = EEXIST;
  else error = yield* vn_create(nd, type, mode, rdev);
  yield* NDFREE(nd);
  if (nd.ni_vp !== null) yield* vrele(nd.ni_vp);
  return error;
}

/** unlink(2). Locks: Giant. May sleep. */
export function* unlink(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<unlink_args>(uap);
  return yield* remove_node(p, args.path, false);
}

/** rmdir(2). Locks: Giant. May sleep. */
export function* rmdir(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<rmdir_args>(uap);
  return yield* remove_node(p, args.path, true);
}

/** Removes an entry; directories only with rmdir, all else only with unlink. Locks: Giant. May sleep. */
function* remove_node(p: proc, path: u32, dir: boolean): Sleeps<int> {
  const nd = $local<nameidata>();
  NDINIT(nd, DELETE, LOCKPARENT, UIO_USERSPACE, path, p);
  let error = yield* namei(nd);
  if (error !== 0) return error;
  const vp = nd.ni_vp;
  const dvp = nd.ni_dvp;
  const isdir = vp.v_type === VDIR;
  if (vp.v_flag & VROOT || nd.ni_namelen === 0) error = EBUSY;
  else if (dir && !isdir) error = ENOTDIR;
  else if (!dir && isdir) error = EPERM;
  /* "." and "..": the directory is not removed through itself. */ else if (
    dir &&
    (vp === dvp || namei_isdots(nd))
  )
    error = EINVAL;
  else error = VOP_ACCESS(dvp, VWRITE, p);
  if (error === 0) error = yield* VOP_REMOVE(dvp, vp, nd.ni_nameptr, nd.ni_namelen);
  yield* NDFREE(nd);
  yield* vrele(vp);
  return error;
}

/** Is the last component "." or ".."? Locks: none. Does not sleep. */
function namei_isdots(ndp: nameidata): boolean {
  const cp = ndp.ni_nameptr;
  if ($ld8(cp) !== 46) return false;
  return ndp.ni_namelen === 1 || (ndp.ni_namelen === 2 && $ld8(cp + 1) === 46);
}

/**
 * rename(2). The two names are looked up one after the other, the second with its directory locked.
 * Locks: Giant. May sleep.
 */
export function* rename(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<rename_args>(uap);
  const from = $local<nameidata>();
  const to = $local<nameidata>();
  NDINIT(from, DELETE, LOCKPARENT, UIO_USERSPACE, args.from, p);
  let error = yield* namei(from);
  if (error !== 0) return error;
  /* Keep the reference on the directory but not its lock: it may be the other's directory too. */
  VOP_UNLOCK(from.ni_dvp, 0, p);
  NDINIT(to, RENAME, LOCKPARENT, UIO_USERSPACE, args.to, p);
  error = yield* namei(to);
  if (error === 0) {
    error = rename_check(p, from, to);
    if (error === 0) {
      error = yield* VOP_RENAME(
        from.ni_dvp,
        from.ni_vp,
        from.ni_nameptr,
        from.ni_namelen,
        to.ni_dvp,
        to.ni_vp,
        to.ni_nameptr,
        to.ni_namelen,
      );
    }
    const tvp = to.ni_vp;
    yield* NDFREE(to);
    if (tvp !== null) yield* vrele(tvp);
  }
  const fdvp = from.ni_dvp;
  from.ni_dvp = null;
  yield* NDFREE(from);
  yield* vrele(fdvp);
  yield* vrele(from.ni_vp);
  /* -1: old and new name are the same file, and that is that. */
  return error === -1 ? 0 : error;
}

/** May the one become the other? -1: they are the same already. Locks: Giant. Does not sleep. */
function rename_check(p: proc, from: nameidata, to: nameidata): int {
  const fvp = from.ni_vp;
  const tvp = to.ni_vp;
  if (fvp.v_flag & VROOT || from.ni_namelen === 0 || to.ni_namelen === 0) return EBUSY;
  if (namei_isdots(from) || namei_isdots(to)) return EINVAL;
  if (tvp !== null) {
    if (fvp === tvp) return -1;
    if (fvp.v_type === VDIR && tvp.v_type !== VDIR) return ENOTDIR;
    if (fvp.v_type !== VDIR && tvp.v_type === VDIR) return EISDIR;
  }
  const error = VOP_ACCESS(from.ni_dvp, VWRITE, p);
  if (error !== 0) return error;
  return VOP_ACCESS(to.ni_dvp, VWRITE, p);
}
