/**
 * Interrupts and their threads (kern/kern_intr.c, i386/isa/intr_machdep.c's ithread_execute).
 *
 * The clock is a fast interrupt: its handler runs at once, on the interrupted process's stack, with
 * interrupts off. Any other line is masked and its thread, a kernel process, made runnable; as in 2001 the
 * processor goes to the thread there and then, whatever the interrupted process was doing (but never while it
 * holds a spin mutex: those keep interrupts off), and the interrupted process goes to the end of its run
 * queue. When the thread has done its work the processor goes to whoever comes first by priority, which need
 * not be the process that was interrupted.
 *
 * Software interrupts are threads as well, but are only made runnable: swi_sched does not switch.
 */
import { get_pcpu, hw_event, ipi_send, irq_mask } from '../i386/cpufunc.h.js';
import type { trapframe } from '../i386/frame.h.js';
import { smp_started } from '../i386/mp_machdep.js';
import { curproc } from '../i386/pcpu.h.js';
import { PS_PREEMPT, P_NOLOAD, SIDL, SRUN, SWAIT } from '../sys/_proc.h.js';
import { EINVAL, ENOMEM } from '../sys/errno.h.js';
import type { intrhand, ithd } from '../sys/interrupt.h.js';
import {
  IH_MPSAFE,
  IPI_CLOCK,
  IRQ_CLK,
  IRQ_IPI,
  IRQ_RESCHED,
  IT_SOFT,
  NHWI,
  NINTRHAND,
  NITHD,
  SWI_CLOCK,
} from '../sys/interrupt.h.js';
import { HW_INTR, KTR_INTR } from '../sys/ktr.h.js';
import { MA_NOTOWNED, mtx_assert, mtx_lock, mtx_unlock } from '../sys/mutex.h.js';
import { MAXCOMLEN, PI_SOFT } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { LOG_ERR } from '../sys/systm.h.js';
import { RFHIGHPID, RFSTOPPED } from '../sys/unistd.h.js';
import { cnt } from '../vm/vm_meter.js';
import { clock_started, hardclock, statclock } from './kern_clock.js';
import { kthread_create } from './kern_kthread.js';
import { ktr_mask } from './kern_ktr.js';
import { Giant, mtx_lock_spin, mtx_unlock_spin, sched_lock } from './kern_mutex.js';
import { panic } from './kern_shutdown.js';
import { runq_first, setrunqueue } from './kern_switch.js';
import { maybe_resched, mi_switch, need_resched } from './kern_synch.js';
import { softclock } from './kern_timeout.js';
import { log, snprintf } from './subr_prf.js';

let ithd_pool: array<embed<ithd>, 24>;
let ithd_count: int = 0;
let intrhand_pool: array<embed<intrhand>, 48>;
let intrhand_count: int = 0;

/** Threads of the hardware lines. Locks: sched_lock. */
export let ithds: array<ithd, 16>;
/** The clock's software interrupt: its handler is softclock. */
export let softclock_ih: intrhand = null;
/** Its thread. */
export let clk_ithd: ithd = null;
/** Interrupts on lines that nobody handles, the first few of which are reported. */
export let stray_irqs: u_int = 0;

/**
 * Makes an interrupt thread, which waits for ithread_schedule. Its name is name until handlers are added.
 * Returns an errno. Locks: Giant. May sleep.
 */
export function* ithread_create(ithdp: ptr<ithd>, vector: int, flags: int, name: str): Sleeps<int> {
  if (ithd_count === NITHD) return ENOMEM;
  const it = ithd_pool[ithd_count++];
  TAILQ_INIT(it.it_handlers);
  it.it_vector = vector;
  it.it_flags = flags;
  it.it_need = 0;
  it.it_count = 0;
  snprintf($addr(it.it_name), 32, '%s', name);
  const pp = $var<proc>();
  const error = yield* kthread_create(ithread_loop, $addr(it), pp, RFSTOPPED | RFHIGHPID, '%s', name);
  if (error !== 0) return error;
  const p = pp[0];
  KASSERT(p.p_stat === SIDL, 'ithread_create: process %d is %d', p.p_pid, p.p_stat);
  mtx_lock_spin(sched_lock);
  it.it_proc = p;
  p.p_ithd = it;
  p.p_flag |= P_NOLOAD;
  p.p_priority = PI_SOFT;
  p.p_usrpri = PI_SOFT;
  p.p_stat = SWAIT;
  mtx_unlock_spin(sched_lock);
  ithdp[0] = it;
  return 0;
}

