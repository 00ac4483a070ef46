/**
 * Vnodes and the syncer (kern/vfs_subr.c). A vnode lives as long as its file's node in memory does: there is no free list
 * to recycle vnodes from, and no dead file system. What BSD does when a vnode is recycled happens once, when an unlinked
 * file loses its last reference: the vnode goes to `vinactq` and the syncer reclaims it there, for the last vrele may come
 * from vm code that can take no further locks.
 *
 * Invariants:
 *  1. v_usecount > 0 while anybody has a pointer to the vnode, except the file system's own node.
 *  2. VINACTQ is set exactly while the vnode is on vinactq; a vnode on it that is referenced again is skipped.
 */
import type { trapframe } from '../i386/frame.h.js';
import { curproc } from '../i386/pcpu.h.js';
import { NODEV } from '../sys/conf.h.js';
import { ENOENT } from '../sys/errno.h.js';
import { LK_RELEASE, LK_RETRY, LK_TYPE_MASK } from '../sys/lockmgr.h.js';
import type { malloc_type } from '../sys/malloc.h.js';
import { M_WAITOK, M_ZERO } from '../sys/malloc.h.js';
import type { mount } from '../sys/mount.h.js';
import { MNT_LAZY, MNT_RDONLY, MNT_WAIT } from '../sys/mount.h.js';
import type { mtx } from '../sys/mutex.h.js';
import { MTX_SPIN, mtx_lock } from '../sys/mutex.h.js';
import { PPAUSE, PVFS } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { SHUTDOWN_PRE_SYNC, SHUTDOWN_PRI_LAST } from '../sys/systm.h.js';
import type { vattr, vnode, vop_vector } from '../sys/vnode.h.js';
import { VINACTQ, VREG, VUNLINKED, VXLOCK } from '../sys/vnode.h.js';
import type { vm_object } from '../vm/vm_object.h.js';
import { OBJPC_NOSYNC, OBJPC_SYNC, OBJ_DEAD, OBJ_MIGHTBEDIRTY } from '../vm/vm_object.h.js';
import { vm_object_deallocate, vm_object_reference, vm_object_terminate } from '../vm/vm_object.js';
import { vm_object_page_clean } from '../vm/vm_object_clean.js';
import { vnode_pager_alloc } from '../vm/vnode_pager.js';
import { kthread_suspend_check } from './kern_kthread.js';
import { lockdestroy, lockinit, lockmgr, lockmgr_try } from './kern_lock.js';
import { free, malloc } from './kern_malloc.js';
import { Giant, mtx_destroy, mtx_init, mtx_lock_spin, mtx_unlock_spin } from './kern_mutex.js';
import { vm_lock, vm_unlock } from './kern_regime.h.js';
import { kproc_shutdown, panic, shutdown_register } from './kern_shutdown.js';
import { hz, tsleep, wakeup } from './kern_synch.js';
import { time_second } from './kern_tc.js';
import { VOP_GETATTR, VOP_INACTIVE } from './vnode_if.js';

export let M_VNODE: embed<malloc_type> = $init({ ks_shortdesc: 'vnodes' });
export let numvnodes: int = 0;
export let vnode_serial: u_int = 0;
export let mountlist: embed<TAILQ_HEAD<mount>>;
/** The root directory. */
export let rootvnode: vnode = null;
let vinactq: embed<TAILQ_HEAD<vnode>>;
/** Protects vinactq; ordered after a vnode's interlock. */
let vinactq_mtx: embed<mtx>;
/** The syncer; kproc_start sets it. It sleeps on its own struct proc, which is what suspend_kproc wakes, too. */
export let updateproc: proc = null;
/** Every how many seconds it writes back. */
export let syncdelay: int = 30;
export let rushjob: int = 0;

/** Locks: startup. Does not sleep. */
export function vntblinit(): void {
  TAILQ_INIT(mountlist);
  TAILQ_INIT(vinactq);
  mtx_init(vinactq_mtx, 'vnode inactive queue', MTX_SPIN);
}

/** A new vnode, referenced once, of the mount `mp` (null for none). Locks: Giant. May sleep. */
export function* getnewvnode(mp: mount, type: int, ops: vop_vector): Sleeps<vnode> {
  const vp = $cast<vnode>(yield* malloc($sizeof<vnode>(), M_VNODE, M_WAITOK | M_ZERO));
  mtx_init(vp.v_interlock, 'vnode interlock', MTX_SPIN);
  lockinit(vp.v_lock, PVFS, 'vnlock', 0, 0);
  vp.v_type = type;
  vp.v_op = ops;
  vp.v_usecount = 1;
  vp.v_rdev = NODEV;
  vp.v_id = ++vnode_serial;
  vp.v_mount = mp;
  if (mp !== null) LIST_INSERT_HEAD(mp.mnt_vnodelist, vp, 'v_mntvnodes');
  numvnodes++;
  return vp;
}

