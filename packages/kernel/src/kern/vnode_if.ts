/**
 * The vnode operations, as BSD's vnode_if.c is generated from vnode_if.src: each VOP_ function calls through the vnode's
 * vector. "Locked" means v_lock (exclusive to change, shared to look); Giant is held unless it says otherwise.
 */
import type { proc } from '../sys/proc.h.js';
import type { uio } from '../sys/uio.h.js';
import type { vattr, vnode } from '../sys/vnode.h.js';
import type { vm_page } from '../vm/vm_page.h.js';

/**
 * Looks `name` up in a directory; *vpp is referenced. ENOENT, ENOTDIR, EACCES.
 * Locks: Giant; dvp may be locked. May sleep.
 */
export function* VOP_LOOKUP(dvp: vnode, name: u32, namelen: int, vpp: ptr<vnode>): Sleeps<int> {
  return yield* dvp.v_op.vop_lookup(dvp, name, namelen, vpp);
}
/**
 * Makes a file, directory, symbolic link or device node as `vap` says (va_type, va_mode, va_rdev); *vpp is referenced.
 * Serves create, mkdir and mknod. Locks: Giant; dvp locked exclusively. May sleep.
 */
export function* VOP_CREATE(dvp: vnode, vpp: ptr<vnode>, name: u32, namelen: int, vap: vattr): Sleeps<int> {
  return yield* dvp.v_op.vop_create(dvp, vpp, name, namelen, vap);
}
/** Removes the entry `name` of vp; serves unlink and rmdir. Locks: Giant; dvp locked exclusively. May sleep. */
export function* VOP_REMOVE(dvp: vnode, vp: vnode, name: u32, namelen: int): Sleeps<int> {
  return yield* dvp.v_op.vop_remove(dvp, vp, name, namelen);
}
/** Moves an entry, replacing tvp if it is not null. Locks: Giant; tdvp locked exclusively. May sleep. */
export function* VOP_RENAME(
  fdvp: vnode,
  fvp: vnode,
  fname: u32,
  flen: int,
  tdvp: vnode,
  tvp: vnode,
  tname: u32,
  tlen: int,
): Sleeps<int> {
  return yield* fdvp.v_op.vop_rename(fdvp, fvp, fname, flen, tdvp, tvp, tname, tlen);
}
/** Prepares for I/O. Locks: Giant. May sleep. */
export function* VOP_OPEN(vp: vnode, mode: int, p: proc): Sleeps<int> {
  return yield* vp.v_op.vop_open(vp, mode, p);
}
/** Undoes one VOP_OPEN. Locks: Giant. May sleep. */
export function* VOP_CLOSE(vp: vnode, fflag: int, p: proc): Sleeps<int> {
  return yield* vp.v_op.vop_close(vp, fflag, p);
}
/** May the process read (VREAD), write or execute? 0 or EACCES. Locks: Giant. Does not sleep. */
export function VOP_ACCESS(vp: vnode, mode: int, p: proc): int {
  return vp.v_op.vop_access(vp, mode, p);
}
/** Fills in all attributes. Locks: Giant. Does not sleep. */
export function VOP_GETATTR(vp: vnode, vap: vattr): int {
  return vp.v_op.vop_getattr(vp, vap);
}
/** Sets the attributes that are not VNOVAL: size, mode, owner, times. Locks: Giant; locked exclusively. May sleep. */
export function* VOP_SETATTR(vp: vnode, vap: vattr, p: proc): Sleeps<int> {
  return yield* vp.v_op.vop_setattr(vp, vap, p);
}
/** Reads at uio_offset. Locks: Giant; locked shared for a file, not locked for a device. May sleep. */
export function* VOP_READ(vp: vnode, uio: uio, ioflag: int): Sleeps<int> {
  return yield* vp.v_op.vop_read(vp, uio, ioflag);
}
/** Writes at uio_offset. Locks: Giant; locked exclusively for a file, not for a device. May sleep. */
export function* VOP_WRITE(vp: vnode, uio: uio, ioflag: int): Sleeps<int> {
  return yield* vp.v_op.vop_write(vp, uio, ioflag);
}
/** Device control; `data` is kernel memory. Locks: Giant. May sleep. */
export function* VOP_IOCTL(vp: vnode, com: u32, data: u32, fflag: int, p: proc): Sleeps<int> {
  return yield* vp.v_op.vop_ioctl(vp, com, data, fflag, p);
}
/** Which of `events` are possible without sleeping. Locks: Giant. Does not sleep. */
export function VOP_POLL(vp: vnode, events: int, p: proc): int {
  return vp.v_op.vop_poll(vp, events, p);
}
/** Writes dirty mapped pages back. Locks: Giant. May sleep. */
export function* VOP_FSYNC(vp: vnode, waitfor: int, p: proc): Sleeps<int> {
  return yield* vp.v_op.vop_fsync(vp, waitfor, p);
}
/** Gives directory entries from uio_offset on. Locks: Giant; locked shared. May sleep. */
export function* VOP_READDIR(vp: vnode, uio: uio): Sleeps<int> {
  return yield* vp.v_op.vop_readdir(vp, uio);
}
/** Gives the target of a symbolic link. Locks: Giant. May sleep. */
export function* VOP_READLINK(vp: vnode, uio: uio): Sleeps<int> {
  return yield* vp.v_op.vop_readlink(vp, uio);
}
/** The last reference of an unlinked file is gone: frees it, the vnode too. Locks: Giant. May sleep. */
export function* VOP_INACTIVE(vp: vnode): Sleeps {
  yield* vp.v_op.vop_inactive(vp);
}

/**
 * Fills busy pages of vp's object, of which m[reqpage] is wanted: VM_PAGER_OK and m[reqpage] valid and still busy, the
 * others made valid and no longer busy, or freed; or VM_PAGER_BAD, _ERROR with all others freed.
 * Locks: vm lock, released while it sleeps, or not held at all. May sleep.
 */
export function* VOP_GETPAGES(vp: vnode, m: ptr<vm_page>, count: int, reqpage: int): Sleeps<int> {
  return yield* vp.v_op.vop_getpages(vp, m, count, reqpage);
}
/**
 * Takes the contents of soft-busy pages of vp's object and makes them clean; rtvals[i] VM_PAGER_OK, _AGAIN, _BAD.
 * Locks: vm lock, released while it sleeps, or not held at all. May sleep.
 */
export function* VOP_PUTPAGES(vp: vnode, m: ptr<vm_page>, count: int, flags: int, rtvals: ptr<int>): Sleeps {
  yield* vp.v_op.vop_putpages(vp, m, count, flags, rtvals);
}