/**
 * Adds a handler to a thread, behind those of better or the same priority; the thread's priority is that of
 * its best handler, its name lists them. cookiep, if not null, gets the handler. Returns an errno. Locks:
 * takes sched_lock. Does not sleep.
 */
export function ithread_add_handler(
  it: ithd,
  name: str,
  handler: (arg: u32) => Sleeps,
  arg: u32,
  pri: int,
  flags: int,
  cookiep: ptr<intrhand>,
): int {
  if (it === null || handler === null || name === null) return EINVAL;
  if (intrhand_count === NINTRHAND) return ENOMEM;
  const ih = intrhand_pool[intrhand_count++];
  ih.ih_handler = handler;
  ih.ih_argument = arg;
  ih.ih_name = name;
  ih.ih_ithread = it;
  ih.ih_pri = pri;
  ih.ih_flags = flags;
  ih.ih_need = 0;
  mtx_lock_spin(sched_lock);
  let at = TAILQ_FIRST(it.it_handlers);
  while (at !== null && at.ih_pri <= pri) at = TAILQ_NEXT(at, 'ih_next');
  if (at !== null) TAILQ_INSERT_BEFORE(at, ih, 'ih_next');
  else TAILQ_INSERT_TAIL(it.it_handlers, ih, 'ih_next');
  ithread_update(it);
  mtx_unlock_spin(sched_lock);
  if (cookiep !== null) cookiep[0] = ih;
  return 0;
}

/** Priority and name of a thread from its handlers. Locks: sched_lock. Does not sleep. */
function ithread_update(it: ithd): void {
  const p = it.it_proc;
  const first = TAILQ_FIRST(it.it_handlers);
  const name = $addr(it.it_name);
  let n = snprintf(name, 32, (it.it_flags & IT_SOFT) !== 0 ? 'swi%d:' : 'irq%d:', it.it_vector);
  for (let ih = first; ih !== null; ih = TAILQ_NEXT(ih, 'ih_next')) {
    if (n < 31) n += snprintf(name + $u32(n), 32 - n, ' %s', ih.ih_name);
  }
  snprintf($addr(p.p_comm), MAXCOMLEN + 1, '%s', name);
  p.p_priority = first.ih_pri;
  p.p_usrpri = first.ih_pri;
}

/**
 * What an interrupt thread runs: calls its handlers while there is need, then waits for the next interrupt.
 * Locks: none; Giant around handlers that are not MPSAFE. Never returns.
 */
export function* ithread_loop(arg: u32, frame: trapframe): Sleeps {
  const it = $cast<ithd>(arg);
  const p = curproc();
  KASSERT(it.it_proc === p, 'ithread_loop: thread of another process');
  for (;;) {
    while (it.it_need !== 0) {
      /* Before the handlers look: what comes after is for the next round. */
      it.it_need = 0;
      yield* ithread_execute_handlers(it);
      if ((it.it_flags & IT_SOFT) === 0) irq_mask(it.it_vector, 0);
    }
    mtx_assert(Giant, MA_NOTOWNED);
    mtx_lock_spin(sched_lock);
    if (it.it_need === 0) {
      p.p_stat = SWAIT;
      yield* mi_switch();
    }
    mtx_unlock_spin(sched_lock);
  }
}

/** One round. Locks: as ithread_loop. May sleep. */
function* ithread_execute_handlers(it: ithd): Sleeps {
  for (let ih = TAILQ_FIRST(it.it_handlers); ih !== null; ih = TAILQ_NEXT(ih, 'ih_next')) {
    if ((it.it_flags & IT_SOFT) !== 0) {
      if (ih.ih_need === 0) continue;
      ih.ih_need = 0;
    }
    const giant = (ih.ih_flags & IH_MPSAFE) === 0;
    if (giant) yield* mtx_lock(Giant);
    yield* ih.ih_handler(ih.ih_argument);
    if (giant) mtx_unlock(Giant);
  }
}

