/**
 * Open files that are vnodes (kern/vfs_vnops.c), and I/O on vnodes from within the kernel. All under Giant. A regular file
 * or directory is locked for a read or write as a whole; a device is not, for its read may sleep for ever.
 */
import { bzero, copyout } from '../i386/support.js';
import { NODEV } from '../sys/conf.h.js';
import {
  EEXIST,
  EISDIR,
  EMLINK,
  ENOENT,
  ENOTDIR,
  ENOTTY,
  EOPNOTSUPP,
  EROFS,
  ETXTBSY,
} from '../sys/errno.h.js';
import {
  FNONBLOCK,
  FREAD,
  FWRITE,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_FSYNC,
  O_NOFOLLOW,
  O_TRUNC,
} from '../sys/fcntl.h.js';
import type { file, fileops } from '../sys/file.h.js';
import { FOF_OFFSET } from '../sys/file.h.js';
import { FIOASYNC, FIONBIO, FIONREAD } from '../sys/ioccom.h.js';
import { LK_EXCLUSIVE, LK_SHARED } from '../sys/lockmgr.h.js';
import { MNT_RDONLY } from '../sys/mount.h.js';
import type { nameidata } from '../sys/namei.h.js';
import { CREATE, FOLLOW, LOCKPARENT, WILLBEDIR } from '../sys/namei.h.js';
import type { proc } from '../sys/proc.h.js';
import type { stat } from '../sys/stat.h.js';
import {
  ALLPERMS,
  S_BLKSIZE,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFREG,
  S_IFSOCK,
} from '../sys/stat.h.js';
import type { dev_t } from '../sys/types.h.js';
import type { uio } from '../sys/uio.h.js';
import type { vattr, vnode } from '../sys/vnode.h.js';
import {
  IO_APPEND,
  IO_NDELAY,
  IO_SYNC,
  IO_UNIT,
  VBLK,
  VCHR,
  VDIR,
  VFIFO,
  VLNK,
  VNON,
  VNOVAL,
  VREAD,
  VREG,
  VSOCK,
  VTEXT,
  VWRITE,
} from '../sys/vnode.h.js';
import { badfileops } from './kern_descrip.js';
import { NDFREE, namei } from './vfs_lookup.js';
import { VOP_UNLOCK, vfs_object_create, vn_lock, vrele } from './vfs_subr.js';
import {
  VOP_ACCESS,
  VOP_CLOSE,
  VOP_CREATE,
  VOP_GETATTR,
  VOP_IOCTL,
  VOP_OPEN,
  VOP_POLL,
  VOP_READ,
  VOP_WRITE,
} from './vnode_if.js';

export let vnops: embed<fileops> = $init({
  fo_read: vn_read,
  fo_write: vn_write,
  fo_ioctl: vn_ioctl,
  fo_poll: vn_poll,
  fo_stat: vn_statfile,
  fo_close: vn_closefile,
});

/**
 * Opens the file that `ndp` (from NDINIT, LOOKUP) names, creating it if *flagp has O_CREAT. ni_vp is referenced, open and
 * not locked; the name is freed. Locks: Giant. May sleep.
 */
export function* vn_open(ndp: nameidata, flagp: ptr<int>, cmode: int): Sleeps<int> {
  const p = ndp.ni_proc;
  const fmode = flagp[0];
  let error: int = 0;
  if (fmode & O_CREAT) {
    ndp.ni_op = CREATE;
    ndp.ni_flags |= LOCKPARENT;
    if ((fmode & (O_EXCL | O_NOFOLLOW)) === 0) ndp.ni_flags |= FOLLOW;
    error = yield* namei(ndp);
    if (error !== 0) return error;
    if (ndp.ni_vp === null) error = yield* vn_create(ndp, VREG, cmode, NODEV);
    else if (fmode & O_EXCL) error = EEXIST;
    else flagp[0] = fmode & ~O_CREAT;
    const vp = ndp.ni_vp;
    yield* NDFREE(ndp);
    if (error !== 0) {
      if (vp !== null) yield* vrele(vp);
      return error;
    }
  } else {
    if ((fmode & O_NOFOLLOW) === 0) ndp.ni_flags |= FOLLOW;
    error = yield* namei(ndp);
    if (error !== 0) return error;
    yield* NDFREE(ndp);
  }
  error = yield* vn_open_vnode(ndp.ni_vp, flagp[0], p);
  if (error !== 0) {
    yield* vrele(ndp.ni_vp);
    ndp.ni_vp = null;
  }
  return error;
}

