/**
 * The memory file system's names and attributes. All under Giant; directories are changed with their vnode
 * locked exclusively. Looking a name up does not sleep.
 *
 * Invariants:
 *  1. A node and its vnode live and die together; VUNLINKED is set when mn_nlink becomes 0.
 *  2. mn_nlink of a directory is 2 plus its subdirectories; of anything else, its entries.
 */
import { curproc } from '../i386/pcpu.h.js';
import { bcmp, bcopy, bzero } from '../i386/support.js';
import { free, malloc } from '../kern/kern_malloc.js';
import { uiomove } from '../kern/kern_subr.js';
import { time_second } from '../kern/kern_tc.js';
import { VOP_UNLOCK, getnewvnode, vflushpages, vfree, vget, vn_lock } from '../kern/vfs_subr.js';
import { vttoif } from '../kern/vfs_vnops.js';
import type { dirent } from '../sys/dirent.h.js';
import { GENERIC_DIRSIZ } from '../sys/dirent.h.js';
import { EACCES, EFBIG, EINVAL, EISDIR, ENOENT, ENOTDIR, ENOTEMPTY, EPERM } from '../sys/errno.h.js';
import { LK_EXCLUSIVE } from '../sys/lockmgr.h.js';
import type { malloc_type } from '../sys/malloc.h.js';
import { M_WAITOK, M_ZERO } from '../sys/malloc.h.js';
import type { mount } from '../sys/mount.h.js';
import { PAGE_SIZE } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { ALLPERMS } from '../sys/stat.h.js';
import type { dev_t, uid_t } from '../sys/types.h.js';
import type { uio } from '../sys/uio.h.js';
import type { vattr, vnode, vop_vector } from '../sys/vnode.h.js';
import { VBLK, VCHR, VDIR, VEXEC, VLNK, VNOVAL, VREG, VUNLINKED } from '../sys/vnode.h.js';
import { round_page } from '../vm/vm_param.h.js';
import type { memdirent, memnode } from './memfs.h.js';
import { MEMFS_MAXFILESIZE } from './memfs.h.js';
import {
  memfs_free_data,
  memfs_getpages,
  memfs_putpages,
  memfs_read,
  memfs_setsize,
  memfs_write,
} from './memfs_data.js';
import {
  spec_close,
  spec_fsync,
  spec_getpages,
  spec_ioctl,
  spec_open,
  spec_poll,
  spec_putpages,
  spec_read,
  spec_strategy,
  spec_write,
  vop_nocreate,
  vop_noioctl,
  vop_nolookup,
  vop_nopoll,
  vop_noreaddir,
  vop_noreadlink,
  vop_noremove,
  vop_nostrategy,
  vop_nullclose,
  vop_nullopen,
} from './specfs.js';

export let M_MEMFSNODE: embed<malloc_type> = $init({ ks_shortdesc: 'MEMFS node' });
export let M_MEMFSENT: embed<malloc_type> = $init({ ks_shortdesc: 'MEMFS dirent' });
let memfs_lastino: u32 = 1;

/** A new node with its vnode, referenced once, not linked anywhere. Locks: Giant. May sleep. */
export function* memfs_newnode(mp: mount, type: int, mode: int, uid: uid_t, rdev: dev_t): Sleeps<memnode> {
  const mn = $cast<memnode>(yield* malloc($sizeof<memnode>(), M_MEMFSNODE, M_WAITOK | M_ZERO));
  const isdev = type === VCHR || type === VBLK;
  const vp = yield* getnewvnode(mp, type, isdev ? memfs_specops : memfs_vnodeops);
  vp.v_data = $addr(mn);
  vp.v_rdev = rdev;
  /* Without a link until memfs_enter: should the making of the entry fail, the last vrele has it freed. */
  vp.v_flag |= VUNLINKED;
  mn.mn_vnode = vp;
  mn.mn_ino = ++memfs_lastino;
  mn.mn_mode = mode & ALLPERMS;
  mn.mn_uid = uid;
  mn.mn_rdev = rdev;
  mn.mn_nextoff = 2;
  mn.mn_atime = time_second;
  mn.mn_mtime = mn.mn_atime;
  mn.mn_ctime = mn.mn_atime;
  TAILQ_INIT(mn.mn_entries);
  return mn;
}

