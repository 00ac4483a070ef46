/**
 * Mutexes (kern/kern_mutex.c). sys/mutex.h.ts explains the lock word.
 *
 * A sleep mutex that is free costs one plain call (_mtx_lock_quick). If it is not, the process queues itself
 * on mtx_blocked in state SMTX, by priority, lends its priority to the owner and to whoever the owner in turn
 * waits for (propagate_priority), and switches. Releasing makes the first waiter runnable; it must then take
 * the mutex, and somebody else may be faster.
 *
 * Invariants:
 *  1. MTX_CONTESTED is set if and only if mtx_blocked is not empty (both change under sched_lock).
 *  2. A contested mutex with an owner is on the owner's p_contested list; one without is on no list.
 *  3. The owner of a sleep mutex is never SSLEEP: msleep gives the mutex back, and nothing else may be held.
 *  4. A process runs with a lent priority (PS_PRIOLENT) only while its p_contested list is not empty.
 *
 * Deviation: releasing is plain, so a waiter of higher priority does not run at once, as mi_switch in the
 * release had it in 2001, but at the next point at which the releaser may be interrupted (need_preempt).
 */
import {
  cpu_spinwait,
  get_pcpu,
  hw_event,
  hw_point,
  intr_disable,
  intr_restore,
  rdtsc,
} from '../i386/cpufunc.h.js';
import { curproc } from '../i386/pcpu.h.js';
import { PS_PRIOLENT, SMTX, SRUN, SSLEEP } from '../sys/_proc.h.js';
import {
  HW_ACQUIRED,
  HW_CONTESTED,
  HW_EXCLUSIVE,
  HW_MTX,
  HW_RELEASED,
  HW_SPIN,
  KTR_MTX,
  KTR_POINT,
  KTR_SPIN,
} from '../sys/ktr.h.js';
import type { lock_class, mtx } from '../sys/mutex.h.js';
import {
  LC_RECURSABLE,
  LC_SLEEPLOCK,
  LC_SPINLOCK,
  LO_INITIALIZED,
  LO_QUIET,
  LO_RECURSABLE,
  LO_SLEEPABLE,
  LO_WITNESS,
  MA_NOTOWNED,
  MA_NOTRECURSED,
  MA_OWNED,
  MA_RECURSED,
  MTX_CONTESTED,
  MTX_DEF,
  MTX_FLAGMASK,
  MTX_NOWITNESS,
  MTX_QUIET,
  MTX_RECURSE,
  MTX_RECURSED,
  MTX_SLEEPABLE,
  MTX_SPIN,
  MTX_UNOWNED,
  mtx_assert,
  mtx_initialized,
  mtx_lock,
  mtx_owned,
  mtx_recursed,
  mtx_unlock,
} from '../sys/mutex.h.js';
import type { proc } from '../sys/proc.h.js';
import { NOCPU } from '../sys/systm.h.js';
import type { lock_list_entry } from '../sys/witness.h.js';
import { LI_EXCLUSIVE, LOCK_NCHILDREN, LOP_EXCLUSIVE, LOP_TRYLOCK } from '../sys/witness.h.js';
import { ktr_mask } from './kern_ktr.js';
import { regime_init } from './kern_regime.js';
import { panic, panicstr } from './kern_shutdown.js';
import { remrunqueue, setrunqueue } from './kern_switch.js';
import { mi_switch, need_preempt } from './kern_synch.js';
import { callout_lock } from './kern_timeout.js';
import {
  isitmydescendant,
  w_spinlist,
  witness_checkorder,
  witness_destroy,
  witness_find,
  witness_init,
  witness_lock,
  witness_note,
  witness_note_first,
  witness_only_spin,
  witness_unlock,
} from './subr_witness.js';
import { place_file, place_line } from './subr_witness_report.js';

/** The lock over all code that has no lock of its own. Recursive. */
export let Giant: embed<mtx>;
/** The spin lock over process states and run queues. Recursive. */
export let sched_lock: embed<mtx>;

let lock_class_mtx_sleep: embed<lock_class> = $init({
  lc_name: 'sleep mutex',
  lc_flags: LC_SLEEPLOCK | LC_RECURSABLE,
});
let lock_class_mtx_spin: embed<lock_class> = $init({
  lc_name: 'spin mutex',
  lc_flags: LC_SPINLOCK | LC_RECURSABLE,
});

