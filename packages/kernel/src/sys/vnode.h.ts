/** Vnodes (sys/vnode.h). Code in kern/vfs_subr.ts, the operations' wrappers in kern/vnode_if.ts. */
import type { vm_object } from '../vm/vm_object.h.js';
import type { vm_page } from '../vm/vm_page.h.js';
import type { buf } from './buf.h.js';
import type { lock } from './lockmgr.h.js';
import type { mount } from './mount.h.js';
import type { mtx } from './mutex.h.js';
import type { proc } from './proc.h.js';
import type { dev_t, off_t } from './types.h.js';
import type { uio } from './uio.h.js';

export const VNON = 0;
export const VREG = 1;
export const VDIR = 2;
export const VBLK = 3;
export const VCHR = 4;
export const VLNK = 5;
export const VSOCK = 6;
export const VFIFO = 7;
export const VBAD = 8;
/** v_flag */
export const VROOT = 0x00001;
export const VTEXT = 0x00002;
export const VSYSTEM = 0x00004;
export const VISTTY = 0x00008;
export const VXLOCK = 0x00100;
export const VOBJDIRTY = 0x04000;
export const VUNLINKED = 0x10000;
export const VINACTQ = 0x08000;
/** ioflag of VOP_READ and VOP_WRITE */
export const IO_UNIT = 0x01;
export const IO_APPEND = 0x02;
export const IO_SYNC = 0x04;
export const IO_NODELOCKED = 0x08;
export const IO_NDELAY = 0x10;
/** accmode of VOP_ACCESS */
export const VEXEC = 0o100;
export const VWRITE = 0o200;
export const VREAD = 0o400;
/** "Leave it as it is" in a vattr given to VOP_SETATTR. */
export const VNOVAL = -1;
export const MAXSYMLINKS = 32;

/**
 * Attributes of a file.
 * @lock k the process that asks
 */
export interface vattr extends struct {
  va_type: int; // (k) VREG ...
  va_mode: int; // (k) permissions
  va_nlink: int; // (k) hard links
  va_uid: int; // (k) owner
  va_gid: int; // (k) group
  va_fileid: int; // (k) file number
  va_size: off_t; // (k) bytes
  va_blocksize: int; // (k) good size for I/O
  va_atime: int; // (k) seconds
  va_mtime: int; // (k) seconds
  va_ctime: int; // (k) seconds
  va_rdev: dev_t; // (k) device of a device node
  va_bytes: off_t; // (k) bytes it occupies
}

/**
 * The operations of a kind of vnode. Giant is held, and the vnode lock as noted in vnode_if.ts; vop_strategy,
 * vop_getpages and vop_putpages are what vm code calls down and need neither.
 * @lock c constant
 */
export interface vop_vector extends struct {
  vop_lookup: (dvp: vnode, name: u32, namelen: int, vpp: ptr<vnode>) => Sleeps<int>; // (c)
  vop_create: (dvp: vnode, vpp: ptr<vnode>, name: u32, namelen: int, vap: vattr) => Sleeps<int>; // (c)
  vop_remove: (dvp: vnode, vp: vnode, name: u32, namelen: int) => Sleeps<int>; // (c)
  vop_rename: (
    fdvp: vnode,
    fvp: vnode,
    fname: u32,
    flen: int,
    tdvp: vnode,
    tvp: vnode,
    tname: u32,
    tlen: int,
  ) => Sleeps<int>; // (c)
  vop_open: (vp: vnode, mode: int, p: proc) => Sleeps<int>; // (c)
  vop_close: (vp: vnode, fflag: int, p: proc) => Sleeps<int>; // (c)
  vop_access: (vp: vnode, mode: int, p: proc) => int; // (c)
  vop_getattr: (vp: vnode, vap: vattr) => int; // (c)
  vop_setattr: (vp: vnode, vap: vattr, p: proc) => Sleeps<int>; // (c)
  vop_read: (vp: vnode, uio: uio, ioflag: int) => Sleeps<int>; // (c)
  vop_write: (vp: vnode, uio: uio, ioflag: int) => Sleeps<int>; // (c)
  vop_ioctl: (vp: vnode, com: u32, data: u32, fflag: int, p: proc) => Sleeps<int>; // (c)
  vop_poll: (vp: vnode, events: int, p: proc) => int; // (c)
  vop_fsync: (vp: vnode, waitfor: int, p: proc) => Sleeps<int>; // (c)
  vop_readdir: (vp: vnode, uio: uio) => Sleeps<int>; // (c)
  vop_readlink: (vp: vnode, uio: uio) => Sleeps<int>; // (c)
  vop_inactive: (vp: vnode) => Sleeps; // (c)
  vop_strategy: (vp: vnode, bp: buf) => void; // (c)
  vop_getpages: (vp: vnode, m: ptr<vm_page>, count: int, reqpage: int) => Sleeps<int>; // (c)
  vop_putpages: (vp: vnode, m: ptr<vm_page>, count: int, flags: int, rtvals: ptr<int>) => Sleeps; // (c)
}

/**
 * A vnode.
 * @lock i v_interlock
 * @lock u v_lock, exclusive to write
 * @lock G Giant
 * @lock V vm lock (Giant or vm_mtx, by regime)
 * @lock c constant while the vnode is referenced
 */
export interface vnode extends struct {
  v_flag: u_int; // (i) V*
  v_usecount: int; // (i) references: open files, mappings, directories in use
  v_writecount: int; // (G) opens for writing
  v_type: u8; // (c) VREG ...
  v_rdev: dev_t; // (c) device of VCHR and VBLK
  v_mount: mount; // (c) file system
  v_op: vop_vector; // (c) operations
  v_mntvnodes: embed<LIST_ENTRY<vnode>>; // (G) vnodes of the mount
  v_inactq: embed<TAILQ_ENTRY<vnode>>; // (i) waiting for the syncer to reclaim it (VINACTQ)
  v_object: vm_object; // (V) its pages in memory, null if never mapped
  v_data: u32; // (c) the file system's own node
  v_interlock: embed<mtx>; // (c) spin mutex
  v_lock: embed<lock>; // (c) the vnode lock
  v_id: u_int; // (c) serial number
}
