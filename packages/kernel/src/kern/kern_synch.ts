/**
 * Sleeping, waking and switching (kern/kern_synch.c). The scheduler's arithmetic is in kern_sched.ts.
 *
 * Invariants (all under sched_lock):
 *  1. p_wchan is not 0 if and only if the process is on slpque[LOOKUP(p_wchan)].
 *  2. SSLEEP implies p_wchan. The converse does not hold: a process that looks for signals on its way to
 *     sleep (PCATCH), or blocks on a mutex meanwhile, has p_wchan set and is SRUN or SMTX.
 *  3. A sleeping process holds no mutex. It may hold sx and lockmgr locks.
 */
import { cpu_delay, get_pcpu, hw_event, hw_point, rdtsc } from '../i386/cpufunc.h.js';
import { interrupted } from '../i386/exception.js';
import { cpu_switch } from '../i386/locore.js';
import { curproc } from '../i386/pcpu.h.js';
import {
  PS_ASTPENDING,
  PS_INMEM,
  PS_NEEDRESCHED,
  PS_PREEMPT,
  PS_SINTR,
  PS_SLPTIMO,
  PS_SWAPINREQ,
  PS_TIMEOUT,
  PS_XCPU,
  SIDL,
  SRUN,
  SSLEEP,
  SSTOP,
  SZOMB,
} from '../sys/_proc.h.js';
import { EINTR, ERESTART, EWOULDBLOCK } from '../sys/errno.h.js';
import { HW_SLEEP, HW_WAKEUP, KTR_POINT, KTR_PROC } from '../sys/ktr.h.js';
import type { mtx } from '../sys/mutex.h.js';
import { MA_NOTRECURSED, MA_OWNED, mtx_assert, mtx_lock, mtx_owned, mtx_unlock } from '../sys/mutex.h.js';
import { PCATCH, PDROP, PRIMASK } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import { SIGISMEMBER } from '../sys/signalvar.h.js';
import { NOCPU } from '../sys/systm.h.js';
import type { lock_list_entry } from '../sys/witness.h.js';
import { cnt } from '../vm/vm_meter.js';
import { ktr_mask } from './kern_ktr.js';
import {
  Giant,
  drop_giant,
  mtx_lock_spin,
  mtx_unlock_spin,
  mtx_unlock_spin_under,
  pickup_giant,
  sched_lock,
} from './kern_mutex.js';
import { proc0 } from './kern_proc.js';
import { vm_lockp, vm_mtx } from './kern_regime.js';
import { updatepri } from './kern_sched.js';
import { panic, panicstr } from './kern_shutdown.js';
import { CURSIG } from './kern_sig.js';
import { runq_init, setrunqueue } from './kern_switch.js';
import { callout_pending, callout_reset, callout_stop, ticks } from './kern_timeout.js';
import { witness_only_spin, witness_sleep } from './subr_witness.js';

const SLEEP_TABLESIZE = 128;
/** Sleeping processes, hashed by address. Locks: sched_lock. */
export let slpque: array<embed<TAILQ_HEAD<proc>>, 128>;

/** Ticks a second. */
export let hz: int = 100;
/** Woken once a second by schedcpu. */
export let lbolt: int = 0;
/** 1 until the scheduler can run: nothing sleeps before. Cleared by the configuration of devices. */
export let cold: int = 1;

/** Empties the sleep queues and run queues. Called once, early. Locks: none. Does not sleep. */
export function sleepinit(): void {
  hz = 100;
  for (let i = 0; i < SLEEP_TABLESIZE; i++) TAILQ_INIT(slpque[i]);
  runq_init();
}

/** The queue of an address. Locks: sched_lock. Does not sleep. @inline */
function slp_lookup(ident: u32): TAILQ_HEAD<proc> {
  return slpque[(ident >>> 8) & 127];
}

/**
 * Sleeps until wakeup(ident), at most timo ticks (0: for ever). The mutex m is given back while asleep and
 * taken again, unless pri has PDROP. With PCATCH a signal ends the sleep: EINTR or ERESTART. Returns 0 if
 * woken, EWOULDBLOCK after timo. Before the scheduler runs and during a panic it only lets a moment pass and
 * returns 0. Locks: m (may be null) and, dropped while asleep, Giant; no other sleep mutex, no spin mutex.
 * Sleeps.
 */
