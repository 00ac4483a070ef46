/**
 * The clock interrupt (kern/kern_clock.c): 100 times a second on each CPU, as a fast interrupt on the
 * interrupted process's stack. hardclock keeps the time and starts softclock; statclock, on the same
 * interrupt here, sees who uses the processor.
 */
import { get_pcpu, intr_restore, irq_mask, rdtsc } from '../i386/cpufunc.h.js';
import type { trapframe } from '../i386/frame.h.js';
import { PSL_I } from '../i386/trap.h.js';
import { PS_ALRMPEND, PS_ASTPENDING, PS_INMEM, PS_PROFPEND, PS_XCPU } from '../sys/_proc.h.js';
import { IRQ_CLK, SWI_NOSWITCH } from '../sys/interrupt.h.js';
import type { proc } from '../sys/proc.h.js';
import { PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import { RLIMIT_CPU } from '../sys/resource.h.js';
import { SIGPROF, SIGVTALRM, SIGXCPU } from '../sys/signal.h.js';
import { CP_IDLE, CP_INTR, CP_NICE, CP_SYS, CP_USER } from '../sys/systm.h.js';
import type { timeval } from '../sys/time.h.js';
import { ITIMER_PROF, ITIMER_VIRTUAL, timevalisset } from '../sys/time.h.js';
import { softclock_ih, swi_sched } from './kern_intr.js';
import { mtx_lock_spin, mtx_unlock_spin, sched_lock } from './kern_mutex.js';
import { roundrobin, sched_quantum, schedclock } from './kern_sched.js';
import { killproc, psignal } from './kern_sig.js';
import { hz } from './kern_synch.js';
import { inittodr, tc_tick } from './kern_tc.js';
import { itimerdecr } from './kern_time.js';
import { callout_tick, ticks } from './kern_timeout.js';

/** Ticks of statclock, of profiling, and microseconds a tick. */
export let stathz: int = 100;
export let profhz: int = 100;
export let tick: int = 10000;
/** Ticks that found a CPU in each state, CP_*. A lost count is accepted as in BSD. */
export let cp_time: array<u32, 5>;

/** kern.clockrate */
export let clockrate: array<int, 5> = $init([100, 10000, 0, 100, 100]);

/** 0 until initclocks: ticks before that are not counted. */
export let clock_started: int = 0;

/**
 * Starts the clock, once callouts and the clock's software interrupt thread are there, and lets interrupts
 * in: from here on process 0 can be interrupted. Locks: Giant. Does not sleep.
 */
export function* initclocks(): Sleeps {
  KASSERT(softclock_ih !== null, 'initclocks: no clock software interrupt');
  inittodr();
  get_pcpu().switchtime = rdtsc();
  get_pcpu().switchticks = ticks;
  clock_started = 1;
  irq_mask(IRQ_CLK, 0);
  intr_restore(PSL_I);
}

/**
 * A tick. Interrupts are off. Runs on every CPU; the first one keeps the time for all.
 * Locks: takes callout_lock and sched_lock for a moment. Does not sleep.
 */
export function hardclock(frame: trapframe): void {
  const pc = get_pcpu();
  const p = pc.curproc;
  if (p !== pc.idleproc) hardclock_process(p, frame);
  if (pc.cpuid === 0) {
    if (callout_tick()) swi_sched(softclock_ih, SWI_NOSWITCH);
    tc_tick();
  }
  if (pc.switchticks + sched_quantum <= ticks) {
    mtx_lock_spin(sched_lock);
    roundrobin();
    mtx_unlock_spin(sched_lock);
  }
}

/**
 * Sends the running process the signals that the clock and mi_switch have left for it: SIGVTALRM, SIGPROF,
 * SIGXCPU. Called by ast on the way back to user mode. Locks: none; takes and drops sched_lock and p's lock.
 * May sleep.
 */
export function* clock_signals(p: proc): Sleeps {
  const pending = p.p_sflag & (PS_ALRMPEND | PS_PROFPEND | PS_XCPU);
  if (pending === 0) return;
  mtx_lock_spin(sched_lock);
  p.p_sflag &= ~(PS_ALRMPEND | PS_PROFPEND | PS_XCPU);
  mtx_unlock_spin(sched_lock);
  yield* PROC_LOCK(p);
  if ((pending & PS_ALRMPEND) !== 0) psignal(p, SIGVTALRM);
  if ((pending & PS_PROFPEND) !== 0) psignal(p, SIGPROF);
  const limit = p.p_limit.pl_rlimit[RLIMIT_CPU];
  const over = (pending & PS_XCPU) !== 0 && p.p_runtime / 1000000 >= limit.rlim_max;
  if ((pending & PS_XCPU) !== 0 && !over) {
    psignal(p, SIGXCPU);
    /* Again in five seconds, until the hard limit. */
    if (p.p_limit.p_cpulimit < limit.rlim_max * 1000000) p.p_limit.p_cpulimit += 5000000;
  }
  PROC_UNLOCK(p);
  if (over) yield* killproc(p, 'exceeded maximum CPU limit');
}

/** Virtual interval timers. Locks: interrupts are off. Does not sleep. */
function hardclock_process(p: proc, frame: trapframe): void {
  const pstats_p = p.p_stats;
  if (pstats_p === null || (p.p_sflag & PS_INMEM) === 0) return;
  const virt = pstats_p.p_timer[ITIMER_VIRTUAL];
  if (clkf_usermode(frame) && timevalisset(virt.it_value) && itimerdecr(virt, tick) === 0) {
    mtx_lock_spin(sched_lock);
    p.p_sflag |= PS_ALRMPEND | PS_ASTPENDING;
    mtx_unlock_spin(sched_lock);
  }
  const prof = pstats_p.p_timer[ITIMER_PROF];
  if (timevalisset(prof.it_value) && itimerdecr(prof, tick) === 0) {
    mtx_lock_spin(sched_lock);
    p.p_sflag |= PS_PROFPEND | PS_ASTPENDING;
    mtx_unlock_spin(sched_lock);
  }
}

/** Did the interrupt find the processor in user mode? Locks: none. @inline */
function clkf_usermode(frame: trapframe): boolean {
  return (frame.tf_cs & 3) === 3;
}

/** Statistics: who runs, and in what. Locks: takes sched_lock. Interrupts are off. Does not sleep. */
export function statclock(frame: trapframe): void {
  const pc = get_pcpu();
  const p = pc.curproc;
  mtx_lock_spin(sched_lock);
  if (clkf_usermode(frame)) {
    p.p_uticks++;
    cp_time[p.p_nice > 0 ? CP_NICE : CP_USER]++;
  } else if (p.p_ithd !== null || pc.intr_nesting_level > 1) {
    /* Time in interrupt threads is interrupt time; the tick itself is level 1. */
    p.p_iticks++;
    cp_time[CP_INTR]++;
  } else {
    p.p_sticks++;
    cp_time[p === pc.idleproc ? CP_IDLE : CP_SYS]++;
  }
  schedclock(p);
  if (p !== pc.idleproc) statclock_rusage(p);
  mtx_unlock_spin(sched_lock);
}

/** Integrals of memory use. Locks: sched_lock. Does not sleep. */
function statclock_rusage(p: proc): void {
  const vm = p.p_vmspace;
  if (p.p_stats === null || vm === null) return;
  const ru = p.p_stats.p_ru;
  ru.ru_ixrss += $int(vm.vm_tsize) * 4;
  ru.ru_idrss += $int(vm.vm_dsize) * 4;
  ru.ru_isrss += $int(vm.vm_ssize) * 4;
  const rss = vm.vm_pmap.pm_resident_count * 4;
  if (ru.ru_maxrss < rss) ru.ru_maxrss = rss;
}

/** Ticks that cover the time in tv, at least one, rounded up. Locks: that of tv. Does not sleep. */
export function tvtohz(tv: timeval): int {
  let sec = tv.tv_sec;
  let usec = tv.tv_usec;
  if (usec < 0) {
    sec--;
    usec += 1000000;
  }
  if (sec < 0) return 1;
  if (sec > 0x7fffffff / hz - 1) return 0x7fffffff;
  /* One more: the tick that is under way does not count. */
  return sec * hz + (usec + tick - 1) / tick + 1;
}
