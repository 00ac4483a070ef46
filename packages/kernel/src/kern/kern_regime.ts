/**
 * The locking regime of this kernel (kern_regime.h.ts has the switches and the helpers that the vm system
 * locks by).
 */
import type { mtx } from '../sys/mutex.h.js';
import { MTX_DEF, mtx_initialized } from '../sys/mutex.h.js';
import { PDROP } from '../sys/param.h.js';
import { Giant, mtx_init } from './kern_mutex.js';
import type { regime_t } from './kern_regime.h.js';
import { vm_assert, vm_unlock } from './kern_regime.h.js';
import { panic, panicstr } from './kern_shutdown.js';
import { msleep } from './kern_synch.js';
import { snprintf } from './subr_prf.js';
import { place_file, place_line } from './subr_witness_report.js';

/**
 * The switches. The loader sets them before the kernel starts; these are the state in which the report was
 * made.
 */
export let regime: embed<regime_t> = $init({
  vm_mtx: 1,
  swap_pager_locks: 1,
  vm_daemons_giant: 0,
  vm_daemon_allproc: 0,
  vm_daemon_vmspace_ref: 0,
  swapout_vmspace_ref: 1,
  vmspace_zfree_now: 0,
  vmspace_refcnt_locked: 0,
  addump_reset: 0,
});

/** Switches in regime_t, and their names in order. */
const REGIME_NSWITCHES = 9;
let regime_switches: array<str, 9> = $init([
  'vm_mtx',
  'swap_pager_locks',
  'vm_daemons_giant',
  'vm_daemon_allproc',
  'vm_daemon_vmspace_ref',
  'swapout_vmspace_ref',
  'vmspace_zfree_now',
  'vmspace_refcnt_locked',
  'addump_reset',
]);

/**
 * A regime that has a name.
 * @lock c constant
 */
interface regime_name extends struct {
  rn_name: str; // (c) the name
  rn_switches: embed<regime_t>; // (c) what it stands for
}

/** Those that `trap12 configs` lists; a test holds the two lists together. */
let regime_names: array<embed<regime_name>, 4> = $init([
  {
    rn_name: 'giant',
    rn_switches: {
      vm_mtx: 0,
      swap_pager_locks: 1,
      vm_daemons_giant: 1,
      vm_daemon_allproc: 1,
      vm_daemon_vmspace_ref: 0,
      swapout_vmspace_ref: 1,
      vmspace_zfree_now: 1,
      vmspace_refcnt_locked: 1,
      addump_reset: 0,
    },
  },
  {
    rn_name: 'vm_mtx-20010519',
    rn_switches: {
      vm_mtx: 1,
      swap_pager_locks: 0,
      vm_daemons_giant: 0,
      vm_daemon_allproc: 0,
      vm_daemon_vmspace_ref: 0,
      swapout_vmspace_ref: 1,
      vmspace_zfree_now: 0,
      vmspace_refcnt_locked: 0,
      addump_reset: 0,
    },
  },
  {
    rn_name: 'vm_mtx-20010519+swaplocks',
    rn_switches: {
      vm_mtx: 1,
      swap_pager_locks: 1,
      vm_daemons_giant: 0,
      vm_daemon_allproc: 0,
      vm_daemon_vmspace_ref: 0,
      swapout_vmspace_ref: 1,
      vmspace_zfree_now: 0,
      vmspace_refcnt_locked: 0,
      addump_reset: 0,
    },
  },
  {
    rn_name: 'vm_mtx-20010519+swaplocks+vmspace-ref',
    rn_switches: {
      vm_mtx: 1,
      swap_pager_locks: 1,
      vm_daemons_giant: 0,
      vm_daemon_allproc: 0,
      vm_daemon_vmspace_ref: 1,
      swapout_vmspace_ref: 1,
      vmspace_zfree_now: 1,
      vmspace_refcnt_locked: 1,
      addump_reset: 0,
    },
  },
]);

/** In how many switches does the kernel's regime differ from a named one? Locks: none. Does not sleep. */
function regime_distance(named: regime_t): int {
  let n: int = 0;
  for (let i: int = 0; i < REGIME_NSWITCHES; i++) {
    if ($cast<ptr<int>>(named)[i] !== $cast<ptr<int>>(regime)[i]) n++;
  }
  return n;
}

/**
 * Names the regime in a buffer: the nearest one with a name, then `,switch=value` for each difference. The
 * length. Locks: none.
 */
export function regime_text(buf: u32, size: u32): int {
  let best: int = 0;
  for (let i: int = 1; i < 4; i++) {
    if (regime_distance(regime_names[i].rn_switches) < regime_distance(regime_names[best].rn_switches))
      best = i;
  }
  let len = $u32(snprintf(buf, size, '%s', regime_names[best].rn_name));
  const named = $cast<ptr<int>>(regime_names[best].rn_switches);
  const own = $cast<ptr<int>>(regime);
  for (let i: int = 0; i < REGIME_NSWITCHES && len < size; i++) {
    if (named[i] !== own[i])
      len += $u32(snprintf(buf + len, size - len, ',%s=%d', regime_switches[i], own[i]));
  }
  return $i32(len);
}

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
    panic(
      'mutex %s not owned at %s:%d',
      vm_lockp.mtx_object.lo_name,
      place_file($retaddr()),
      place_line($retaddr()),
    );
}

/**
 * Sleeps on ident with the vm lock released, and takes it again (not with PDROP). Returns what msleep does.
 * Under the giant regime that is what tsleep does with Giant, however deeply it is held. Locks: vm lock held,
 * released while asleep; no other sleep mutex. May sleep.
 */
export function* vm_sleep(ident: u32, pri: int, wmesg: str, timo: int): Sleeps<int> {
  vm_assert();
  if (vm_lockp !== Giant) return yield* msleep(ident, vm_mtx, pri, wmesg, timo);
  const error = yield* msleep(ident, null, pri & ~PDROP, wmesg, timo);
  if ((pri & PDROP) !== 0) vm_unlock();
  return error;
}