export function* msleep(ident: u32, m: mtx, pri: int, wmesg: str, timo: int): Sleeps<int> {
  const p = curproc();
  let mtxp = m === Giant ? null : m;
  const site = $retaddr();
  if ((ktr_mask & KTR_POINT) !== 0 && hw_point(ident) !== 0) yield* interrupted();
  msleep_check(ident, mtxp, timo, site);
  if (cold !== 0 || panicstr !== null) {
    if (mtxp !== null && (pri & PDROP) !== 0) mtx_unlock(mtxp);
    cpu_delay(1000);
    return 0;
  }
  mtx_lock_spin(sched_lock);
  const giants = drop_giant();
  if (mtxp !== null) {
    mtx_assert(mtxp, MA_OWNED | MA_NOTRECURSED);
    mtx_unlock(mtxp);
    if ((pri & PDROP) !== 0) mtxp = null;
  }
  slp_enter(p, ident, pri, wmesg, timo);
  let sig = 0;
  let catching = false;
  if ((pri & PCATCH) !== 0) {
    /* A signal that came before is not lost: it is looked for after p has been queued. */
    p.p_sflag |= PS_SINTR;
    mtx_unlock_spin(sched_lock);
    yield* PROC_LOCK(p);
    sig = yield* CURSIG(p);
    mtx_lock_spin(sched_lock);
    PROC_UNLOCK(p);
    catching = sig !== 0 || p.p_wchan !== 0;
    if (sig !== 0) unsleep(p);
  }
  if (p.p_wchan !== 0) {
    p.p_stat = SSLEEP;
    if (p.p_stats !== null) p.p_stats.p_ru.ru_nvcsw++;
    yield* mi_switch();
  }
  let error = slp_leave(p, timo);
  if (sig !== 0) error = 0;
  mtx_unlock_spin(sched_lock);
  if (error === 0 && catching) {
    yield* PROC_LOCK(p);
    if (sig === 0) sig = yield* CURSIG(p);
    if (sig !== 0) error = SIGISMEMBER(p.p_sigacts.ps_sigintr, sig) ? EINTR : ERESTART;
    PROC_UNLOCK(p);
  }
  if (giants > 0) yield* pickup_giant(giants);
  if (mtxp !== null) yield* mtx_lock(mtxp);
  return error;
}

/** Refuses sleeps that would deadlock or be a bug. Locks: as msleep. Does not sleep. Panics. */
function msleep_check(ident: u32, m: mtx, timo: int, site: u32): void {
  if (panicstr !== null) return;
  if (cold === 0) KASSERT(curproc() !== get_pcpu().idleproc, 'msleep: idle process');
  if (vm_lockp === vm_mtx && m !== vm_mtx && mtx_owned(vm_mtx)) panic('sleeping with vm_mtx held.');
  if (witness_watch !== 0) witness_sleep(false, m !== null ? m.mtx_object : null, site);
  KASSERT(ident !== 0, 'msleep: no address');
  KASSERT(timo !== 0 || m !== null || mtx_owned(Giant) || cold !== 0, 'sleeping without a mutex');
  KASSERT(curproc().p_stat === SRUN, 'msleep: process is %d', curproc().p_stat);
}

/** Sleeps on ident; no mutex to release but Giant. As msleep in all else. */
export function* tsleep(ident: u32, pri: int, wmesg: str, timo: int): Sleeps<int> {
  return yield* msleep(ident, null, pri, wmesg, timo);
}

/**
 * As msleep, with a spin mutex for an interlock and without PCATCH or PDROP. For sx and lockmgr.
 * Locks: m (spin) and, dropped while asleep, Giant; other sleep mutexes as msleep. Sleeps.
 */
export function* msleep_spin(ident: u32, m: mtx, pri: int, wmesg: str, timo: int): Sleeps<int> {
  const p = curproc();
  KASSERT((pri & (PCATCH | PDROP)) === 0, 'msleep_spin: flags %x', pri);
  msleep_check(ident, m, timo, $retaddr());
  if (cold !== 0 || panicstr !== null) {
    /* Somebody else must give it back, and nobody else can run: let interrupts in, then look again. */
    mtx_unlock_spin(m);
    cpu_delay(1000);
    mtx_lock_spin(m);
    return 0;
  }
  mtx_lock_spin(sched_lock);
  mtx_unlock_spin_under(m, sched_lock);
  const giants = drop_giant();
  slp_enter(p, ident, pri, wmesg, timo);
  p.p_stat = SSLEEP;
  if (p.p_stats !== null) p.p_stats.p_ru.ru_nvcsw++;
  yield* mi_switch();
  const error = slp_leave(p, timo);
  mtx_unlock_spin(sched_lock);
  if (giants > 0) yield* pickup_giant(giants);
  mtx_lock_spin(m);
  return error;
}

