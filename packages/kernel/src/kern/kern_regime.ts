/**
 * The locking regime of this kernel (kern_regime.h.ts has the switches and the helpers that the vm system locks by).
 */
import { read_ebp } from '../i386/cpufunc.h.js';
import type { mtx } from '../sys/mutex.h.js';
import { MTX_DEF, mtx_initialized } from '../sys/mutex.h.js';
import { PDROP } from '../sys/param.h.js';
import { Giant, mtx_init } from './kern_mutex.js';
import type { regime_t } from './kern_regime.h.js';
import { vm_assert, vm_unlock } from './kern_regime.h.js';
import { panic, panicstr } from './kern_shutdown.js';
import { msleep } from './kern_synch.js';

/** The switches. The loader sets them before the kernel starts; these are the state in which the report was made. */
export let regime: embed<regime_t> = $init({
  vm_mtx: 1,
  swap_pager_locks: 1,
  vm_daemons_giant: 0,
  vm_daemon_allproc: 0,
  vm_daemon_vmspace_ref: 0,
  swapout_vmspace_ref: 1,
  vmspace_zfree_now: 0,
  vmspace_refcnt_locked: 0,
});

/** The mutex over the vm system as of 2001-05-18. Does not recurse. Unused under the giant regime. */
export let vm_mtx: embed<mtx>;
/** The vm lock of the regime: vm_mtx or Giant. */
export let vm_lockp: mtx = null;

/** Chooses the vm lock. Called by mutex_init, after Giant was made. Locks: none. Does not sleep. */
export function regime_init(): void {
  KASSERT(mtx_initialized(Giant), 'regime_init: no Giant');
  mtx_init(vm_mtx, 'vm', MTX_DEF);
  vm_lockp = regime.vm_mtx !== 0 ? vm_mtx : Giant;
}

/** vm_assert has failed. Locks: the vm lock is not held. Never returns. */
export function vm_assert_failed(): void {
  if (panicstr === null)
    panic('mutex %s not owned at %p', vm_lockp.mtx_object.lo_name, $ld32(read_ebp() + 4));
}

/**
 * Sleeps on ident with the vm lock released, and takes it again (not with PDROP). Returns what msleep does. Under the
 * giant regime that is what tsleep does with Giant, however deeply it is held.
 * Locks: vm lock held, released while asleep; no other sleep mutex. May sleep.
 */
export function* vm_sleep(ident: u32, pri: int, wmesg: str, timo: int): Sleeps<int> {
  vm_assert();
  if (vm_lockp !== Giant) return yield* msleep(ident, vm_mtx, pri, wmesg, timo);
  const error = yield* msleep(ident, null, pri & ~PDROP, wmesg, timo);
  if ((pri & PDROP) !== 0) vm_unlock();
  return error;
}