/** Frees a vnode that nothing refers to. Locks: Giant. Does not sleep. */
export function vfree(vp: vnode): void {
  KASSERT(vp.v_usecount === 0, 'vfree: usecount %d', vp.v_usecount);
  KASSERT(vp.v_object === null, 'vfree: has an object');
  KASSERT(!(vp.v_flag & VINACTQ), 'vfree: on the inactive queue');
  if (vp.v_mount !== null) LIST_REMOVE(vp, 'v_mntvnodes');
  lockdestroy(vp.v_lock);
  mtx_destroy(vp.v_interlock);
  numvnodes--;
  free($addr(vp), M_VNODE);
}

/** One more reference; the caller has one. Locks: any. Does not sleep. */
export function vref(vp: vnode): void {
  mtx_lock_spin(vp.v_interlock);
  KASSERT(vp.v_usecount > 0, 'vref used where vget required');
  vp.v_usecount++;
  mtx_unlock_spin(vp.v_interlock);
}

/**
 * References a vnode that may have no reference left, and locks it if `flags` names a lock. ENOENT if it is being freed.
 * Locks: any if flags has no lock type, else Giant. May sleep for the lock.
 */
export function* vget(vp: vnode, flags: int, p: proc): Sleeps<int> {
  mtx_lock_spin(vp.v_interlock);
  if (vp.v_flag & VXLOCK) {
    mtx_unlock_spin(vp.v_interlock);
    return ENOENT;
  }
  vp.v_usecount++;
  mtx_unlock_spin(vp.v_interlock);
  if ((flags & LK_TYPE_MASK) === 0) return 0;
  const error = yield* vn_lock(vp, flags, p);
  if (error !== 0) yield* vrele(vp);
  return error;
}

/**
 * Drops a reference. The last one of an unlinked file leaves the vnode to the syncer.
 * Locks: any but the vnode's own interlock. Does not sleep (but is called as if it might, as in BSD).
 */
export function* vrele(vp: vnode): Sleeps {
  vrele_async(vp);
}

/** The same for plain functions. Locks: any. Does not sleep. */
export function vrele_async(vp: vnode): void {
  KASSERT(vp !== null, 'vrele: null vp');
  mtx_lock_spin(vp.v_interlock);
  if (vp.v_usecount <= 0) panic('vrele: negative ref cnt');
  vp.v_usecount--;
  const inactive = vp.v_usecount === 0 && vp.v_flag & VUNLINKED && !(vp.v_flag & VINACTQ);
  if (inactive) {
    vp.v_flag |= VINACTQ;
    mtx_lock_spin(vinactq_mtx);
    TAILQ_INSERT_TAIL(vinactq, vp, 'v_inactq');
    mtx_unlock_spin(vinactq_mtx);
  }
  mtx_unlock_spin(vp.v_interlock);
  if (inactive && updateproc !== null) wakeup($addr(updateproc));
}

/** Unlocks and drops a reference. Locks: the vnode's lock held. Does not sleep. */
export function* vput(vp: vnode): Sleeps {
  VOP_UNLOCK(vp, 0, curproc());
  vrele_async(vp);
}

/** Locks a vnode as `flags` says (LK_SHARED, LK_EXCLUSIVE, LK_NOWAIT...). Locks: Giant; a reference. May sleep. */
export function* vn_lock(vp: vnode, flags: int, p: proc): Sleeps<int> {
  KASSERT(vp.v_usecount > 0, 'vn_lock: no reference');
  return yield* lockmgr(vp.v_lock, flags & ~LK_RETRY, null, p);
}

/** Unlocks a vnode. Locks: the vnode's lock held. Does not sleep. */
export function VOP_UNLOCK(vp: vnode, flags: int, p: proc): void {
  const error = lockmgr_try(vp.v_lock, LK_RELEASE, p);
  KASSERT(error === 0, 'VOP_UNLOCK: error %d', error);
}

/**
 * Gives a regular file its object, so that it can be mapped and paged. 0. Locks: Giant; a reference. May sleep.
 */
export function* vfs_object_create(vp: vnode, p: proc): Sleeps<int> {
  if (vp.v_type !== VREG || vp.v_object !== null) return 0;
  const va = $local<vattr>();
  const error = VOP_GETATTR(vp, va);
  if (error !== 0) return error;
  yield* vm_lock();
  if (vp.v_object === null) {
    const object = yield* vnode_pager_alloc($addr(vp), va.va_size, 0, $i64(0));
    /* The object lives on without a reference, attached to the vnode; vnode_pager_alloc counted one on each. */
    if (object !== null) yield* vm_object_deallocate(object);
  }
  vm_unlock();
  return 0;
}