/**
 * Sleep and spin mutexes lent to locks too small to carry their own (lockmgr's interlocks): mtx_pool_find.
 */
const MTX_POOL_SIZE = 64;
let mtx_pool_ary: array<embed<mtx>, 64>;

/**
 * Makes the first mutexes: Giant, sched_lock, the vm lock of the regime, the pool. Called by the
 * machine-dependent start before anything else locks; Locks: none. Does not sleep.
 */
export function mutex_init(): void {
  mtx_init(Giant, 'Giant', MTX_DEF | MTX_RECURSE);
  mtx_init(sched_lock, 'sched lock', MTX_SPIN | MTX_RECURSE);
  mtx_init(callout_lock, 'callout', MTX_SPIN | MTX_RECURSE);
  for (let i = 0; i < MTX_POOL_SIZE; i++)
    mtx_init(mtx_pool_ary[i], 'pool mutex', MTX_SPIN | MTX_NOWITNESS | MTX_QUIET);
  regime_init();
}

/**
 * The pool's spin mutex for the structure at that address. Always the same one. Locks: none. Does not sleep.
 */
export function mtx_pool_find(addr: u32): mtx {
  return mtx_pool_ary[((addr >> 5) ^ (addr >> 11)) & (MTX_POOL_SIZE - 1)];
}

/**
 * Initialises a mutex. opts: MTX_DEF or MTX_SPIN, with MTX_RECURSE, MTX_NOWITNESS, MTX_SLEEPABLE, MTX_QUIET.
 * Locks: none. Does not sleep.
 */
export function mtx_init(m: mtx, descr: str, opts: int): void {
  KASSERT(descr !== null, 'mtx_init: no name');
  const lo = m.mtx_object;
  /* Freed memory that is used again is full of junk, so the flag alone says little. */
  KASSERT(
    !(
      mtx_initialized(m) &&
      lo.lo_name === descr &&
      lo.lo_witness !== null &&
      witness_find(descr) === lo.lo_witness
    ),
    'mutex %s %p already initialized',
    descr,
    $addr(m),
  );
  lo.lo_class = (opts & MTX_SPIN) !== 0 ? lock_class_mtx_spin : lock_class_mtx_sleep;
  lo.lo_name = descr;
  lo.lo_file = null;
  lo.lo_line = 0;
  lo.lo_flags = LO_INITIALIZED;
  if ((opts & MTX_QUIET) !== 0) lo.lo_flags |= LO_QUIET;
  if ((opts & MTX_RECURSE) !== 0) lo.lo_flags |= LO_RECURSABLE;
  if ((opts & MTX_SLEEPABLE) !== 0) lo.lo_flags |= LO_SLEEPABLE;
  if ((opts & MTX_NOWITNESS) === 0) lo.lo_flags |= LO_WITNESS;
  m.mtx_lock = MTX_UNOWNED;
  m.mtx_recurse = 0;
  m.mtx_savecrit = 0;
  TAILQ_INIT(m.mtx_blocked);
  witness_init(lo);
}

/**
 * Ends the life of a mutex, which is free or held once by us and wanted by nobody. Locks: none or m. Does not
 * sleep.
 */
export function mtx_destroy(m: mtx): void {
  KASSERT(mtx_initialized(m), 'mtx_destroy: %p not initialized', $addr(m));
  if (!mtx_owned(m)) {
    KASSERT(m.mtx_lock === MTX_UNOWNED, 'mtx_destroy: %s owned by %p', m.mtx_object.lo_name, m.mtx_lock);
  } else {
    KASSERT((m.mtx_lock & MTX_FLAGMASK) === 0, 'mtx_destroy: %s recursed or contested', m.mtx_object.lo_name);
    if (witness_watch !== 0) witness_unlock(m.mtx_object, LOP_EXCLUSIVE, $retaddr());
    if (m.mtx_object.lo_class === lock_class_mtx_sleep) {
      if ((ktr_mask & KTR_MTX) !== 0) hw_event(HW_RELEASED, $addr(m), HW_MTX | HW_EXCLUSIVE);
    } else if ((ktr_mask & KTR_SPIN) !== 0) hw_event(HW_RELEASED, $addr(m), HW_SPIN | HW_EXCLUSIVE);
    m.mtx_lock = MTX_UNOWNED;
  }
  witness_destroy(m.mtx_object);
  m.mtx_object.lo_flags = 0;
}

