/**
 * Mounting the memory file system: reads the root image that the loader left in memory (its format:
 * fs/memfs.h.ts) and makes the device nodes that a system cannot do without.
 */
import { curproc } from '../i386/pcpu.h.js';
import { printf } from '../kern/subr_prf.js';
import { vfs_msync, vget, vrele } from '../kern/vfs_subr.js';
import { VOP_LOOKUP } from '../kern/vnode_if.js';
import {
  AD_MAJOR,
  CONS_MAJOR,
  CTTY_MAJOR,
  MEM_MAJOR,
  MEM_MINOR_KMEM,
  MEM_MINOR_MEM,
  MEM_MINOR_NULL,
  MEM_MINOR_ZERO,
  NODEV,
  makedev,
} from '../sys/conf.h.js';
import { MAXNAMLEN } from '../sys/dirent.h.js';
import { RAW_PART, SWAP_PART } from '../sys/disk.h.js';
import { EINVAL } from '../sys/errno.h.js';
import type { mount, vfsops } from '../sys/mount.h.js';
import { MAXPATHLEN } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { ALLPERMS, S_IFCHR, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../sys/stat.h.js';
import type { dev_t, vm_offset_t } from '../sys/types.h.js';
import type { vnode } from '../sys/vnode.h.js';
import { VCHR, VDIR, VLNK, VNON, VREG, VROOT, VUNLINKED } from '../sys/vnode.h.js';
import { round_page } from '../vm/vm_param.h.js';
import type { mdroot_rec, memnode } from './memfs.h.js';
import { MDROOT_MAGIC, MEMFS_MAXFILESIZE } from './memfs.h.js';
import { memfs_charge, memfs_data_init } from './memfs_data.js';
import { memfs_enter, memfs_newnode } from './memfs_vnops.js';

/** Kernel virtual address and size of the root image; the loader sets them, size 0: there is none. */
export let mdroot_start: vm_offset_t = 0;
export let mdroot_size: u32 = 0;
let memfs_root: memnode = null;

export let memfs_vfsops: embed<vfsops> = $init({
  vfs_mount: memfs_mount,
  vfs_root: memfs_getroot,
  vfs_sync: memfs_sync,
  vfs_name: 'memfs',
});

/** VFS_MOUNT: makes the tree. Locks: Giant. May sleep. */
function* memfs_mount(mp: mount, p: proc): Sleeps<int> {
  yield* memfs_data_init();
  memfs_root = yield* memfs_newnode(mp, VDIR, 0o755, 0, NODEV);
  /* The root is nobody's entry: it holds itself. */
  memfs_root.mn_parent = memfs_root;
  memfs_root.mn_nlink = 2;
  memfs_root.mn_ino = 2;
  memfs_root.mn_vnode.v_flag = (memfs_root.mn_vnode.v_flag | VROOT) & ~VUNLINKED;
  mp.mnt_data = $addr(memfs_root);
  let off: u32 = 0;
  while (off + $sizeof<mdroot_rec>() <= mdroot_size) {
    const rec = $cast<mdroot_rec>(mdroot_start + off);
    if (rec.mr_magic === 0) break;
    const next = memfs_record_end(off);
    if (next === 0) {
      printf('memfs: root image damaged at offset %d\n', off);
      return EINVAL;
    }
    yield* memfs_load(mp, off);
    off = next;
  }
  yield* memfs_mkdevs(mp);
  return 0;
}

/** Where the record's data are, from the start of the image. Locks: none. Does not sleep. */
function memfs_record_data(off: u32): u32 {
  const rec = $cast<mdroot_rec>(mdroot_start + off);
  const data = off + $sizeof<mdroot_rec>() + ((rec.mr_pathlen + 3) & ~3);
  if ((rec.mr_mode & S_IFMT) === S_IFREG && rec.mr_datalen > 0) return round_page(data);
  return data;
}

/** Where the next record is; 0 if this one is damaged. Locks: none. Does not sleep. */
function memfs_record_end(off: u32): u32 {
  const rec = $cast<mdroot_rec>(mdroot_start + off);
  if (rec.mr_magic !== MDROOT_MAGIC || rec.mr_pathlen >= MAXPATHLEN || rec.mr_datalen > MEMFS_MAXFILESIZE)
    return 0;
  const end = memfs_record_data(off) + rec.mr_datalen;
  if (end > mdroot_size || end < off) return 0;
  return (end + 3) & ~3;
}

/** Enters one record of the image into the tree. Locks: Giant. May sleep. */
function* memfs_load(mp: mount, off: u32): Sleeps {
  const rec = $cast<mdroot_rec>(mdroot_start + off);
  const path = mdroot_start + off + $sizeof<mdroot_rec>();
  const data = mdroot_start + memfs_record_data(off);
  const mode = $i32(rec.mr_mode);
  let rdev: dev_t = NODEV;
  if ((mode & S_IFMT) === S_IFCHR && rec.mr_datalen >= 4) rdev = $u32($ld32(data));
  const mn = yield* memfs_mkpath(mp, path, rec.mr_pathlen, mode, rdev);
  if (mn === null) {
    printf('memfs: root image: bad entry at offset %d\n', off);
    return;
  }
  const type = mn.mn_vnode.v_type;
  if (type !== VREG && type !== VLNK) return;
  if (type === VREG) memfs_charge(0, rec.mr_datalen, true);
  mn.mn_image = data;
  mn.mn_imgsize = rec.mr_datalen;
  mn.mn_size = rec.mr_datalen;
}

/** The vnode type of a mode. Locks: none. Does not sleep. */
function iftovt(mode: int): int {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return VREG;
    case S_IFDIR:
      return VDIR;
    case S_IFCHR:
      return VCHR;
    case S_IFLNK:
      return VLNK;
    default:
      return VNON;
  }
}