/** Puts p on the sleep queue of ident, with its timeout. Locks: sched_lock. Does not sleep. */
function slp_enter(p: proc, ident: u32, pri: int, wmesg: str, timo: int): void {
  KASSERT(p.p_wchan === 0, 'msleep: %s already waits for %s', $addr(p.p_comm), p.p_wmesg);
  p.p_wchan = ident;
  p.p_wmesg = wmesg;
  p.p_slptime = 0;
  p.p_priority = pri & PRIMASK;
  p.p_sflag &= ~PS_TIMEOUT;
  TAILQ_INSERT_TAIL(slp_lookup(ident), p, 'p_slpq');
  if ((ktr_mask & KTR_PROC) !== 0) hw_event(HW_SLEEP, ident, $u32(timo));
  if (timo !== 0) {
    p.p_sflag |= PS_SLPTIMO;
    callout_reset(p.p_slpcallout, timo, endtsleep, $addr(p));
  }
}

/** p runs again: was it the timeout? Returns 0 or EWOULDBLOCK. Locks: sched_lock. Does not sleep. */
function slp_leave(p: proc, timo: int): int {
  p.p_sflag &= ~(PS_SINTR | PS_SLPTIMO);
  if ((p.p_sflag & PS_TIMEOUT) !== 0) {
    p.p_sflag &= ~PS_TIMEOUT;
    return EWOULDBLOCK;
  }
  if (timo !== 0) callout_stop(p.p_slpcallout);
  return 0;
}

/**
 * A sleep's time is over. A callout, so that it may have lost the race with wakeup. Locks: takes sched_lock.
 * May sleep.
 */
export function* endtsleep(arg: u32): Sleeps {
  const p = $cast<proc>(arg);
  mtx_lock_spin(sched_lock);
  /* If p sleeps again by now, on something else, this timeout is none of its business. */
  if (p.p_wchan !== 0 && (p.p_sflag & PS_SLPTIMO) !== 0 && !callout_pending(p.p_slpcallout)) {
    if (p.p_stat === SSLEEP) setrunnable(p);
    else unsleep(p);
    p.p_sflag |= PS_TIMEOUT;
  }
  mtx_unlock_spin(sched_lock);
}

/**
 * Takes a process off its sleep queue, if it is on one. Locks: takes sched_lock (may be held). Does not
 * sleep.
 */
export function unsleep(p: proc): void {
  mtx_lock_spin(sched_lock);
  if (p.p_wchan !== 0) {
    TAILQ_REMOVE(slp_lookup(p.p_wchan), p, 'p_slpq');
    p.p_wchan = 0;
  }
  mtx_unlock_spin(sched_lock);
}

/**
 * Makes all processes that sleep on ident runnable. Locks: takes sched_lock (may be held). Does not sleep.
 */
export function wakeup(ident: u32): void {
  wakeup_n(ident, 0x7fffffff);
}

/**
 * Makes one process that sleeps on ident runnable: the first in line that is in memory; those that are
 * swapped out and come before it are asked for as well, as in BSD. Locks: as wakeup. Does not sleep.
 */
export function wakeup_one(ident: u32): void {
  wakeup_n(ident, 1);
}

/** Wakes up to n processes that can run at once. Locks: takes sched_lock (may be held). Does not sleep. */
function wakeup_n(ident: u32, n: int): void {
  mtx_lock_spin(sched_lock);
  if ((ktr_mask & KTR_PROC) !== 0) hw_event(HW_WAKEUP, ident, $u32(n));
  const qp = slp_lookup(ident);
  let left = n;
  let next: proc = null;
  for (let p = TAILQ_FIRST(qp); p !== null && left > 0; p = next) {
    next = TAILQ_NEXT(p, 'p_slpq');
    if (p.p_wchan !== ident) continue;
    TAILQ_REMOVE(qp, p, 'p_slpq');
    p.p_wchan = 0;
    /* Otherwise it was on its way to sleep (invariant 2) and now stays awake. */
    if (p.p_stat !== SSLEEP) {
      left--;
      continue;
    }
    if (p.p_slptime > 1) updatepri(p);
    p.p_slptime = 0;
    p.p_stat = SRUN;
    if ((p.p_sflag & PS_INMEM) !== 0) {
      setrunqueue(p);
      maybe_resched(p);
      left--;
    } else {
      swapin_request(p);
      /* That may have woken process 0 from this very queue. */
      next = TAILQ_FIRST(qp);
    }
  }
  mtx_unlock_spin(sched_lock);
}