/**
 * Takes a sleep mutex if it is free and nobody waits. Returns 1 if it did. The comparison and the store are
 * the cmpxchg of the real machine: nothing comes between two accesses of a plain function. Called by mtx_lock
 * only: the return address is the place of the acquisition. Locks: takes m. Does not sleep.
 * @indivisible
 */
export function _mtx_lock_quick(m: mtx): int {
  if (m.mtx_lock !== MTX_UNOWNED) return 0;
  /* Whoever calls _mtx_lock_sleep now is interrupted on its way in. */
  if ((ktr_mask & KTR_POINT) !== 0 && hw_point($addr(m)) !== 0) return 0;
  const pc = get_pcpu();
  const p = pc.curproc;
  m.mtx_lock = $addr(p);
  if ((ktr_mask & KTR_MTX) !== 0) hw_event(HW_ACQUIRED, $addr(m), HW_MTX | HW_EXCLUSIVE);
  if (witness_watch === 0) return 1;
  const w = m.mtx_object.lo_witness;
  if (w === null) return 1;
  /* The usual cases without a call: the first lock, or one that is known to come after the one taken last. */
  const site = $retaddr();
  const lle = $cast<lock_list_entry>(p.p_sleeplocks);
  if (pc.spinlocks !== 0) witness_lock(m.mtx_object, LOP_EXCLUSIVE, site);
  else if (lle === null) {
    const first = p.p_locklist;
    p.p_sleeplocks = $addr(first);
    witness_note_first(first, m.mtx_object, w, site, LI_EXCLUSIVE);
  } else if (
    lle.ll_count < LOCK_NCHILDREN &&
    isitmydescendant(lle.ll_children[lle.ll_count - 1].li_lock.lo_witness, w)
  ) {
    witness_note(lle, m.mtx_object, w, site, LI_EXCLUSIVE);
  } else witness_lock(m.mtx_object, LOP_EXCLUSIVE, site);
  return 1;
}

/**
 * Takes a sleep mutex if it is free; never waits, never recurses. Locks: takes m if it returns 1. Does not
 * sleep.
 * @indivisible
 */
export function mtx_trylock(m: mtx): int {
  KASSERT(
    m.mtx_object.lo_class === lock_class_mtx_sleep,
    'mtx_trylock() of spin mutex %s',
    m.mtx_object.lo_name,
  );
  const p = curproc();
  if (m.mtx_lock === MTX_UNOWNED) m.mtx_lock = $addr(p);
  else if (m.mtx_lock === MTX_CONTESTED) {
    mtx_lock_spin(sched_lock);
    mtx_take_contested(m, p);
    mtx_unlock_spin(sched_lock);
  } else return 0;
  if ((ktr_mask & KTR_MTX) !== 0) hw_event(HW_ACQUIRED, $addr(m), HW_MTX | HW_EXCLUSIVE);
  if (witness_watch !== 0) witness_lock(m.mtx_object, LOP_EXCLUSIVE | LOP_TRYLOCK, $retaddr());
  return 1;
}

/**
 * Takes a sleep mutex that was not free a moment ago: recursion, or waiting for the owner.
 * Called by mtx_lock only. Locks: takes m; sched_lock meanwhile. May sleep (SMTX, not on a sleep queue).
 */
export function* _mtx_lock_sleep(m: mtx): Sleeps {
  const site = $retaddr();
  if (mtx_enter(m, site) !== 0) return;
  /* Say so before the deadlock, not after. */
  if (witness_watch !== 0) witness_checkorder(m.mtx_object, LOP_EXCLUSIVE, site);
  while (mtx_block(m) !== 0) {
    yield* mi_switch();
    mtx_unlock_spin(sched_lock);
  }
  if (witness_watch !== 0) witness_lock(m.mtx_object, LOP_EXCLUSIVE, site);
}

/**
 * The part of _mtx_lock_sleep that need not wait: 1 if the mutex is ours now, by recursion or because it has
 * become free. Locks: may take m. Does not sleep.
 * @indivisible
 */
