/**
 * Locking regimes: switches, each with one reason to exist, set by the loader before the kernel starts (as tunables).
 * Evidence words: "documented" is in a public source of the time; "reconstructed" fits every line of the report but
 * the sources of that week are not at hand. docs/fidelity.md has the long form.
 */
import { mtx_lock, mtx_owned, mtx_unlock } from '../sys/mutex.h.js';
import { vm_assert_failed, vm_lockp } from './kern_regime.js';

/**
 * The switches.
 * @lock c constant after boot
 */
export interface regime_t extends struct {
  vm_mtx: int; // (c) documented: 1: the vm system is under vm_mtx; 0: under Giant (before 2001-05-18)
  swap_pager_locks: int; // (c) documented: 1: swap_pager.c has all acquisitions of vm_mtx; 0: as committed, some missing
  vm_daemons_giant: int; // (c) documented: 1: vm_pageout and vm_daemon run under Giant
  vm_daemon_allproc: int; // (c) reconstructed: 1: vm_daemon keeps allproc_lock while it deactivates a map; 0: lets go of it
  vm_daemon_vmspace_ref: int; // (c) cure: 1: vm_daemon holds a reference on the vmspace that it walks
  swapout_vmspace_ref: int; // (c) reconstructed: 1: swapout_procs takes the vmspace reference that it drops; 0: the increment went with the atomic operations
  vmspace_zfree_now: int; // (c) reconstructed: 1: vmspace_free ends with zfree; 0: that is put off to the next vmspace_alloc
  vmspace_refcnt_locked: int; // (c) reconstructed: 1: vm_refcnt changes under the vm lock only; 0: bare increments in swapout_procs and fork
}

/** Takes the vm lock of the regime. Locks: takes vm_mtx (which must not be held) or Giant. May sleep. @inline */
export function* vm_lock(): Sleeps {
  yield* mtx_lock(vm_lockp);
}

/** Gives the vm lock back. Locks: vm lock held, dropped. Does not sleep. @inline */
export function vm_unlock(): void {
  mtx_unlock(vm_lockp);
}

/** Does the running process hold the vm lock? Locks: none. Does not sleep. @inline */
export function vm_owned(): boolean {
  return mtx_owned(vm_lockp);
}

/** Panics unless the running process holds the vm lock. Locks: none. Does not sleep. @inline */
export function vm_assert(): void {
  if (!mtx_owned(vm_lockp)) vm_assert_failed();
}
