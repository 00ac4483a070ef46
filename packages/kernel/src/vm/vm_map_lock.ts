/**
 * The lock of an address map (macros in BSD's vm/vm_map.h and functions in vm/vm_map.c): a lockmgr lock,
 * which is held over sleeps, waited for with the vm lock as its interlock. Rules L1 and L2 of vm_map.ts are
 * kept here.
 */
import { curproc } from '../i386/pcpu.h.js';
import { lockmgr, lockmgr_try } from '../kern/kern_lock.js';
import { vm_assert, vm_lock } from '../kern/kern_regime.h.js';
import { regime, vm_mtx } from '../kern/kern_regime.js';
import { panic } from '../kern/kern_shutdown.js';
import {
  LK_DOWNGRADE,
  LK_EXCLUPGRADE,
  LK_EXCLUSIVE,
  LK_INTERLOCK,
  LK_NOWAIT,
  LK_RELEASE,
  LK_SHARED,
} from '../sys/lockmgr.h.js';
import type { vm_map } from './vm_map.h.js';

/**
 * Waits for a map's lock with the vm lock as the interlock, so that no wakeup is lost and vm_mtx is not held
 * asleep. Locks: vm lock held; let go of and taken again. May sleep.
 */
function* vm_map_lock_sleep(map: vm_map, flags: int): Sleeps<int> {
  let error: int = 0;
  if (regime.vm_mtx !== 0) {
    error = yield* lockmgr(map.lock, flags | LK_INTERLOCK, vm_mtx, curproc());
    yield* vm_lock();
  } else {
    error = yield* lockmgr(map.lock, flags, null, curproc());
  }
  vm_assert();
  return error;
}

/**
 * Locks a map to change it.
 * Locks: vm lock held; takes the map's lock exclusive; may let go of the vm lock meanwhile (L1). May sleep.
 */
export function* vm_map_lock(map: vm_map): Sleeps<void> {
  vm_assert();
  if (lockmgr_try(map.lock, LK_EXCLUSIVE, curproc()) !== 0) {
    const error = yield* vm_map_lock_sleep(map, LK_EXCLUSIVE);
    if (error !== 0) panic('vm_map_lock: failed to get lock');
  }
  map.timestamp++;
}

/**
 * Locks: vm lock held; takes the map's lock exclusive if that needs no wait: 0, else EBUSY. Does not sleep.
 */
export function vm_map_trylock(map: vm_map): int {
  vm_assert();
  const error = lockmgr_try(map.lock, LK_EXCLUSIVE | LK_NOWAIT, curproc());
  if (error === 0) map.timestamp++;
  return error;
}

/** Locks: vm lock held, kept; drops the map's lock, exclusive or shared. Does not sleep. */
export function vm_map_unlock(map: vm_map): void {
  vm_assert();
  lockmgr_try(map.lock, LK_RELEASE, curproc());
}

/** Locks: vm lock held; takes the map's lock shared; may let go of the vm lock meanwhile (L1). May sleep. */
export function* vm_map_lock_read(map: vm_map): Sleeps<void> {
  vm_assert();
  if (lockmgr_try(map.lock, LK_SHARED, curproc()) !== 0) {
    const error = yield* vm_map_lock_sleep(map, LK_SHARED);
    if (error !== 0) panic('vm_map_lock_read: failed to get lock');
  }
}

/** Locks: vm lock held, kept; drops the map's shared lock. Does not sleep. @inline */
export function vm_map_unlock_read(map: vm_map): void {
  vm_assert();
  lockmgr_try(map.lock, LK_RELEASE, curproc());
}

/**
 * Turns a shared lock of a map into an exclusive one. Not 0: somebody else is upgrading; then the shared lock
 * is lost and the caller starts over. Locks: vm lock held; may be let go of meanwhile (L1). May sleep.
 */
export function* vm_map_lock_upgrade(map: vm_map): Sleeps<int> {
  vm_assert();
  let error = lockmgr_try(map.lock, LK_EXCLUPGRADE, curproc());
  if (error !== 0) error = yield* vm_map_lock_sleep(map, LK_EXCLUPGRADE);
  if (error === 0) map.timestamp++;
  return error;
}

/** Locks: vm lock held, kept; the map's exclusive lock becomes a shared one. Does not sleep. */
export function vm_map_lock_downgrade(map: vm_map): void {
  vm_assert();
  lockmgr_try(map.lock, LK_DOWNGRADE, curproc());
}