function mtx_enter(m: mtx, site: u32): int {
  KASSERT(mtx_initialized(m), 'mtx_lock() of mutex %p that is not initialized', $addr(m));
  KASSERT(
    m.mtx_object.lo_class === lock_class_mtx_sleep,
    'mtx_lock() of spin mutex %s',
    m.mtx_object.lo_name,
  );
  const p = curproc();
  if (m.mtx_lock === MTX_UNOWNED) {
    m.mtx_lock = $addr(p);
    if ((ktr_mask & KTR_MTX) !== 0) hw_event(HW_ACQUIRED, $addr(m), HW_MTX | HW_EXCLUSIVE);
  } else if ((m.mtx_lock & ~MTX_FLAGMASK) === $addr(p)) {
    if ((m.mtx_object.lo_flags & LO_RECURSABLE) === 0) {
      if (witness_watch !== 0) witness_lock(m.mtx_object, LOP_EXCLUSIVE, site);
      panic(
        'mutex recursion on a non-recursive lock: %s @ %s:%d',
        m.mtx_object.lo_name,
        place_file(site),
        place_line(site),
      );
    }
    m.mtx_recurse++;
    m.mtx_lock |= MTX_RECURSED;
  } else return 0;
  if (witness_watch !== 0) witness_lock(m.mtx_object, LOP_EXCLUSIVE, site);
  return 1;
}

/**
 * Queues the running process on a mutex and makes it ready to switch. Returns 0 if the mutex could be taken
 * instead, and then it is ours; 1 if the caller must mi_switch and try again. Locks: takes sched_lock, left
 * held if 1. Does not sleep.
 * @indivisible
 */
function mtx_block(m: mtx): int {
  const p = curproc();
  mtx_lock_spin(sched_lock);
  const v = m.mtx_lock;
  if (v === MTX_UNOWNED || v === MTX_CONTESTED) {
    if (v === MTX_UNOWNED) m.mtx_lock = $addr(p);
    else mtx_take_contested(m, p);
    mtx_unlock_spin(sched_lock);
    if ((ktr_mask & KTR_MTX) !== 0) hw_event(HW_ACQUIRED, $addr(m), HW_MTX | HW_EXCLUSIVE);
    return 0;
  }
  KASSERT((v & ~MTX_FLAGMASK) !== $addr(p), 'mtx_block: we own %s', m.mtx_object.lo_name);
  KASSERT(
    witness_only_spin(sched_lock.mtx_object, $cast<lock_list_entry>(get_pcpu().spinlocks)),
    'blocking on %s with a spin lock held',
    m.mtx_object.lo_name,
  );
  KASSERT(p !== get_pcpu().idleproc, 'idle process blocks on %s', m.mtx_object.lo_name);
  const owner = $cast<proc>(v & ~MTX_FLAGMASK);
  if ((v & MTX_CONTESTED) === 0) {
    m.mtx_lock = v | MTX_CONTESTED;
    LIST_INSERT_HEAD(owner.p_contested, m, 'mtx_contested');
  }
  if ((ktr_mask & KTR_MTX) !== 0) hw_event(HW_CONTESTED, $addr(m), HW_MTX | HW_EXCLUSIVE);
  mtx_enqueue(m, p);
  p.p_blocked = m;
  p.p_mtxname = m.mtx_object.lo_name;
  p.p_stat = SMTX;
  propagate_priority(p);
  return 1;
}

/** Puts p on the queue of m, behind those of the same priority. Locks: sched_lock. Does not sleep. */
function mtx_enqueue(m: mtx, p: proc): void {
  let p1: proc = null;
  for (p1 = TAILQ_FIRST(m.mtx_blocked); p1 !== null; p1 = TAILQ_NEXT(p1, 'p_procq')) {
    if (p1.p_priority > p.p_priority) break;
  }
  if (p1 !== null) TAILQ_INSERT_BEFORE(p1, p, 'p_procq');
  else TAILQ_INSERT_TAIL(m.mtx_blocked, p, 'p_procq');
}

/**
 * Takes a mutex that is free but still has waiters: they wait for p now and lend it their priority (invariant
 * 2). Locks: sched_lock. Does not sleep.
 */
function mtx_take_contested(m: mtx, p: proc): void {
  const p1 = TAILQ_FIRST(m.mtx_blocked);
  KASSERT(p1 !== null, 'contested mutex %s without waiters', m.mtx_object.lo_name);
  m.mtx_lock = $addr(p) | MTX_CONTESTED;
  LIST_INSERT_HEAD(p.p_contested, m, 'mtx_contested');
  if (p1.p_priority < p.p_priority) lend_priority(p, p1.p_priority);
}

/** Raises p to a lent priority, remembering its own. Locks: sched_lock. Does not sleep. */
function lend_priority(p: proc, pri: int): void {
  if ((p.p_sflag & PS_PRIOLENT) === 0) {
    p.p_sflag |= PS_PRIOLENT;
    p.p_nativepri = p.p_priority;
  }
  p.p_priority = pri;
}