/** Makes the thread runnable. Returns true if it was waiting. Locks: sched_lock. Does not sleep. */
function ithread_wake(it: ithd): boolean {
  const p = it.it_proc;
  it.it_need = 1;
  it.it_count++;
  if (p.p_stat !== SWAIT) return false;
  p.p_stat = SRUN;
  setrunqueue(p);
  return true;
}

/**
 * An interrupt for a thread. With do_switch the processor goes to it at once if it is more important than
 * what runs, else at the next chance. Returns an errno. Locks: none of spin mutexes. Switches.
 */
export function* ithread_schedule(it: ithd, do_switch: boolean): Sleeps<int> {
  if (it === null || TAILQ_EMPTY(it.it_handlers)) return EINVAL;
  const p = curproc();
  mtx_lock_spin(sched_lock);
  it.it_interrupted = p;
  if (ithread_wake(it)) {
    if (!do_switch || p.p_stat !== SRUN || p.p_priority <= it.it_proc.p_priority) {
      need_resched();
    } else {
      if (p !== get_pcpu().idleproc) setrunqueue(p);
      yield* mi_switch();
    }
  }
  mtx_unlock_spin(sched_lock);
  return 0;
}

/**
 * Schedules the thread of a hardware line, which stays masked until it has run. Locks: no spin mutex.
 * Switches.
 */
export function* sched_ithd(irq: int): Sleeps {
  const it = irq >= 0 && irq < NHWI ? ithds[irq] : null;
  cnt.v_intr++;
  if (it !== null) irq_mask(irq, 1);
  if (it === null || (yield* ithread_schedule(it, cold === 0)) !== 0) {
    if (stray_irqs++ < 5) log(LOG_ERR, 'stray irq %d\n', irq);
  }
}

/**
 * A hardware interrupt, from the low-level entry, with interrupts off. `frame` says what it interrupted.
 * Locks: whatever the interrupted code holds, but no spin mutex. Switches.
 */
export function* intr_execute(irq: int, frame: trapframe): Sleeps {
  const p = curproc();
  if ((ktr_mask & KTR_INTR) !== 0) hw_event(HW_INTR, $u32(irq), 0);
  if (irq === IRQ_CLK) intr_clock(frame);
  else if (irq === IRQ_RESCHED) yield* intr_resched(p);
  else if (irq >= IRQ_IPI) intr_ipi(irq - IRQ_IPI, frame);
  else {
    yield* sched_ithd(irq);
    return;
  }
  /* It gave up a mutex that a more important process has waited for since: now is the chance. */
  if ((p.p_sflag & PS_PREEMPT) !== 0) yield* intr_preempt(p);
}

/** The clock. CPU 0 gets it and forwards it to the others. Locks: interrupts are off. Does not sleep. */
function intr_clock(frame: trapframe): void {
  const pc = get_pcpu();
  if (clock_started === 0) return;
  cnt.v_intr++;
  pc.intr_nesting_level++;
  statclock(frame);
  hardclock(frame);
  pc.intr_nesting_level--;
  if (smp_started !== 0 && pc.cpuid === 0) ipi_send(all_cpus & ~pc.cpumask, IPI_CLOCK);
}

/**
 * Another CPU wants this one to take a tick or to look at the run queue. Locks: interrupts are off. Does not
 * sleep.
 */
function intr_ipi(vector: int, frame: trapframe): void {
  if (vector === IPI_CLOCK) {
    intr_clock(frame);
    return;
  }
  mtx_lock_spin(sched_lock);
  if (curproc() !== get_pcpu().idleproc) need_resched();
  mtx_unlock_spin(sched_lock);
}

/**
 * The machine wants the processor given away here: p goes to the end of its run queue, as when its time is
 * up. Not while the machine boots, and not if p is on its way off the processor already. Locks: no spin
 * mutex. Switches.
 */
