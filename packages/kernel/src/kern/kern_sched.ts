/**
 * The scheduler's arithmetic: priorities, decay, load average (the second half of BSD's kern/kern_synch.c,
 * 4BSD before ULE).
 *
 * p_estcpu grows by one for each statclock tick that finds the process running, and decays once a second by 2
 * * load / (2 * load + 1). p_usrpri follows from it and from nice; p_priority is p_usrpri in user mode and
 * the priority given to msleep in the kernel.
 */
import { get_pcpu } from '../i386/cpufunc.h.js';
import { curproc } from '../i386/pcpu.h.js';
import { PS_INMEM, PS_PRIOLENT, P_NOLOAD, SIDL, SRUN, SSLEEP, SSTOP } from '../sys/_proc.h.js';
import type { callout } from '../sys/callout.h.js';
import { PRI_MAX_TIMESHARE, PRI_MIN_TIMESHARE, PUSER } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import type { loadavg } from '../sys/resource.h.js';
import { PRIO_MAX, PRIO_MIN } from '../sys/resource.h.js';
import { FSCALE, FSHIFT, NOCPU } from '../sys/systm.h.js';
import type { fixpt_t } from '../sys/types.h.js';
import { mtx_lock_spin, mtx_unlock_spin, sched_lock } from './kern_mutex.js';
import { allproc, allproc_lock } from './kern_proc.js';
import { RQ_PPQ, procrunnable, remrunqueue, setrunqueue } from './kern_switch.js';
import { sx_slock, sx_sunlock } from './kern_sx.js';
import { hz, lbolt, maybe_resched, need_resched, wakeup } from './kern_synch.js';
import { callout_init, callout_reset } from './kern_timeout.js';

/** ticks between two rounds of processes of the same priority: 100 ms */
export let sched_quantum: int = 10;
/** Load averages over 1, 5 and 15 minutes. Locks: none: schedcpu alone writes them, a word each. */
export let averunnable: embed<loadavg> = $init({ ldavg: [0, 0, 0], fscale: 2048 });

const INVERSE_ESTCPU_WEIGHT = 8;
const NICE_WEIGHT = 1;
/** Largest p_estcpu that still changes the priority. */
const ESTCPU_MAX =
  INVERSE_ESTCPU_WEIGHT * (NICE_WEIGHT * (PRIO_MAX - PRIO_MIN) - RQ_PPQ) + INVERSE_ESTCPU_WEIGHT - 1;
/** exp(-1/20) * FSCALE: %cpu forgets 95 % in a minute. */
const ccpu = 1948;
/** exp(-5/60), exp(-5/300), exp(-5/900), times FSCALE: the load average is sampled every 5 seconds. */
let cexp: array<fixpt_t, 3> = $init([1884, 2014, 2036]);
let loadav_seconds: int = 0;
let schedcpu_callout: embed<callout>;

/**
 * An estimate that parent and child may have together: no more than still changes the priority. Locks: none.
 * @inline
 */
export function ESTCPULIM(e: u_int): u_int {
  return e > ESTCPU_MAX ? ESTCPU_MAX : e;
}

/** Starts the once-a-second work. Called when the clock runs. Locks: none. May sleep. */
export function* sched_setup(dummy: u32): Sleeps {
  callout_init(schedcpu_callout, 1);
  yield* schedcpu(0);
}

/** The estimate after a second. Locks: none. Does not sleep. */
function decay_cpu(loadfac: fixpt_t, cpu: u_int): u_int {
  return $u32(($i64(loadfac) * $i64(cpu)) / ($i64(loadfac) + FSCALE));
}

/** Interrupt threads and idle processes have fixed priorities. Locks: none. @inline */
function timeshared(p: proc): boolean {
  return p.p_ithd === null && (p.p_flag & P_NOLOAD) === 0;
}

/**
 * Once a second: ages all processes and recomputes their priorities. A callout that sets itself again.
 * Locks: takes allproc_lock shared and sched_lock. May sleep.
 */
export function* schedcpu(arg: u32): Sleeps {
  const loadfac = 2 * averunnable.ldavg[0];
  yield* sx_slock(allproc_lock);
  for (let p = LIST_FIRST(allproc); p !== null; p = LIST_NEXT(p, 'p_list')) {
    mtx_lock_spin(sched_lock);
    schedcpu_one(p, loadfac);
    mtx_unlock_spin(sched_lock);
  }
  sx_sunlock(allproc_lock);
  if (++loadav_seconds >= 5) {
    loadav_seconds = 0;
    yield* loadav();
  }
  wakeup($addr($ref(lbolt)));
  callout_reset(schedcpu_callout, hz, schedcpu, 0);
}