/**
 * Makes the file of a path from the root, and the directories on the way. A directory that is there already
 * gets the mode; anything else that is there already, or a type that is none: null. Locks: Giant. May sleep.
 */
function* memfs_mkpath(mp: mount, path: u32, pathlen: u32, mode: int, rdev: dev_t): Sleeps<memnode> {
  const vpp = $var<vnode>();
  const type = iftovt(mode);
  let dn = memfs_root;
  let at: u32 = 0;
  if (type === VNON) return null;
  while (at < pathlen) {
    let len: u32 = 0;
    while (at + len < pathlen && $ld8(path + at + len) !== 47) len++;
    if (len === 0 || len > MAXNAMLEN || dn.mn_vnode.v_type !== VDIR) return null;
    const last = at + len >= pathlen;
    const error = yield* VOP_LOOKUP(dn.mn_vnode, path + at, $i32(len), vpp);
    let mn: memnode = null;
    if (error === 0) {
      mn = $cast<memnode>(vpp[0].v_data);
      if (last && (type !== VDIR || mn.mn_vnode.v_type !== VDIR)) mn = null;
    } else {
      mn = yield* memfs_newnode(mp, last ? type : VDIR, last ? mode : 0o755, 0, last ? rdev : NODEV);
      vpp[0] = mn.mn_vnode;
      yield* memfs_enter(dn, path + at, $i32(len), mn);
    }
    yield* vrele(vpp[0]);
    if (mn === null) return null;
    dn = mn;
    at += len + 1;
  }
  if (type === VDIR) dn.mn_mode = mode & ALLPERMS;
  return dn;
}

/** Makes a device node unless the image has one. Locks: Giant. May sleep. */
function* memfs_mkdev(mp: mount, name: str, mode: int, dev: dev_t): Sleeps {
  let len: u32 = 0;
  while (name[len] !== 0) len++;
  yield* memfs_mkpath(mp, $addr(name), len, S_IFCHR | mode, dev);
}

/** The device nodes. Locks: Giant. May sleep. */
function* memfs_mkdevs(mp: mount): Sleeps {
  yield* memfs_mkdev(mp, 'dev/console', 0o600, makedev(CONS_MAJOR, 0));
  yield* memfs_mkdev(mp, 'dev/tty', 0o666, makedev(CTTY_MAJOR, 0));
  yield* memfs_mkdev(mp, 'dev/mem', 0o640, makedev(MEM_MAJOR, MEM_MINOR_MEM));
  yield* memfs_mkdev(mp, 'dev/kmem', 0o640, makedev(MEM_MAJOR, MEM_MINOR_KMEM));
  yield* memfs_mkdev(mp, 'dev/null', 0o666, makedev(MEM_MAJOR, MEM_MINOR_NULL));
  yield* memfs_mkdev(mp, 'dev/zero', 0o666, makedev(MEM_MAJOR, MEM_MINOR_ZERO));
  yield* memfs_mkdev(mp, 'dev/ad0', 0o640, makedev(AD_MAJOR, RAW_PART));
  yield* memfs_mkdev(mp, 'dev/ad0b', 0o640, makedev(AD_MAJOR, SWAP_PART));
}

/** VFS_ROOT: the root directory, referenced. Locks: Giant. May sleep. */
function* memfs_getroot(mp: mount, vpp: ptr<vnode>): Sleeps<int> {
  const mn = $cast<memnode>(mp.mnt_data);
  vpp[0] = mn.mn_vnode;
  return yield* vget(vpp[0], 0, curproc());
}

/** VFS_SYNC. Locks: Giant. May sleep. */
function* memfs_sync(mp: mount, waitfor: int, p: proc): Sleeps<int> {
  yield* vfs_msync(mp, waitfor);
  return 0;
}