/**
 * Lends the priority of p, which is about to block, along the chain: to the owner of the mutex, to the owner
 * of the mutex that this one is blocked on, and so on to one that can run. Locks: sched_lock. Does not sleep.
 */
export function propagate_priority(p: proc): void {
  const pri = p.p_priority;
  let m = p.p_blocked;
  mtx_assert(sched_lock, MA_OWNED);
  for (;;) {
    const owner = mtx_owner(m);
    /* Free but contested: who takes it next inherits in mtx_take_contested. */
    if (owner === null) return;
    KASSERT(
      owner.p_stat !== SSLEEP,
      'sleeping process (pid %d) owns a mutex (%s)',
      owner.p_pid,
      m.mtx_object.lo_name,
    );
    KASSERT(
      owner !== p,
      'process %d(%s) waits for itself by %s',
      p.p_pid,
      $addr(p.p_comm),
      m.mtx_object.lo_name,
    );
    if (owner.p_priority <= pri) return;
    lend_priority(owner, pri);
    if (owner.p_oncpu !== NOCPU) return;
    if (owner.p_stat === SRUN) {
      remrunqueue(owner);
      setrunqueue(owner);
      return;
    }
    KASSERT(
      owner.p_stat === SMTX,
      "process %d(%s):%d holds %s but isn't blocked on a mutex",
      owner.p_pid,
      $addr(owner.p_comm),
      owner.p_stat,
      m.mtx_object.lo_name,
    );
    m = owner.p_blocked;
    TAILQ_REMOVE(m.mtx_blocked, owner, 'p_procq');
    mtx_enqueue(m, owner);
  }
}

/**
 * Owner of a mutex, null if it is free. Locks: none (stable under sched_lock if contested). Does not sleep.
 */
export function mtx_owner(m: mtx): proc {
  const v = m.mtx_lock;
  return v === MTX_UNOWNED ? null : $cast<proc>(v & ~MTX_FLAGMASK);
}

/**
 * Gives back a sleep mutex. Called by mtx_unlock only. Locks: m held, dropped (one level). Does not sleep.
 * @indivisible
 */
export function _mtx_unlock(m: mtx): void {
  const p = curproc();
  if (m.mtx_lock === $addr(p)) {
    if ((ktr_mask & KTR_MTX) !== 0) hw_event(HW_RELEASED, $addr(m), HW_MTX | HW_EXCLUSIVE);
    m.mtx_lock = MTX_UNOWNED;
    if (witness_watch === 0) return;
    /*
     * The usual cases without a call: the only lock, or the one taken last, once. The first is told without
     * following pointers.
     */
    const first = p.p_locklist;
    if (
      p.p_sleeplocks === $addr(first) &&
      first.ll_count === 1 &&
      first.ll_children[0].li_lock === m.mtx_object &&
      first.ll_children[0].li_flags === LI_EXCLUSIVE
    ) {
      p.p_sleeplocks = 0;
      return;
    }
    const lle = $cast<lock_list_entry>(p.p_sleeplocks);
    if (lle !== null) {
      const n = lle.ll_count - 1;
      const li = lle.ll_children[n];
      if (li.li_lock === m.mtx_object && li.li_flags === LI_EXCLUSIVE && (n > 0 || lle === p.p_locklist)) {
        if (n === 0) p.p_sleeplocks = 0;
        else lle.ll_count = n;
        return;
      }
    }
    witness_unlock(m.mtx_object, LOP_EXCLUSIVE, $retaddr());
    return;
  }
  KASSERT(
    m.mtx_object.lo_class === lock_class_mtx_sleep,
    'mtx_unlock() of spin mutex %s',
    m.mtx_object.lo_name,
  );
  KASSERT(
    (m.mtx_lock & ~MTX_FLAGMASK) === $addr(p),
    'mutex %s not owned at %s:%d',
    m.mtx_object.lo_name,
    place_file($retaddr()),
    place_line($retaddr()),
  );
  if (witness_watch !== 0) witness_unlock(m.mtx_object, LOP_EXCLUSIVE, $retaddr());
  if ((m.mtx_lock & MTX_RECURSED) !== 0) {
    if (--m.mtx_recurse === 0) m.mtx_lock &= ~MTX_RECURSED;
    return;
  }
  if ((ktr_mask & KTR_MTX) !== 0) hw_event(HW_RELEASED, $addr(m), HW_MTX | HW_EXCLUSIVE);
  mtx_hand_over(m, p);
}