/** The entry of a name in a directory, null if there is none. Locks: Giant. Does not sleep. */
function memfs_find(dn: memnode, name: u32, namelen: int): memdirent {
  for (let de = TAILQ_FIRST(dn.mn_entries); de !== null; de = TAILQ_NEXT(de, 'me_list')) {
    if (de.me_namelen === namelen && bcmp(memfs_name(de), name, $u32(namelen)) === 0) return de;
  }
  return null;
}

/** Where an entry's name is. Locks: none. Does not sleep. */
function memfs_name(de: memdirent): u32 {
  return $addr(de) + $sizeof<memdirent>();
}

/**
 * Makes the entry `name` for a node, which gets one more link. Locks: Giant; the directory exclusive. May
 * sleep.
 */
export function* memfs_enter(dn: memnode, name: u32, namelen: int, mn: memnode): Sleeps {
  const size = $sizeof<memdirent>() + $u32(namelen) + 1;
  const de = $cast<memdirent>(yield* malloc(size, M_MEMFSENT, M_WAITOK));
  KASSERT(memfs_find(dn, name, namelen) === null, 'memfs_enter: name exists');
  de.me_node = mn;
  de.me_off = dn.mn_nextoff++;
  de.me_namelen = namelen;
  bcopy(name, memfs_name(de), $u32(namelen));
  $st8(memfs_name(de) + $u32(namelen), 0);
  TAILQ_INSERT_TAIL(dn.mn_entries, de, 'me_list');
  mn.mn_nlink++;
  mn.mn_vnode.v_flag &= ~VUNLINKED;
  if (mn.mn_vnode.v_type === VDIR) {
    mn.mn_parent = dn;
    /* Its own "." counts, and its ".." counts for the parent. */
    if (mn.mn_nlink === 1) mn.mn_nlink++;
    dn.mn_nlink++;
  }
  dn.mn_size += DIRENT_SIZE;
  dn.mn_mtime = time_second;
  dn.mn_ctime = dn.mn_mtime;
}

/** What an entry adds to a directory's size: a nominal figure. */
const DIRENT_SIZE = 32;

/** Removes an entry; its node loses a link. Locks: Giant; the directory exclusive. Does not sleep. */
function memfs_drop(dn: memnode, de: memdirent): void {
  const mn = de.me_node;
  TAILQ_REMOVE(dn.mn_entries, de, 'me_list');
  free($addr(de), M_MEMFSENT);
  KASSERT(mn.mn_nlink > 0, 'memfs_drop: no links');
  mn.mn_nlink--;
  if (mn.mn_vnode.v_type === VDIR) {
    dn.mn_nlink--;
    mn.mn_nlink--;
  }
  if (mn.mn_nlink === 0) mn.mn_vnode.v_flag |= VUNLINKED;
  dn.mn_size -= DIRENT_SIZE;
  mn.mn_ctime = time_second;
  dn.mn_mtime = mn.mn_ctime;
  dn.mn_ctime = mn.mn_ctime;
}

/** VOP_LOOKUP. Locks: Giant. Does not sleep. */
function* memfs_lookup(dvp: vnode, name: u32, namelen: int, vpp: ptr<vnode>): Sleeps<int> {
  const dn = $cast<memnode>(dvp.v_data);
  let mn: memnode = null;
  if (dvp.v_type !== VDIR) return ENOTDIR;
  if (namelen === 1 && $ld8(name) === 46) {
    mn = dn;
  } else if (namelen === 2 && $ld8(name) === 46 && $ld8(name + 1) === 46) {
    mn = dn.mn_parent;
  } else {
    const de = memfs_find(dn, name, namelen);
    if (de !== null) mn = de.me_node;
  }
  if (mn === null) return ENOENT;
  vpp[0] = mn.mn_vnode;
  return yield* vget(mn.mn_vnode, 0, curproc());
}

