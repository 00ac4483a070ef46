/** Mounted file systems (sys/mount.h). */
import type { proc } from './proc.h.js';
import type { dev_t } from './types.h.js';
import type { vnode } from './vnode.h.js';

export const MNT_RDONLY = 0x0001;
export const MNT_ROOTFS = 0x4000;
export const MNT_WAIT = 1;
export const MNT_NOWAIT = 2;
export const MNT_LAZY = 3;

/**
 * Operations of a file system.
 * @lock c constant
 */
export interface vfsops extends struct {
  vfs_mount: (mp: mount, p: proc) => Sleeps<int>; // (c)
  vfs_root: (mp: mount, vpp: ptr<vnode>) => Sleeps<int>; // (c)
  vfs_sync: (mp: mount, waitfor: int, p: proc) => Sleeps<int>; // (c)
  vfs_name: str; // (c) type name
}

/**
 * A mounted file system.
 * @lock G Giant
 * @lock c constant after the mount
 */
export interface mount extends struct {
  mnt_list: embed<TAILQ_ENTRY<mount>>; // (G) all of them
  mnt_op: vfsops; // (c) operations
  mnt_vnodelist: embed<LIST_HEAD<vnode>>; // (G) its vnodes
  mnt_flag: int; // (G) MNT_*
  mnt_dev: dev_t; // (c) st_dev of its files
  mnt_data: u32; // (c) private data
}
