/**
 * Locking regimes: switches, each with one reason to exist, set by the loader before the kernel starts (as
 * tunables). Each says first what it rests on: "documented" is in a public source of the time;
 * "reconstructed" fits every line of the report, but the sources of that week are not at hand; "cure" is what
 * nobody had then. `trap12 configs` and `show regime` print these comments; docs/fidelity.md has the long
 * form. Named settings are in host/regime.ts.
 */
import { mtx_lock, mtx_owned, mtx_unlock } from '../sys/mutex.h.js';
import { vm_assert_failed, vm_lockp } from './kern_regime.js';

/**
 * The switches.
 * @lock c constant after boot
 */
export interface regime_t extends struct {
  /** (c) documented: the vm system is under one mutex, vm_mtx (2001-05-18); off: under Giant */
  vm_mtx: int;
  /**
   * (c) documented: swap_pager.c takes vm_mtx everywhere; off: as committed, with acquisitions missing (the
   * report was made with them added)
   */
  swap_pager_locks: int;
  /** (c) documented: vm_pageout and vm_daemon run under Giant (before 2001-05-18) */
  vm_daemons_giant: int;
  /**
   * (c) reconstructed: vm_daemon keeps allproc_lock while it deactivates a map; off: it lets go of it
   * meanwhile, so the process can be reaped
   */
  vm_daemon_allproc: int;
  /** (c) cure: vm_daemon holds a reference on the vmspace that it walks */
  vm_daemon_vmspace_ref: int;
  /**
   * (c) reconstructed: swapout_procs takes the vmspace reference that it drops; off: it only drops, and every
   * process that is swapped out loses its address space
   */
  swapout_vmspace_ref: int;
  /**
   * (c) reconstructed: vmspace_free gives the vmspace to its zone at once; off: with the next vmspace_alloc,
   * so that until then it is torn down but not marked free (as the one in the report; the other death of the
   * report is on one that is)
   */
  vmspace_zfree_now: int;
  /**
   * (c) reconstructed: vm_refcnt changes under the vm lock only; off: bare increments in swapout_procs and
   * fork, bare decrements in vmspace_free, which several processors can lose
   */
  vmspace_refcnt_locked: int;
  /**
   * (c) reconstructed: a dump begins with a reset of the disk's channel that starts the next request of the
   * queue, as the drivers of the time did; if there is one, the dump never gets the channel
   */
  addump_reset: int;
}

/**
 * Takes the vm lock of the regime. Locks: takes vm_mtx (which must not be held) or Giant. May sleep. @inline
 */
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
