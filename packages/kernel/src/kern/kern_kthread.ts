/**
 * Kernel processes (kern/kern_kthread.c). They share process 0's address space and are never swapped.
 */
import type { trapframe } from '../i386/frame.h.js';
import { curproc } from '../i386/pcpu.h.js';
import { cpu_set_fork_handler } from '../i386/vm_machdep.js';
import { P_KTHREAD, P_SYSTEM, SRUN } from '../sys/_proc.h.js';
import { EINVAL } from '../sys/errno.h.js';
import type { kproc_desc } from '../sys/kthread.h.js';
import { mtx_lock, mtx_owned } from '../sys/mutex.h.js';
import { MAXCOMLEN, PPAUSE } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import { SIGSTOP } from '../sys/signal.h.js';
import { PS_NOCLDWAIT, sigmask } from '../sys/signalvar.h.js';
import { RFFDG, RFMEM, RFPROC, RFSTOPPED } from '../sys/unistd.h.js';
import { W_EXITCODE } from '../sys/wait.h.js';
import { exit1 } from './kern_exit.js';
import { fork1 } from './kern_fork.js';
import { Giant, mtx_lock_spin, mtx_unlock_spin, sched_lock } from './kern_mutex.js';
import { proc0, proc_reparent, proctree_lock } from './kern_proc.js';
import { panic } from './kern_shutdown.js';
import { setrunqueue } from './kern_switch.js';
import { sx_xlock, sx_xunlock } from './kern_sx.js';
import { msleep, wakeup } from './kern_synch.js';
import { snprintf } from './subr_prf.js';

/** p_siglist bits that suspend a kernel process; it takes no signals otherwise. */
const SIG_KSUSPEND = SIGSTOP;

/** Starts a kernel process from its description (SYSINIT). Locks: Giant. May sleep. */
export function* kproc_start(udata: u32): Sleeps {
  const kp = $cast<kproc_desc>(udata);
  const error = yield* kthread_create(kp.kp_func, 0, kp.global_procpp, 0, '%s', $addr(kp.arg0));
  if (error !== 0) panic('kproc_start: %s: error %d', kp.arg0, error);
}

/**
 * Makes a kernel process that runs func(arg) and never returns from it. newpp[0], if newpp is not null, gets it; flags are
 * RFSTOPPED (the caller starts it) and RFHIGHPID. fmt and args make its name.
 * Locks: Giant held, kept. May sleep.
 */
export function* kthread_create(
  func: (arg: u32, frame: trapframe) => Sleeps,
  arg: u32,
  newpp: ptr<proc>,
  flags: int,
  fmt: str,
  ...args: va_list
): Sleeps<int> {
  KASSERT(proc0.p_stat !== 0, 'kthread_create called too soon');
  const pp = $var<proc>();
  const error = yield* fork1(proc0, RFMEM | RFFDG | RFPROC | RFSTOPPED | flags, pp);
  if (error !== 0) return error;
  const p2 = pp[0];
  if (newpp !== null) newpp[0] = p2;
  yield* PROC_LOCK(p2);
  p2.p_flag |= P_SYSTEM | P_KTHREAD;
  p2.p_sigacts.ps_flag |= PS_NOCLDWAIT;
  /* Held in memory for ever. */
  p2.p_lock++;
  PROC_UNLOCK(p2);
  snprintf($addr(p2.p_comm), MAXCOMLEN + 1, fmt, ...args);
  cpu_set_fork_handler(p2, func, arg);
  if ((flags & RFSTOPPED) === 0) {
    mtx_lock_spin(sched_lock);
    p2.p_stat = SRUN;
    setrunqueue(p2);
    mtx_unlock_spin(sched_lock);
  }
  return 0;
}

/** Ends the running kernel process; init reaps it. Locks: takes Giant. Never returns. */
export function* kthread_exit(ecode: int): Sleeps {
  const p = curproc();
  KASSERT((p.p_flag & P_KTHREAD) !== 0, 'kthread_exit: process %d', p.p_pid);
  if (!mtx_owned(Giant)) yield* mtx_lock(Giant);
  yield* sx_xlock(proctree_lock);
  proc_reparent(p, initproc);
  sx_xunlock(proctree_lock);
  yield* exit1(p, W_EXITCODE(ecode, 0));
}

/**
 * Asks a kernel process to suspend itself and waits until it has, at most timo ticks. EINVAL if it is none.
 * Locks: none of p's. Sleeps.
 */
export function* suspend_kproc(p: proc, timo: int): Sleeps<int> {
  if ((p.p_flag & P_KTHREAD) === 0) return EINVAL;
  yield* PROC_LOCK(p);
  p.p_siglist |= sigmask(SIG_KSUSPEND);
  /* It may be in a long sleep of its own. */
  wakeup($addr(p));
  const error = yield* msleep($addr(p) + $offsetof<proc>('p_siglist'), p.p_mtx, PPAUSE, 'suspkp', timo);
  PROC_UNLOCK(p);
  return error;
}

/** Called by a kernel process where it can be suspended: parks it while that is asked for. Locks: none of p's. May sleep. */
export function* kthread_suspend_check(p: proc): Sleeps {
  yield* PROC_LOCK(p);
  while ((p.p_siglist & sigmask(SIG_KSUSPEND)) !== 0) {
    wakeup($addr(p) + $offsetof<proc>('p_siglist'));
    yield* msleep($addr(p) + $offsetof<proc>('p_siglist'), p.p_mtx, PPAUSE, 'ktsusp', 0);
  }
  PROC_UNLOCK(p);
}