/** One process's second. Locks: sched_lock. Does not sleep. */
function schedcpu_one(p: proc, loadfac: fixpt_t): void {
  p.p_swtime++;
  if (p.p_stat === SSLEEP || p.p_stat === SSTOP) p.p_slptime++;
  p.p_pctcpu = (p.p_pctcpu * ccpu) >>> FSHIFT;
  /* Asleep for more than a second: updatepri does the rest when it wakes. */
  if (p.p_slptime > 1) return;
  p.p_pctcpu += ((FSCALE - ccpu) * (($u32(p.p_cpticks) * FSCALE) / $u32(hz))) >>> FSHIFT;
  p.p_cpticks = 0;
  if (!timeshared(p)) return;
  p.p_estcpu = decay_cpu(loadfac, p.p_estcpu);
  resetpriority(p);
  if (p.p_priority < PUSER || (p.p_sflag & PS_PRIOLENT) !== 0) return;
  if (
    p.p_oncpu === NOCPU &&
    p.p_stat === SRUN &&
    (p.p_sflag & PS_INMEM) !== 0 &&
    p.p_priority / RQ_PPQ !== p.p_usrpri / RQ_PPQ
  ) {
    remrunqueue(p);
    p.p_priority = p.p_usrpri;
    setrunqueue(p);
  } else p.p_priority = p.p_usrpri;
}

/**
 * Decays the estimate of a process that was asleep for more than a second. Locks: sched_lock. Does not sleep.
 */
export function updatepri(p: proc): void {
  const loadfac = 2 * averunnable.ldavg[0];
  if (!timeshared(p)) return;
  if (p.p_slptime > 5 * loadfac) p.p_estcpu = 0;
  else {
    let newcpu = p.p_estcpu;
    for (let n = p.p_slptime - 1; n > 0 && newcpu > 0; n--) newcpu = decay_cpu(loadfac, newcpu);
    p.p_estcpu = newcpu;
  }
  resetpriority(p);
}

/**
 * Computes the priority in user mode from p_estcpu and p_nice. Locks: takes sched_lock (may be held). Does
 * not sleep.
 */
export function resetpriority(p: proc): void {
  mtx_lock_spin(sched_lock);
  if (timeshared(p)) {
    let pri = PUSER + $int(p.p_estcpu) / INVERSE_ESTCPU_WEIGHT + NICE_WEIGHT * (p.p_nice - PRIO_MIN);
    if (pri > PRI_MAX_TIMESHARE) pri = PRI_MAX_TIMESHARE;
    if (pri < PRI_MIN_TIMESHARE) pri = PRI_MIN_TIMESHARE;
    p.p_usrpri = pri;
    /* Only a process that could take the processor matters. */
    if (p.p_stat === SRUN) maybe_resched(p);
  }
  mtx_unlock_spin(sched_lock);
}

/** Charges the running process with a tick of statclock. Locks: sched_lock. Does not sleep. */
export function schedclock(p: proc): void {
  p.p_cpticks++;
  if (!timeshared(p)) return;
  p.p_estcpu = ESTCPULIM(p.p_estcpu + 1);
  if (p.p_estcpu % INVERSE_ESTCPU_WEIGHT !== 0) return;
  resetpriority(p);
  if (p.p_priority >= PUSER && (p.p_sflag & PS_PRIOLENT) === 0) p.p_priority = p.p_usrpri;
}

/**
 * Every sched_quantum: lets the next process of the same priority have its turn. Called from hardclock on
 * each CPU, not from a callout as in BSD: there the running process would be the clock's own thread. Locks:
 * sched_lock. Does not sleep.
 */
export function roundrobin(): void {
  if (curproc() !== get_pcpu().idleproc && procrunnable() !== 0) need_resched();
}

/**
 * Every five seconds: samples the number of processes that can run. Locks: takes allproc_lock shared. May
 * sleep.
 */
function* loadav(): Sleeps {
  let nrun: u_int = 0;
  yield* sx_slock(allproc_lock);
  for (let p = LIST_FIRST(allproc); p !== null; p = LIST_NEXT(p, 'p_list')) {
    if ((p.p_stat === SRUN && (p.p_flag & P_NOLOAD) === 0) || p.p_stat === SIDL) nrun++;
  }
  sx_sunlock(allproc_lock);
  for (let i = 0; i < 3; i++) {
    averunnable.ldavg[i] = (cexp[i] * averunnable.ldavg[i] + nrun * FSCALE * (FSCALE - cexp[i])) >>> FSHIFT;
  }
}