/** Asks process 0 to bring p, which could run, into memory. Locks: sched_lock. Does not sleep. */
function swapin_request(p: proc): void {
  p.p_sflag |= PS_SWAPINREQ;
  wakeup($addr(proc0));
}

/**
 * Makes a process runnable that is new, asleep or stopped. One that is swapped out is asked for.
 * Locks: takes sched_lock (may be held). Does not sleep.
 */
export function setrunnable(p: proc): void {
  mtx_lock_spin(sched_lock);
  switch (p.p_stat) {
    case SSTOP:
    case SSLEEP:
      unsleep(p);
      break;
    case SIDL:
      break;
    default:
      panic('setrunnable(%d)', p.p_stat);
  }
  p.p_stat = SRUN;
  if (p.p_slptime > 1) updatepri(p);
  p.p_slptime = 0;
  if ((p.p_sflag & PS_INMEM) === 0) swapin_request(p);
  else {
    setrunqueue(p);
    maybe_resched(p);
  }
  mtx_unlock_spin(sched_lock);
}

/** Reschedules if p is more important than what runs. Locks: sched_lock. Does not sleep. */
export function maybe_resched(p: proc): void {
  if (p.p_priority < curproc().p_priority) need_resched();
}

/**
 * The running process gives up the processor on its way back to user mode. Locks: sched_lock. Does not sleep.
 */
export function need_resched(): void {
  const pc = get_pcpu();
  pc.need_resched = 1;
  pc.curproc.p_sflag |= PS_NEEDRESCHED | PS_ASTPENDING;
}

/**
 * The same, but at the next interrupt at the latest, in whatever mode: it has just given up a mutex that a
 * more important process waits for. Locks: sched_lock. Does not sleep.
 */
export function need_preempt(): void {
  need_resched();
  curproc().p_sflag |= PS_PREEMPT;
}

/**
 * Gives the processor to whom chooseproc picks. The caller has queued the running process where it is to be
 * found again, or set a state from which somebody else will. Locks: sched_lock held, not recursed, and no
 * other spin lock; held on return. Switches.
 */
export function* mi_switch(): Sleeps {
  const p = curproc();
  mi_switch_out(p);
  const crit = sched_lock.mtx_savecrit;
  yield* cpu_switch();
  sched_lock.mtx_savecrit = crit;
  mi_switch_in(p);
}

/** Accounts for the time that p, the running process, had. Locks: sched_lock. Does not sleep. @inline */
function mi_switch_out(p: proc): void {
  const pc = get_pcpu();
  mtx_assert(sched_lock, MA_OWNED | MA_NOTRECURSED);
  KASSERT(
    witness_watch === 0 || witness_only_spin(sched_lock.mtx_object, $cast<lock_list_entry>(pc.spinlocks)),
    'mi_switch: other spin locks held',
  );
  const us: i64 = (rdtsc() - pc.switchtime) / 1000;
  /* What is left of a microsecond goes to the next process. */
  pc.switchtime += us * 1000;
  p.p_runtime += us;
  pc.switchticks = ticks;
  if (p.p_stat !== SZOMB && p.p_limit !== null && p.p_runtime >= p.p_limit.p_cpulimit) {
    p.p_sflag |= PS_XCPU | PS_ASTPENDING;
  }
  cnt.v_swtch++;
  if (p.p_stat === SRUN && p.p_stats !== null && (p.p_sflag & PS_NEEDRESCHED) !== 0)
    p.p_stats.p_ru.ru_nivcsw++;
  p.p_lastcpu = p.p_oncpu;
  p.p_oncpu = NOCPU;
  p.p_sflag &= ~(PS_NEEDRESCHED | PS_PREEMPT);
  pc.need_resched = 0;
}

/** p runs again. Locks: sched_lock, whose owner becomes p. Does not sleep. @inline */
function mi_switch_in(p: proc): void {
  KASSERT(curproc() === p, 'mi_switch: woke up as somebody else');
  KASSERT(p.p_stat === SRUN || p === get_pcpu().idleproc, 'mi_switch: process %d is %d', p.p_pid, p.p_stat);
  p.p_oncpu = get_pcpu().cpuid;
  sched_lock.mtx_recurse = 0;
  sched_lock.mtx_lock = $addr(p);
}
