/**
 * The clock interrupt (kern/kern_clock.c): 100 times a second on each CPU, as a fast interrupt on the interrupted
 * process's stack. hardclock keeps the time and starts softclock; statclock, on the same interrupt here, sees who uses
 * the processor.
 */
import { get_pcpu, irq_mask, rdtsc } from '../i386/cpufunc.h.js';
import type { trapframe } from '../i386/frame.h.js';
import { IRQ_CLK, SWI_NOSWITCH } from '../sys/interrupt.h.js';
import type { proc } from '../sys/proc.h.js';
import { PS_ALRMPEND, PS_ASTPENDING, PS_INMEM, PS_PROFPEND } from '../sys/proc.h.js';
import { CP_IDLE, CP_INTR, CP_NICE, CP_SYS, CP_USER } from '../sys/systm.h.js';
import type { timeval } from '../sys/time.h.js';
import { ITIMER_PROF, ITIMER_VIRTUAL, timevalisset } from '../sys/time.h.js';
import { softclock_ih, start_softclock, swi_sched } from './kern_intr.js';
import { mtx_lock_spin, mtx_unlock_spin, sched_lock } from './kern_mutex.js';
import { roundrobin, sched_quantum, sched_setup, schedclock } from './kern_sched.js';
import { hz } from './kern_synch.js';
import { inittodr, tc_tick } from './kern_tc.js';
import { itimerdecr } from './kern_time.js';
import { callout_startup, callout_tick, ticks } from './kern_timeout.js';

/** Ticks of statclock, of profiling, and microseconds a tick. */
export let stathz: int = 100;
export let profhz: int = 100;
export let tick: int = 10000;
/** Ticks that found a CPU in each state, CP_*. A lost count is accepted as in BSD. */
export let cp_time: array<u32, 5>;

/** kern.clockrate */
export let clockrate: array<int, 5> = $init([100, 10000, 0, 100, 100]);

/**
 * Starts the clock: callout wheel, software interrupt thread, scheduler. The machine's timer interrupts from power-on
 * but is masked until here. Locks: none. May sleep (makes a kernel process).
 */
export function* initclocks(): Sleeps {
  callout_startup();
  inittodr();
  yield* start_softclock();
  get_pcpu().switchtime = rdtsc();
  get_pcpu().switchticks = ticks;
  irq_mask(IRQ_CLK, 0);
  yield* sched_setup(0);
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
