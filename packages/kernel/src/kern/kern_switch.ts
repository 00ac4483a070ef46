/**
 * Run queues (kern/kern_switch.c): 64 of them, each for four priorities, and a bit for each that is not
 * empty.
 *
 * A process is on a run queue if and only if it is SRUN, in memory, does not run at the moment and is not an
 * idle process. All functions here need sched_lock.
 */
import { get_pcpu, hw_candidate, hw_chosen, hw_deciding, ipi_send } from '../i386/cpufunc.h.js';
import { cpuid_to_pcpu } from '../i386/machdep.js';
import { mp_ncpus, smp_started } from '../i386/mp_machdep.js';
import { curproc } from '../i386/pcpu.h.js';
import { PS_INMEM, SRUN } from '../sys/_proc.h.js';
import { IPI_AST } from '../sys/interrupt.h.js';
import { MA_OWNED, mtx_assert } from '../sys/mutex.h.js';
import type { proc } from '../sys/proc.h.js';
import { NOCPU } from '../sys/systm.h.js';
import { sched_lock } from './kern_mutex.js';

export const RQ_NQS = 64;
export const RQ_PPQ = 4;

/** The queues. Locks: sched_lock. */
export let runq: array<embed<TAILQ_HEAD<proc>>, 64>;
/** One bit a queue that is not empty. Locks: sched_lock. */
export let runq_status: array<u32, 2>;
/** Processes on them. Locks: sched_lock. */
export let runq_length: int = 0;

/** Empties the run queues. Called once, before the first setrunqueue. Locks: none. Does not sleep. */
export function runq_init(): void {
  for (let i = 0; i < RQ_NQS; i++) TAILQ_INIT(runq[i]);
  runq_status[0] = 0;
  runq_status[1] = 0;
  runq_length = 0;
}

/** Number of the lowest bit that is set in a word that is not 0. Locks: none. Does not sleep. */
function runq_ffs(word: u32): int {
  let v = word;
  let n = 0;
  if ((v & 0xffff) === 0) {
    n += 16;
    v = v >>> 16;
  }
  if ((v & 0xff) === 0) {
    n += 8;
    v = v >>> 8;
  }
  if ((v & 0xf) === 0) {
    n += 4;
    v = v >>> 4;
  }
  if ((v & 3) === 0) {
    n += 2;
    v = v >>> 2;
  }
  return (v & 1) === 0 ? n + 1 : n;
}

/** Puts a runnable process at the end of its queue. Locks: sched_lock. Does not sleep. */
export function setrunqueue(p: proc): void {
  mtx_assert(sched_lock, MA_OWNED);
  KASSERT(p.p_stat === SRUN, 'setrunqueue: proc %d (%s) not SRUN (%d)', p.p_pid, $addr(p.p_comm), p.p_stat);
  KASSERT((p.p_sflag & PS_INMEM) !== 0, 'setrunqueue: proc %d (%s) swapped out', p.p_pid, $addr(p.p_comm));
  KASSERT(p !== get_pcpu().idleproc, 'setrunqueue: idle process');
  const i = p.p_priority >> 2;
  p.p_rqindex = i;
  TAILQ_INSERT_TAIL(runq[i], p, 'p_procq');
  runq_status[i >> 5] |= 1 << (i & 31);
  runq_length++;
  if (smp_started !== 0) runq_kick_idle();
}

/** Tells another CPU that idles to look at the run queue. Locks: sched_lock. Does not sleep. */
function runq_kick_idle(): void {
  for (let cpu = 0; cpu < mp_ncpus; cpu++) {
    const pc = cpuid_to_pcpu(cpu);
    if (pc === get_pcpu() || pc.curproc !== pc.idleproc) continue;
    ipi_send(pc.cpumask, IPI_AST);
    return;
  }
}

/** Takes a process off its queue. Locks: sched_lock. Does not sleep. */
export function remrunqueue(p: proc): void {
  mtx_assert(sched_lock, MA_OWNED);
  const i: int = p.p_rqindex;
  KASSERT(runq_length > 0 && !TAILQ_EMPTY(runq[i]), 'remrunqueue: proc %d not on queue %d', p.p_pid, i);
  TAILQ_REMOVE(runq[i], p, 'p_procq');
  if (TAILQ_EMPTY(runq[i])) runq_status[i >> 5] &= ~(1 << (i & 31));
  runq_length--;
}

/** Is anything waiting to run? 1 or 0. Locks: none. Does not sleep. */
export function procrunnable(): int {
  return (runq_status[0] | runq_status[1]) !== 0 ? 1 : 0;
}

/** The process that waits with the best priority, left on its queue; null if none does. Locks: sched_lock. */
export function runq_first(): proc {
  let i = 0;
  if (runq_status[0] !== 0) i = runq_ffs(runq_status[0]);
  else if (runq_status[1] !== 0) i = 32 + runq_ffs(runq_status[1]);
  else return null;
  const p = TAILQ_FIRST(runq[i]);
  KASSERT(p !== null, 'runq_first: no proc on busy queue');
  return p;
}

/**
 * 1: the machine let nobody run who could, and the CPU idles until the next interrupt (see idle_proc). Locks:
 * sched_lock.
 */
export let runq_held: int = 0;

/**
 * Takes the process that is to run next off its queue: the first of the best queue, or this CPU's idle
 * process; unless the machine decides otherwise (hw_deciding), which costs no cycle as long as it decides the
 * same. Locks: sched_lock. Does not sleep.
 */
export function chooseproc(): proc {
  let p = runq_first();
  if (p === null) {
    KASSERT(get_pcpu().idleproc !== null, 'chooseproc: nothing to run and no idle process');
    return get_pcpu().idleproc;
  }
  if (hw_deciding() !== 0) {
    for (let i = 0; i < RQ_NQS; i++) {
      for (let q = TAILQ_FIRST(runq[i]); q !== null; q = TAILQ_NEXT(q, 'p_procq')) hw_candidate($addr(q));
    }
    p = $cast<proc>(hw_chosen());
    if (p === null) {
      runq_held = 1;
      return get_pcpu().idleproc;
    }
  }
  remrunqueue(p);
  KASSERT(p.p_stat === SRUN, 'chooseproc: process %d(%s) is not SRUN', p.p_pid, $addr(p.p_comm));
  KASSERT(
    p.p_oncpu === NOCPU || p === curproc(),
    'chooseproc: process %d runs on cpu %d',
    p.p_pid,
    p.p_oncpu,
  );
  return p;
}