/** VOP_CREATE. Locks: Giant; dvp exclusive. May sleep. */
function* memfs_create(dvp: vnode, vpp: ptr<vnode>, name: u32, namelen: int, vap: vattr): Sleeps<int> {
  const dn = $cast<memnode>(dvp.v_data);
  if (dn.mn_nlink === 0) return ENOENT;
  const mn = yield* memfs_newnode(dvp.v_mount, vap.va_type, vap.va_mode, $u32(vap.va_uid), vap.va_rdev);
  yield* memfs_enter(dn, name, namelen, mn);
  vpp[0] = mn.mn_vnode;
  return 0;
}

/**
 * Removes the entry `name` of vp; a directory must be empty, and is locked meanwhile so that nothing is being
 * made in it. Locks: Giant; dvp exclusive. May sleep.
 */
function* memfs_remove_entry(dvp: vnode, vp: vnode, name: u32, namelen: int): Sleeps<int> {
  const dn = $cast<memnode>(dvp.v_data);
  const mn = $cast<memnode>(vp.v_data);
  const isdir = vp.v_type === VDIR;
  let error: int = 0;
  if (isdir) yield* vn_lock(vp, LK_EXCLUSIVE, curproc());
  const de = memfs_find(dn, name, namelen);
  if (de === null || de.me_node !== mn) error = ENOENT;
  else if (isdir && !TAILQ_EMPTY(mn.mn_entries)) error = ENOTEMPTY;
  else memfs_drop(dn, de);
  if (isdir) VOP_UNLOCK(vp, 0, curproc());
  return error;
}

/** VOP_REMOVE: unlink, and rmdir of an empty directory. Locks: Giant; dvp exclusive. May sleep. */
function* memfs_remove(dvp: vnode, vp: vnode, name: u32, namelen: int): Sleeps<int> {
  return yield* memfs_remove_entry(dvp, vp, name, namelen);
}

/** Is `dn` below `mn`, or `mn` itself? Locks: Giant. Does not sleep. */
function memfs_below(dn: memnode, mn: memnode): boolean {
  for (;;) {
    if (dn === mn) return true;
    if (dn.mn_parent === dn) return false;
    dn = dn.mn_parent;
  }
}

/** VOP_RENAME. Locks: Giant; tdvp exclusive. May sleep. */
function* memfs_rename(
  fdvp: vnode,
  fvp: vnode,
  fname: u32,
  flen: int,
  tdvp: vnode,
  tvp: vnode,
  tname: u32,
  tlen: int,
): Sleeps<int> {
  const fdn = $cast<memnode>(fdvp.v_data);
  const tdn = $cast<memnode>(tdvp.v_data);
  const mn = $cast<memnode>(fvp.v_data);
  if (tdn.mn_nlink === 0) return ENOENT;
  /* A directory cannot become its own descendant. */
  if (fvp.v_type === VDIR && memfs_below(tdn, mn)) return EINVAL;
  let de = memfs_find(fdn, fname, flen);
  if (de === null || de.me_node !== mn) return ENOENT;
  if (tvp !== null) {
    const error = yield* memfs_remove_entry(tdvp, tvp, tname, tlen);
    if (error !== 0) return error;
  }
  yield* memfs_enter(tdn, tname, tlen, mn);
  /* memfs_enter may have slept, and somebody have removed the old name, whose directory is not locked. */
  de = memfs_find(fdn, fname, flen);
  if (de !== null && de.me_node === mn) {
    memfs_drop(fdn, de);
    if (fvp.v_type === VDIR) mn.mn_nlink++;
  }
  mn.mn_parent = fvp.v_type === VDIR ? tdn : null;
  return 0;
}

/**
 * VOP_ACCESS by the mode bits; the superuser may do anything but execute what nobody may. Locks: Giant. No
 * sleep.
 */
function memfs_access(vp: vnode, mode: int, p: proc): int {
  const mn = $cast<memnode>(vp.v_data);
  if (p.p_ucred_uid === 0) {
    if (mode & VEXEC && vp.v_type === VREG && (mn.mn_mode & 0o111) === 0) return EACCES;
    return 0;
  }
  let granted: int = mn.mn_mode;
  if (p.p_ucred_uid !== mn.mn_uid) granted = (granted & 7) << 6;
  return (granted & mode) === mode ? 0 : EACCES;
}