function* intr_resched(p: proc): Sleeps {
  if (cold !== 0 || p === get_pcpu().idleproc) return;
  mtx_lock_spin(sched_lock);
  if (p.p_stat === SRUN) {
    setrunqueue(p);
    yield* mi_switch();
  }
  mtx_unlock_spin(sched_lock);
}

/** Lets a more important process run, if one still waits. Locks: no spin mutex. Switches. */
function* intr_preempt(p: proc): Sleeps {
  mtx_lock_spin(sched_lock);
  p.p_sflag &= ~PS_PREEMPT;
  const first = runq_first();
  if (p.p_stat === SRUN && p !== get_pcpu().idleproc && first !== null && first.p_priority < p.p_priority) {
    setrunqueue(p);
    yield* mi_switch();
  }
  mtx_unlock_spin(sched_lock);
}

/**
 * Connects a handler to a hardware line; the line's thread is made with the first one, "irq14: ata0".
 * Returns an errno. Locks: Giant. May sleep.
 */
export function* inthand_add(
  name: str,
  irq: int,
  handler: (arg: u32) => Sleeps,
  arg: u32,
  pri: int,
  flags: int,
  cookiep: ptr<intrhand>,
): Sleeps<int> {
  if (irq <= IRQ_CLK || irq >= NHWI) return EINVAL;
  if (ithds[irq] === null) {
    const itp = $var<ithd>();
    const ident = $local<array<char, 16>>();
    snprintf($addr(ident), 16, 'irq%d:', irq);
    const error = yield* ithread_create(itp, irq, 0, $cast<str>($addr(ident)));
    if (error !== 0) return error;
    ithds[irq] = itp[0];
  }
  const error = ithread_add_handler(ithds[irq], name, handler, arg, pri, flags, cookiep);
  if (error === 0) irq_mask(irq, 0);
  return error;
}

/**
 * Adds a software interrupt handler: to the thread *ithdp, or to a new one, "swi6: clock", which is left
 * there. pri is SWI_*. Returns an errno. Locks: Giant. May sleep.
 */
export function* swi_add(
  ithdp: ptr<ithd>,
  name: str,
  handler: (arg: u32) => Sleeps,
  arg: u32,
  pri: int,
  flags: int,
  cookiep: ptr<intrhand>,
): Sleeps<int> {
  const itp = $var<ithd>();
  itp[0] = ithdp !== null ? ithdp[0] : null;
  if (itp[0] === null) {
    const ident = $local<array<char, 16>>();
    snprintf($addr(ident), 16, 'swi%d:', pri);
    const error = yield* ithread_create(itp, pri, IT_SOFT, $cast<str>($addr(ident)));
    if (error !== 0) return error;
    if (ithdp !== null) ithdp[0] = itp[0];
  }
  /* All of them between the hardware's threads and PSWP. */
  return ithread_add_handler(itp[0], name, handler, arg, PI_SOFT + pri * 2, flags, cookiep);
}

/**
 * Wants a software interrupt. Never switches, whatever the flags say (hardclock asks for that anyway): the
 * thread runs when the processor is next given away, which is at the next return to user mode at the latest.
 * Locks: takes sched_lock (may be held). Does not sleep.
 */
export function swi_sched(ih: intrhand, flags: int): void {
  KASSERT(ih !== null, 'swi_sched: no handler');
  mtx_lock_spin(sched_lock);
  cnt.v_soft++;
  ih.ih_need = 1;
  if (ithread_wake(ih.ih_ithread)) maybe_resched(ih.ih_ithread.it_proc);
  mtx_unlock_spin(sched_lock);
}

/**
 * Makes the threads of the software interrupts that the kernel uses: the clock's. Locks: Giant. May sleep.
 */
export function* start_softintr_threads(): Sleeps {
  const error = yield* swi_add(
    $ref(clk_ithd),
    'clock',
    softclock,
    0,
    SWI_CLOCK,
    IH_MPSAFE,
    $ref(softclock_ih),
  );
  if (error !== 0) panic('start_softintr: error %d', error);
}
