/**
 * Starting the file layer (kern/vfs_init.c, vfs_conf.c): tables, then the root file system.
 */
import { memfs_vfsops } from '../fs/memfs_vfsops.js';
import { curproc } from '../i386/pcpu.h.js';
import { makedev } from '../sys/conf.h.js';
import type { malloc_type } from '../sys/malloc.h.js';
import { M_WAITOK, M_ZERO } from '../sys/malloc.h.js';
import type { mount } from '../sys/mount.h.js';
import { MNT_ROOTFS } from '../sys/mount.h.js';
import type { proc } from '../sys/proc.h.js';
import type { vnode } from '../sys/vnode.h.js';
import { malloc } from './kern_malloc.js';
import { panic } from './kern_shutdown.js';
import { printf } from './subr_prf.js';
import { bufinit } from './vfs_bio.js';
import { vm_pager_bufferinit } from './vfs_pbuf.js';
import { mountlist, vntblinit, vref } from './vfs_subr.js';

export let M_MOUNT: embed<malloc_type> = $init({ ks_shortdesc: 'mount' });
let rootmount: mount = null;

/** SI_SUB_VFS: the vnode tables and the physical buffers. Locks: Giant. May sleep. */
export function* vfsinit(dummy: u32): Sleeps {
  vntblinit();
  bufinit();
  yield* vm_pager_bufferinit();
}

/**
 * SI_SUB_MOUNT_ROOT: mounts the root file system and gives the current process (proc0, and init if it has a
 * table of its own) its directories. Panics if it cannot. Locks: Giant. May sleep.
 */
export function* vfs_mountroot(dummy: u32): Sleeps {
  const p = curproc();
  const vpp = $var<vnode>();
  printf('Mounting root from memfs:md0\n');
  const mp = $cast<mount>(yield* malloc($sizeof<mount>(), M_MOUNT, M_WAITOK | M_ZERO));
  mp.mnt_op = memfs_vfsops;
  mp.mnt_flag = MNT_ROOTFS;
  mp.mnt_dev = makedev(255, 0);
  LIST_INIT(mp.mnt_vnodelist);
  let error = yield* mp.mnt_op.vfs_mount(mp, p);
  if (error === 0) {
    TAILQ_INSERT_HEAD(mountlist, mp, 'mnt_list');
    error = yield* mp.mnt_op.vfs_root(mp, vpp);
  }
  if (error !== 0) panic('Root mount failed, startup aborted. (error %d)', error);
  rootmount = mp;
  rootvnode = vpp[0];
  vfs_setdirs(p);
  if (initproc !== null && initproc !== p && initproc.p_fd !== p.p_fd) vfs_setdirs(initproc);
}

/** Gives a process the root as its directories. Locks: Giant. Does not sleep. */
function vfs_setdirs(p: proc): void {
  const fdp = p.p_fd;
  if (fdp === null) return;
  KASSERT(fdp.fd_cdir === null && fdp.fd_rdir === null, 'vfs_setdirs: has directories');
  fdp.fd_cdir = rootvnode;
  vref(rootvnode);
  fdp.fd_rdir = rootvnode;
  vref(rootvnode);
}