/** VOP_GETATTR. Locks: Giant. Does not sleep. */
function memfs_getattr(vp: vnode, vap: vattr): int {
  const mn = $cast<memnode>(vp.v_data);
  vap.va_type = vp.v_type;
  vap.va_mode = mn.mn_mode;
  vap.va_nlink = mn.mn_nlink;
  vap.va_uid = $i32(mn.mn_uid);
  vap.va_gid = $i32(mn.mn_gid);
  vap.va_fileid = $i32(mn.mn_ino);
  vap.va_size = $i64(mn.mn_size);
  vap.va_blocksize = PAGE_SIZE;
  vap.va_atime = mn.mn_atime;
  vap.va_mtime = mn.mn_mtime;
  vap.va_ctime = mn.mn_ctime;
  vap.va_rdev = mn.mn_rdev;
  vap.va_bytes = $i64(round_page(mn.mn_size));
  return 0;
}

/** VOP_SETATTR: size, mode, owner, times. Locks: Giant; exclusive. May sleep. */
function* memfs_setattr(vp: vnode, vap: vattr, p: proc): Sleeps<int> {
  const mn = $cast<memnode>(vp.v_data);
  if (vap.va_size !== $i64(VNOVAL)) {
    if (vp.v_type === VDIR) return EISDIR;
    if (vp.v_type === VREG) {
      if (vap.va_size < $i64(0) || vap.va_size > $i64(MEMFS_MAXFILESIZE)) return EFBIG;
      const error = yield* memfs_setsize(vp, $u32(vap.va_size));
      if (error !== 0) return error;
      mn.mn_mtime = time_second;
    }
  }
  if (vap.va_mode !== VNOVAL || vap.va_uid !== VNOVAL) {
    if (p.p_ucred_uid !== 0 && p.p_ucred_uid !== mn.mn_uid) return EPERM;
    if (vap.va_mode !== VNOVAL) mn.mn_mode = vap.va_mode & ALLPERMS;
    if (vap.va_uid !== VNOVAL) mn.mn_uid = $u32(vap.va_uid);
  }
  if (vap.va_atime !== VNOVAL) mn.mn_atime = vap.va_atime;
  if (vap.va_mtime !== VNOVAL) mn.mn_mtime = vap.va_mtime;
  mn.mn_ctime = time_second;
  return 0;
}

/** VOP_READ of what is not a device. Locks: Giant; shared. May sleep. */
function* memfs_fileread(vp: vnode, uio: uio, ioflag: int): Sleeps<int> {
  if (vp.v_type === VDIR) return EISDIR;
  if (vp.v_type !== VREG) return EINVAL;
  return yield* memfs_read(vp, uio, ioflag);
}

/** VOP_WRITE of what is not a device. Locks: Giant; exclusive. May sleep. */
function* memfs_filewrite(vp: vnode, uio: uio, ioflag: int): Sleeps<int> {
  if (vp.v_type === VDIR) return EISDIR;
  if (vp.v_type !== VREG) return EINVAL;
  return yield* memfs_write(vp, uio, ioflag);
}

/** VOP_FSYNC: mapped dirty pages go to the file's own object. Locks: Giant. May sleep. */
function* memfs_fsync(vp: vnode, waitfor: int, p: proc): Sleeps<int> {
  yield* vflushpages(vp, waitfor);
  return 0;
}

/** Gives one entry to the reader; -1 if it does not fit any more, else errno. Locks: Giant. May sleep. */
function* memfs_putdirent(uio: uio, dp: dirent, mn: memnode, name: u32, namelen: int): Sleeps<int> {
  const reclen = GENERIC_DIRSIZ(namelen);
  if (reclen > uio.uio_resid) return -1;
  bzero($addr(dp), $u32(reclen));
  dp.d_fileno = mn.mn_ino;
  dp.d_reclen = reclen;
  /* DT_* are the type bits of the mode, moved down. */
  dp.d_type = vttoif(mn.mn_vnode.v_type) >> 12;
  dp.d_namlen = namelen;
  bcopy(name, $addr(dp.d_name), $u32(namelen));
  const offset = uio.uio_offset;
  const error = yield* uiomove($addr(dp), reclen, uio);
  /* The offset of a directory counts entries and not bytes. */
  uio.uio_offset = offset;
  return error;
}