/**
 * Releases a contested mutex: the first waiter becomes runnable, lent priority is given back.
 * Locks: m, dropped; sched_lock meanwhile. Does not sleep.
 */
function mtx_hand_over(m: mtx, p: proc): void {
  mtx_lock_spin(sched_lock);
  KASSERT((m.mtx_lock & MTX_CONTESTED) !== 0, 'mtx_unlock: %s not contested', m.mtx_object.lo_name);
  const p1 = TAILQ_FIRST(m.mtx_blocked);
  KASSERT(
    p1 !== null && p1.p_stat === SMTX && p1.p_blocked === m,
    'mtx_unlock: queue of %s',
    m.mtx_object.lo_name,
  );
  TAILQ_REMOVE(m.mtx_blocked, p1, 'p_procq');
  LIST_REMOVE(m, 'mtx_contested');
  m.mtx_lock = TAILQ_EMPTY(m.mtx_blocked) ? MTX_UNOWNED : MTX_CONTESTED;
  return_priority(p);
  p1.p_blocked = null;
  p1.p_mtxname = null;
  p1.p_stat = SRUN;
  setrunqueue(p1);
  if (p1.p_priority < p.p_priority) need_preempt();
  mtx_unlock_spin(sched_lock);
}

/**
 * Lowers p to what the waiters of its other mutexes still lend it, or to its own. Locks: sched_lock. Does not
 * sleep.
 */
function return_priority(p: proc): void {
  if ((p.p_sflag & PS_PRIOLENT) === 0) return;
  let pri: int = p.p_nativepri;
  let lent = false;
  for (let m1 = LIST_FIRST(p.p_contested); m1 !== null; m1 = LIST_NEXT(m1, 'mtx_contested')) {
    const head = TAILQ_FIRST(m1.mtx_blocked);
    if (head.p_priority < pri) {
      pri = head.p_priority;
      lent = true;
    }
  }
  if (!lent) p.p_sflag &= ~PS_PRIOLENT;
  p.p_priority = pri;
}

/**
 * Takes a spin mutex, with interrupts off until the outermost is given back. One that another process holds
 * can only mean that its owner was left or switched away with it, or that its processor was made to stand
 * there: nothing else runs while a plain function does. Locks: takes m. Does not sleep.
 * @indivisible
 */
export function mtx_lock_spin(m: mtx): void {
  const crit = intr_disable();
  const pc = get_pcpu();
  const p = pc.curproc;
  for (;;) {
    if (m.mtx_lock === MTX_UNOWNED) {
      m.mtx_lock = $addr(p);
      m.mtx_savecrit = crit;
      if ((ktr_mask & KTR_SPIN) !== 0) hw_event(HW_ACQUIRED, $addr(m), HW_SPIN | HW_EXCLUSIVE);
      if (witness_watch === 0) return;
      const w = m.mtx_object.lo_witness;
      if (w === null) return;
      if (pc.spinlocks !== 0) {
        witness_lock(m.mtx_object, LOP_EXCLUSIVE, $retaddr());
        return;
      }
      const first = w_spinlist[pc.cpuid];
      pc.spinlocks = $addr(first);
      witness_note_first(first, m.mtx_object, w, $retaddr(), LI_EXCLUSIVE);
      return;
    }
    KASSERT(
      m.mtx_object.lo_class === lock_class_mtx_spin,
      'mtx_lock_spin() of sleep mutex %s',
      m.mtx_object.lo_name,
    );
    if ((m.mtx_lock & ~MTX_FLAGMASK) === $addr(p)) break;
    if (panicstr !== null) return;
    mtx_spin_wait(m);
  }
  KASSERT(
    (m.mtx_object.lo_flags & LO_RECURSABLE) !== 0,
    'mutex recursion on a non-recursive lock: %s @ %s:%d',
    m.mtx_object.lo_name,
    place_file($retaddr()),
    place_line($retaddr()),
  );
  m.mtx_recurse++;
}

/**
 * Waits for a spin mutex that another processor holds; only one that was made to stand where it holds it
 * (decision `stall`) is ever found there, and only the checked form can wait. Locks: none; interrupts are
 * off. Does not sleep.
 */