/** Makes a file in the locked directory ni_dvp; ni_vp is the new vnode. Locks: Giant; ni_dvp locked. May sleep. */
export function* vn_create(ndp: nameidata, type: int, mode: int, rdev: dev_t): Sleeps<int> {
  const p = ndp.ni_proc;
  const va = $local<vattr>();
  const vpp = $var<vnode>();
  KASSERT(ndp.ni_dvp !== null && ndp.ni_vp === null, 'vn_create: parent and entry');
  if (ndp.ni_namelen === 0) return EEXIST;
  if (ndp.ni_flags & WILLBEDIR && type !== VDIR) return ENOENT;
  const error = VOP_ACCESS(ndp.ni_dvp, VWRITE, p);
  if (error !== 0) return error;
  VATTR_NULL(va);
  va.va_type = type;
  va.va_mode = mode & ALLPERMS & ~$i32(vn_cmask(p));
  va.va_uid = $i32(p.p_ucred_uid);
  va.va_rdev = rdev;
  vpp[0] = null;
  const created = yield* VOP_CREATE(ndp.ni_dvp, vpp, ndp.ni_nameptr, ndp.ni_namelen, va);
  ndp.ni_vp = vpp[0];
  return created;
}

/** The process's umask. Locks: Giant. Does not sleep. */
function vn_cmask(p: proc): u16 {
  return p.p_fd !== null ? p.p_fd.fd_cmask : 0;
}

/** Attributes that change nothing. Locks: the caller's vattr. Does not sleep. */
export function VATTR_NULL(vap: vattr): void {
  vap.va_type = VNON;
  vap.va_mode = VNOVAL;
  vap.va_nlink = VNOVAL;
  vap.va_uid = VNOVAL;
  vap.va_gid = VNOVAL;
  vap.va_fileid = VNOVAL;
  vap.va_size = $i64(VNOVAL);
  vap.va_blocksize = VNOVAL;
  vap.va_atime = VNOVAL;
  vap.va_mtime = VNOVAL;
  vap.va_ctime = VNOVAL;
  vap.va_rdev = NODEV;
  vap.va_bytes = $i64(VNOVAL);
}

/** Checks permissions and opens a vnode that was found. Locks: Giant; a reference. May sleep. */
function* vn_open_vnode(vp: vnode, fmode: int, p: proc): Sleeps<int> {
  if (vp.v_type === VLNK) return EMLINK;
  if (vp.v_type === VSOCK) return EOPNOTSUPP;
  if (fmode & O_DIRECTORY && vp.v_type !== VDIR) return ENOTDIR;
  let mode: int = 0;
  if (fmode & (FWRITE | O_TRUNC)) {
    if (vp.v_type === VDIR) return EISDIR;
    const busy = vn_writechk(vp);
    if (busy !== 0) return busy;
    mode |= VWRITE;
  }
  if (fmode & FREAD) mode |= VREAD;
  /* A file that this open created is open for what was asked, whatever its permissions are to be. */
  let error: int = 0;
  if (!(fmode & O_CREAT)) error = VOP_ACCESS(vp, mode, p);
  if (error === 0) error = yield* VOP_OPEN(vp, fmode, p);
  if (error !== 0) return error;
  error = yield* vfs_object_create(vp, p);
  if (error !== 0) {
    yield* VOP_CLOSE(vp, fmode, p);
    return error;
  }
  if (fmode & FWRITE) vp.v_writecount++;
  return 0;
}

/** May the file be written? ETXTBSY while it is executed. Locks: Giant. Does not sleep. */
export function vn_writechk(vp: vnode): int {
  if (vp.v_mount !== null && vp.v_mount.mnt_flag & MNT_RDONLY && vp.v_type !== VCHR) return EROFS;
  if (vp.v_flag & VTEXT) return ETXTBSY;
  return 0;
}

/** Closes and drops a vnode from vn_open. Locks: Giant. May sleep. */
export function* vn_close(vp: vnode, flags: int, p: proc): Sleeps<int> {
  if (flags & FWRITE) {
    KASSERT(vp.v_writecount > 0, 'vn_close: writecount %d', vp.v_writecount);
    vp.v_writecount--;
  }
  const error = yield* VOP_CLOSE(vp, flags, p);
  yield* vrele(vp);
  return error;
}

/** Locks a vnode for I/O if it is of a kind that wants it. True if locked. Locks: Giant. May sleep. */
function* vn_iolock(vp: vnode, flags: int, p: proc): Sleeps<boolean> {
  if (vp.v_type === VCHR || vp.v_type === VBLK) return false;
  yield* vn_lock(vp, flags, p);
  return true;
}

/** read(2) on a vnode. Locks: Giant. May sleep. */
function* vn_read(fp: file, uio: uio, flags: int, p: proc): Sleeps<int> {
  const vp = $cast<vnode>(fp.f_data);
  if (vp.v_type === VDIR) return EISDIR;
  const ioflag = fp.f_flag & FNONBLOCK ? IO_NDELAY : 0;
  const locked = yield* vn_iolock(vp, LK_SHARED, p);
  if (!(flags & FOF_OFFSET)) uio.uio_offset = fp.f_offset;
  const error = yield* VOP_READ(vp, uio, ioflag);
  if (!(flags & FOF_OFFSET)) fp.f_offset = uio.uio_offset;
  fp.f_nextoff = uio.uio_offset;
  if (locked) VOP_UNLOCK(vp, 0, p);
  return error;
}