/**
 * VOP_READDIR. Offsets: 0 is ".", 1 is "..", an entry's is me_off; so a listing goes on right where it was
 * however the directory changed. Locks: Giant; shared. May sleep.
 */
function* memfs_readdir(vp: vnode, uio: uio): Sleeps<int> {
  const dn = $cast<memnode>(vp.v_data);
  const dp = $local<dirent>();
  let error: int = 0;
  let given: int = 0;
  if (vp.v_type !== VDIR) return ENOTDIR;
  if (uio.uio_offset < $i64(0) || uio.uio_offset > $i64(0x7fffffff)) return EINVAL;
  let off = $i32(uio.uio_offset);
  for (; off < 2 && error === 0; off += error === 0 ? 1 : 0) {
    error = yield* memfs_putdirent(uio, dp, off === 0 ? dn : dn.mn_parent, $addr('..'), off + 1);
    if (error === 0) given++;
  }
  while (error === 0) {
    let de = TAILQ_FIRST(dn.mn_entries);
    while (de !== null && de.me_off < off) de = TAILQ_NEXT(de, 'me_list');
    if (de === null) break;
    const next = de.me_off + 1;
    error = yield* memfs_putdirent(uio, dp, de.me_node, memfs_name(de), de.me_namelen);
    if (error !== 0) break;
    off = next;
    given++;
  }
  uio.uio_offset = $i64(off);
  /* Nothing fitted: the buffer is too small for even one entry. */
  if (error === -1) return given > 0 ? 0 : EINVAL;
  return error;
}

/** VOP_READLINK. Locks: Giant. May sleep. */
function* memfs_readlink(vp: vnode, uio: uio): Sleeps<int> {
  const mn = $cast<memnode>(vp.v_data);
  if (vp.v_type !== VLNK) return EINVAL;
  return yield* uiomove(mn.mn_image, $i32(mn.mn_size), uio);
}

/** VOP_INACTIVE: the unlinked file's last reference is gone. Locks: Giant. May sleep. */
function* memfs_inactive(vp: vnode): Sleeps {
  const mn = $cast<memnode>(vp.v_data);
  KASSERT(mn.mn_nlink === 0, 'memfs_inactive: %d links', mn.mn_nlink);
  KASSERT(TAILQ_EMPTY(mn.mn_entries), 'memfs_inactive: directory not empty');
  yield* memfs_free_data(mn);
  vfree(vp);
  free($addr(mn), M_MEMFSNODE);
}

/** Files, directories and symbolic links. */
export let memfs_vnodeops: embed<vop_vector> = $init({
  vop_lookup: memfs_lookup,
  vop_create: memfs_create,
  vop_remove: memfs_remove,
  vop_rename: memfs_rename,
  vop_open: vop_nullopen,
  vop_close: vop_nullclose,
  vop_access: memfs_access,
  vop_getattr: memfs_getattr,
  vop_setattr: memfs_setattr,
  vop_read: memfs_fileread,
  vop_write: memfs_filewrite,
  vop_ioctl: vop_noioctl,
  vop_poll: vop_nopoll,
  vop_fsync: memfs_fsync,
  vop_readdir: memfs_readdir,
  vop_readlink: memfs_readlink,
  vop_inactive: memfs_inactive,
  vop_strategy: vop_nostrategy,
  vop_getpages: memfs_getpages,
  vop_putpages: memfs_putpages,
});

/** Device nodes: the driver's operations, our attributes. */
export let memfs_specops: embed<vop_vector> = $init({
  vop_lookup: vop_nolookup,
  vop_create: vop_nocreate,
  vop_remove: vop_noremove,
  vop_rename: memfs_rename,
  vop_open: spec_open,
  vop_close: spec_close,
  vop_access: memfs_access,
  vop_getattr: memfs_getattr,
  vop_setattr: memfs_setattr,
  vop_read: spec_read,
  vop_write: spec_write,
  vop_ioctl: spec_ioctl,
  vop_poll: spec_poll,
  vop_fsync: spec_fsync,
  vop_readdir: vop_noreaddir,
  vop_readlink: vop_noreadlink,
  vop_inactive: memfs_inactive,
  vop_strategy: spec_strategy,
  vop_getpages: spec_getpages,
  vop_putpages: spec_putpages,
});