function mtx_spin_wait(m: mtx): void {
  const since = rdtsc();
  while (m.mtx_lock !== MTX_UNOWNED) {
    if (cpu_spinwait() !== 0 && rdtsc() - since <= 5000000000) continue;
    panic('spin lock %s held by %p for > 5 seconds', m.mtx_object.lo_name, m.mtx_lock & ~MTX_FLAGMASK);
  }
}

/** Gives back a spin mutex. Locks: m held, dropped (one level). Does not sleep. @indivisible */
export function mtx_unlock_spin(m: mtx): void {
  const pc = get_pcpu();
  if ((m.mtx_lock & ~MTX_FLAGMASK) !== $addr(pc.curproc)) {
    if (panicstr !== null) return;
    panic(
      'mutex %s not owned at %s:%d',
      m.mtx_object.lo_name,
      place_file($retaddr()),
      place_line($retaddr()),
    );
  }
  if (m.mtx_recurse !== 0) {
    m.mtx_recurse--;
    return;
  }
  if (witness_watch !== 0) {
    const first = w_spinlist[pc.cpuid];
    if (
      pc.spinlocks === $addr(first) &&
      first.ll_count === 1 &&
      first.ll_children[0].li_lock === m.mtx_object
    )
      pc.spinlocks = 0;
    else witness_unlock(m.mtx_object, LOP_EXCLUSIVE, $retaddr());
  }
  const crit = m.mtx_savecrit;
  if ((ktr_mask & KTR_SPIN) !== 0) hw_event(HW_RELEASED, $addr(m), HW_SPIN | HW_EXCLUSIVE);
  m.mtx_lock = MTX_UNOWNED;
  intr_restore(crit);
}

/**
 * Gives back the spin mutex m while the spin mutex `inner`, taken after it, stays: the interrupt state to
 * restore passes to inner. For msleep_spin. Locks: m and inner; m dropped. Does not sleep.
 * @indivisible
 */
export function mtx_unlock_spin_under(m: mtx, inner: mtx): void {
  mtx_assert(inner, MA_OWNED);
  KASSERT(m.mtx_recurse === 0, 'mtx_unlock_spin_under: %s recursed', m.mtx_object.lo_name);
  const crit = inner.mtx_savecrit;
  inner.mtx_savecrit = m.mtx_savecrit;
  m.mtx_savecrit = crit;
  mtx_unlock_spin(m);
}

/**
 * Panics unless m is held as `what` says: MA_OWNED (with MA_RECURSED or MA_NOTRECURSED) or MA_NOTOWNED.
 * Called by mtx_assert only: the return address is the place of the assertion. Locks: none. Does not sleep.
 */
export function _mtx_assert(m: mtx, what: int): void {
  if (panicstr !== null) return;
  if ((what & MA_OWNED) !== 0) {
    if (!mtx_owned(m))
      panic(
        'mutex %s not owned at %s:%d',
        m.mtx_object.lo_name,
        place_file($retaddr()),
        place_line($retaddr()),
      );
    if (mtx_recursed(m)) {
      if ((what & MA_NOTRECURSED) !== 0)
        panic(
          'mutex %s recursed at %s:%d',
          m.mtx_object.lo_name,
          place_file($retaddr()),
          place_line($retaddr()),
        );
    } else if ((what & MA_RECURSED) !== 0) {
      panic(
        'mutex %s unrecursed at %s:%d',
        m.mtx_object.lo_name,
        place_file($retaddr()),
        place_line($retaddr()),
      );
    }
    return;
  }
  KASSERT(
    what === MA_NOTOWNED,
    'unknown mtx_assert at %s:%d',
    place_file($retaddr()),
    place_line($retaddr()),
  );
  if (mtx_owned(m))
    panic('mutex %s owned at %s:%d', m.mtx_object.lo_name, place_file($retaddr()), place_line($retaddr()));
}

/**
 * DROP_GIANT: gives Giant back entirely and returns how often it was held. Locks: drops Giant. Does not
 * sleep.
 */
export function drop_giant(): int {
  let n = 0;
  while (mtx_owned(Giant)) {
    n++;
    mtx_unlock(Giant);
  }
  return n;
}

/** PICKUP_GIANT: takes Giant n times again. Locks: takes Giant; none else may be held. May sleep. */
export function* pickup_giant(n: int): Sleeps {
  mtx_assert(Giant, MA_NOTOWNED);
  for (let i = 0; i < n; i++) yield* mtx_lock(Giant);
}