/** The file's object, null if it has none. Takes no reference. Locks: vm lock. Does not sleep. */
export function VOP_GETVOBJECT(vp: vnode): vm_object {
  return vp.v_object;
}

/** Destroys the object of a vnode that is being freed. Locks: Giant; takes and drops the vm lock. May sleep. */
export function* VOP_DESTROYVOBJECT(vp: vnode): Sleeps {
  yield* vm_lock();
  const object = vp.v_object;
  if (object !== null) {
    KASSERT(
      object.ref_count === 0,
      'VOP_DESTROYVOBJECT: object %p has %d references',
      $addr(object),
      object.ref_count,
    );
    if (!(object.flags & OBJ_DEAD)) yield* vm_object_terminate(object);
    vp.v_object = null;
  }
  vm_unlock();
}

/** Writes the dirty mapped pages of one vnode back. Locks: Giant; a reference. May sleep. */
export function* vflushpages(vp: vnode, waitfor: int): Sleeps {
  yield* vm_lock();
  const object = vp.v_object;
  if (object !== null && object.flags & OBJ_MIGHTBEDIRTY && !(object.flags & OBJ_DEAD)) {
    vm_object_reference(object);
    yield* vm_object_page_clean(object, 0, 0, waitfor === MNT_WAIT ? OBJPC_SYNC : OBJPC_NOSYNC);
    yield* vm_object_deallocate(object);
  }
  vm_unlock();
}

/** Writes the dirty mapped pages of a file system's vnodes back (BSD: vfs_msync). Locks: Giant. May sleep. */
export function* vfs_msync(mp: mount, waitfor: int): Sleeps {
  let vp = LIST_FIRST(mp.mnt_vnodelist);
  while (vp !== null) {
    let next: vnode = null;
    const error = yield* vget(vp, 0, curproc());
    if (error === 0) {
      yield* vflushpages(vp, waitfor);
      /* Our reference kept vp on the list while we slept. */
      next = LIST_NEXT(vp, 'v_mntvnodes');
      vrele_async(vp);
    } else {
      next = LIST_NEXT(vp, 'v_mntvnodes');
    }
    vp = next;
  }
}

/** The first vnode that waits to be freed and still has no reference, taken off the queue. Locks: Giant. No sleep. */
function vinact_next(): vnode {
  for (;;) {
    mtx_lock_spin(vinactq_mtx);
    const vp = TAILQ_FIRST(vinactq);
    if (vp !== null) TAILQ_REMOVE(vinactq, vp, 'v_inactq');
    mtx_unlock_spin(vinactq_mtx);
    if (vp === null) return null;
    mtx_lock_spin(vp.v_interlock);
    vp.v_flag &= ~VINACTQ;
    /* VXLOCK keeps vget away from now on: nobody can find it by name, but an object's handle leads here. */
    const idle = vp.v_usecount === 0;
    if (idle) vp.v_flag |= VXLOCK;
    mtx_unlock_spin(vp.v_interlock);
    if (idle) return vp;
  }
}

/** Frees the unlinked files whose last reference is gone. Locks: Giant. May sleep. */
export function* vinact_drain(): Sleeps {
  let vp: vnode = null;
  while ((vp = vinact_next()) !== null) {
    yield* VOP_DESTROYVOBJECT(vp);
    yield* VOP_INACTIVE(vp);
  }
}

/**
 * Process 5, syncer: frees unlinked files when told to, and every syncdelay seconds writes the dirty pages of mapped
 * files back to where their file system keeps them. Never returns. Locks: none; takes Giant. Sleeps.
 */
export function* sched_sync(dummy: u32, frame: trapframe): Sleeps {
  const p = curproc();
  yield* mtx_lock(Giant);
  shutdown_register(SHUTDOWN_PRE_SYNC, kproc_shutdown, $addr(p), SHUTDOWN_PRI_LAST);
  let last: int = time_second;
  for (;;) {
    yield* kthread_suspend_check(p);
    yield* vinact_drain();
    if (rushjob || time_second - last >= syncdelay) {
      rushjob = 0;
      last = time_second;
      yield* sync_all(MNT_LAZY);
    }
    yield* tsleep($addr(p), PPAUSE, 'syncer', hz);
  }
}

/** Has every file system write back what it holds (sync(2), and shutdown). Locks: Giant. May sleep. */
export function* sync_all(waitfor: int): Sleeps {
  for (let mp = TAILQ_FIRST(mountlist); mp !== null; mp = TAILQ_NEXT(mp, 'mnt_list')) {
    if (mp.mnt_flag & MNT_RDONLY) continue;
    yield* mp.mnt_op.vfs_sync(mp, waitfor, curproc());
  }
}