/** write(2) on a vnode. Locks: Giant. May sleep. */
function* vn_write(fp: file, uio: uio, flags: int, p: proc): Sleeps<int> {
  const vp = $cast<vnode>(fp.f_data);
  let ioflag: int = IO_UNIT;
  if (fp.f_flag & FNONBLOCK) ioflag |= IO_NDELAY;
  if (fp.f_flag & O_APPEND) ioflag |= IO_APPEND;
  if (fp.f_flag & O_FSYNC) ioflag |= IO_SYNC;
  const locked = yield* vn_iolock(vp, LK_EXCLUSIVE, p);
  if (!(flags & FOF_OFFSET)) uio.uio_offset = fp.f_offset;
  const error = yield* VOP_WRITE(vp, uio, ioflag);
  if (!(flags & FOF_OFFSET)) fp.f_offset = uio.uio_offset;
  fp.f_nextoff = uio.uio_offset;
  if (locked) VOP_UNLOCK(vp, 0, p);
  return error;
}

/** fstat(2) on a vnode. Locks: Giant. Does not sleep. */
function* vn_statfile(fp: file, sb: stat, p: proc): Sleeps<int> {
  return vn_stat($cast<vnode>(fp.f_data), sb);
}

/** Type bits of a mode. Locks: none. Does not sleep. */
export function vttoif(type: int): int {
  switch (type) {
    case VREG:
      return S_IFREG;
    case VDIR:
      return S_IFDIR;
    case VBLK:
      return S_IFBLK;
    case VCHR:
      return S_IFCHR;
    case VLNK:
      return S_IFLNK;
    case VSOCK:
      return S_IFSOCK;
    case VFIFO:
      return S_IFIFO;
    default:
      return 0;
  }
}

/** Fills in a struct stat. Locks: Giant; a reference. Does not sleep. */
export function vn_stat(vp: vnode, sb: stat): int {
  const va = $local<vattr>();
  const error = VOP_GETATTR(vp, va);
  if (error !== 0) return error;
  bzero($addr(sb), $sizeof<stat>());
  sb.st_dev = vp.v_mount !== null ? vp.v_mount.mnt_dev : NODEV;
  sb.st_ino = $u32(va.va_fileid);
  sb.st_mode = va.va_mode | vttoif(va.va_type);
  sb.st_nlink = va.va_nlink;
  sb.st_uid = $u32(va.va_uid);
  sb.st_gid = $u32(va.va_gid);
  sb.st_rdev = va.va_rdev;
  sb.st_size = va.va_size;
  sb.st_atime = va.va_atime;
  sb.st_mtime = va.va_mtime;
  sb.st_ctime = va.va_ctime;
  sb.st_blksize = $u32(va.va_blocksize);
  sb.st_blocks = (va.va_bytes + $i64(S_BLKSIZE - 1)) / $i64(S_BLKSIZE);
  return 0;
}

/** Gives a program the struct stat of a vnode. Locks: Giant; a reference. May sleep. */
export function* vn_statout(vp: vnode, ub: u32): Sleeps<int> {
  const sb = $local<stat>();
  const error = vn_stat(vp, sb);
  if (error !== 0) return error;
  return yield* copyout($addr(sb), ub, $sizeof<stat>());
}

/** ioctl(2) on a vnode: FIONREAD of a file here, a device's own there. Locks: Giant. May sleep. */
function* vn_ioctl(fp: file, com: u32, data: u32, p: proc): Sleeps<int> {
  const vp = $cast<vnode>(fp.f_data);
  const va = $local<vattr>();
  switch (vp.v_type) {
    case VREG:
    case VDIR:
      if (com === FIONREAD) {
        const error = VOP_GETATTR(vp, va);
        if (error !== 0) return error;
        const left = va.va_size - fp.f_offset;
        $st32(data, $i32(left));
        return 0;
      }
      if (com === FIONBIO || com === FIOASYNC) return 0;
      return ENOTTY;
    case VCHR:
    case VBLK:
    case VFIFO:
      return yield* VOP_IOCTL(vp, com, data, fp.f_flag, p);
    default:
      return ENOTTY;
  }
}

/** Locks: Giant. Does not sleep. */
function vn_poll(fp: file, events: int, p: proc): int {
  return VOP_POLL($cast<vnode>(fp.f_data), events, p);
}

/** The last descriptor is closed. Locks: Giant. May sleep. */
function* vn_closefile(fp: file, p: proc): Sleeps<int> {
  fp.f_ops = badfileops;
  return yield* vn_close($cast<vnode>(fp.f_data), fp.f_flag, p);
}
