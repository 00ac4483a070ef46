/**
 * The end of processes: exit, exit1, wait4, wait1.
 *
 * A process ends in two halves. It takes itself apart as far as it can while it still runs (exit1): files,
 * the user part of its address space, its place in allproc. What it stands on, its kernel stack and the
 * vmspace with the page directory, only its parent can free, after the process has left the processor for
 * good (wait1, cpu_wait).
 *
 * Invariants.
 *   E1 A zombie keeps its vmspace (p_vmspace, with vm_refcnt counting it) until cpu_wait; the map is empty by
 *   then if the
 *       reference was the last.
 *   E2 p_stat becomes SZOMB under a sched_lock that stays locked until the processor runs somebody else: a
 *   reaper that sees
 *       SZOMB may free the stack.
 *   E3 Giant is held over all of exit1 and wait1, but not over their sleeps. vm_daemon and others that walk
 *   allproc without
 *       Giant see a process at any point of this.
 */
import { get_pcpu, hw_event, rdtsc } from '../i386/cpufunc.h.js';
import { curproc } from '../i386/pcpu.h.js';
import { pmap_remove_pages } from '../i386/pmap.js';
import { copyout } from '../i386/support.js';
import { cpu_exit, cpu_wait } from '../i386/vm_machdep.js';
import { PS_INMEM, P_PPWAIT, P_WAITED, P_WEXIT, SSTOP, SZOMB } from '../sys/_proc.h.js';
import { ECHILD, EINVAL } from '../sys/errno.h.js';
import { HW_EXIT, KTR_PROC } from '../sys/ktr.h.js';
import { M_WAITOK } from '../sys/malloc.h.js';
import { MA_OWNED, mtx_assert } from '../sys/mutex.h.js';
import { PCATCH, PWAIT } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import type { rusage } from '../sys/resource.h.js';
import { SIGCHLD } from '../sys/signal.h.js';
import { PS_NOCLDWAIT } from '../sys/signalvar.h.js';
import type { exit_args, wait_args } from '../sys/sysproto.h.js';
import { timevalisset } from '../sys/time.h.js';
import type { pid_t } from '../sys/types.h.js';
import {
  WAIT_ANY,
  WEXITSTATUS,
  WNOHANG,
  WTERMSIG,
  WUNTRACED,
  W_EXITCODE,
  W_STOPCODE,
} from '../sys/wait.h.js';
import { vm_map_remove } from '../vm/vm_map.js';
import { VM_MAXUSER_ADDRESS, VM_MIN_ADDRESS } from '../vm/vm_param.h.js';
import { zfree } from '../vm/vm_zone.js';
import { fdfree } from './kern_descrip.js';
import { ktr_mask } from './kern_ktr.js';
import { M_SUBPROC, M_ZOMBIE, free, malloc } from './kern_malloc.js';
import { Giant, drop_giant, mtx_destroy, mtx_lock_spin, mtx_unlock_spin, sched_lock } from './kern_mutex.js';
import { allproc_lock, pargs_drop, proc_reparent, proc_zone, proctree_lock, zombproc } from './kern_proc.js';
import { vm_lock, vm_owned, vm_unlock } from './kern_regime.h.js';
import { calcru, ruadd } from './kern_resource.js';
import { ESTCPULIM } from './kern_sched.js';
import { panic } from './kern_shutdown.js';
import { psignal } from './kern_sig.js';
import { sx_slock, sx_sunlock, sx_xlock, sx_xunlock } from './kern_sx.js';
import { tsleep, wakeup } from './kern_synch.js';
import { callout_stop, ticks } from './kern_timeout.js';
import { printf } from './subr_prf.js';
import { vrele } from './vfs_subr.js';

/** _exit(2). Locks: Giant. Never returns. */
export function* sys_exit(p: proc, uap: u32): Sleeps<int> {
  yield* exit1(p, W_EXITCODE($cast<exit_args>(uap).rval, 0));
  return 0;
}

/**
 * Ends the running process with a status as wait4 gives it.
 * Locks: Giant held, given up at the end; never returns. May sleep.
 */
export function* exit1(p: proc, rv: int): Sleeps {
  KASSERT(p === curproc(), 'exit1: process %d is not running', p.p_pid);
  mtx_assert(Giant, MA_OWNED);
  if (p.p_pid === 1) {
    printf('init died (signal %d, exit %d)\n', WTERMSIG(rv), WEXITSTATUS(rv));
    panic('Going nowhere without my init!');
  }
  const ru = $cast<rusage>(yield* malloc($sizeof<rusage>(), M_ZOMBIE, M_WAITOK));
  /* A parent that waits for us in vfork is woken with the others below: the flag must be gone by then. */
  yield* PROC_LOCK(p);
  p.p_ru = ru;
  p.p_flag &= ~P_PPWAIT;
  p.p_flag |= P_WEXIT;
  p.p_siglist = 0;
  if (timevalisset(p.p_realtimer.it_value)) callout_stop(p.p_itcallout);
  p.p_realtimer.it_value.tv_sec = 0;
  p.p_realtimer.it_value.tv_usec = 0;
  PROC_UNLOCK(p);

  yield* fdfree(p);
  yield* exit_vmspace(p);
  yield* exit_unlist(p);
  yield* exit_orphan(p);
  exit_rusage(p, rv);
  yield* exit_notify(p);

  if (--p.p_limit.p_refcnt === 0) {
    free($addr(p.p_limit), M_SUBPROC);
    p.p_limit = null;
  }
  if ((ktr_mask & KTR_PROC) !== 0) hw_event(HW_EXIT, $addr(p), $u32(rv));
  exit_zombie(p);
  yield* cpu_exit(p);
  panic('exit1: process %d came back', p.p_pid);
}

/**
 * The last steps of a process, in one section of sched_lock: gives up Giant, becomes a zombie, wakes the
 * parent (E2). Locks: takes sched_lock and leaves it held, drops Giant. Does not sleep.
 */
function exit_zombie(p: proc): void {
  mtx_lock_spin(sched_lock);
  drop_giant();
  KASSERT(LIST_EMPTY(p.p_contested), 'exit1: process %d owns a contested mutex', p.p_pid);
  p.p_stat = SZOMB;
  wakeup($addr(p.p_pptr));
  /* As mi_switch would: the time from here on is the next process's. */
  get_pcpu().switchtime = rdtsc();
  get_pcpu().switchticks = ticks;
}

/**
 * Gives up the user part of the address space. Early enough that we can still sleep for vnodes and swap; the
 * vmspace itself stays (E1), because the page directory is the one we run on. A reference of somebody else,
 * be it swapout_procs' for a moment, leaves all of it to the last vmspace_free. Locks: Giant; takes and drops
 * the vm lock. May sleep.
 */
function* exit_vmspace(p: proc): Sleeps {
  const vm = p.p_vmspace;
  const had = vm_owned();
  if (!had) yield* vm_lock();
  if (vm.vm_refcnt === 1) {
    pmap_remove_pages(vm.vm_pmap, VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
    yield* vm_map_remove(vm.vm_map, VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  }
  if (!had) vm_unlock();
}

/** Moves the process from allproc to zombproc. Locks: takes and drops allproc_lock. May sleep. */
function* exit_unlist(p: proc): Sleeps {
  yield* sx_xlock(allproc_lock);
  LIST_REMOVE(p, 'p_list');
  LIST_INSERT_HEAD(zombproc, p, 'p_list');
  LIST_REMOVE(p, 'p_hash');
  sx_xunlock(allproc_lock);
}

/** Gives the children to init. Locks: takes and drops proctree_lock. May sleep. */
function* exit_orphan(p: proc): Sleeps {
  yield* sx_xlock(proctree_lock);
  /* Any of them may be a zombie that nobody will wait for now. */
  if (!LIST_EMPTY(p.p_children)) wakeup($addr(initproc));
  for (let q = LIST_FIRST(p.p_children); q !== null; ) {
    const nq = LIST_NEXT(q, 'p_sibling');
    proc_reparent(q, initproc);
    q.p_sigparent = SIGCHLD;
    q = nq;
  }
  sx_xunlock(proctree_lock);
}

/** Saves the status and the final accounting. Locks: takes and drops sched_lock. Does not sleep. */
function exit_rusage(p: proc, rv: int): void {
  p.p_xstat = rv;
  $copy(p.p_ru, p.p_stats.p_ru);
  mtx_lock_spin(sched_lock);
  calcru(p, p.p_ru.ru_utime, p.p_ru.ru_stime, null);
  mtx_unlock_spin(sched_lock);
  ruadd(p.p_ru, p.p_stats.p_cru);
}

/**
 * Tells the parent. One that does not care for its children (SA_NOCLDWAIT, and the kernel for its own) is
 * replaced by init. Locks: takes and drops proctree_lock and the parent's lock. May sleep. exit_zombie wakes
 * the parent.
 */
function* exit_notify(p: proc): Sleeps {
  yield* sx_xlock(proctree_lock);
  const pp = p.p_pptr;
  if (proc_nocldwait(pp)) {
    proc_reparent(p, initproc);
    /* It may be in wait4 for this last one: let it see that there is none left. */
    if (LIST_EMPTY(pp.p_children)) wakeup($addr(pp));
  }
  const parent = p.p_pptr;
  yield* PROC_LOCK(parent);
  if (p.p_sigparent !== 0 && parent !== initproc) psignal(parent, p.p_sigparent);
  else psignal(parent, SIGCHLD);
  PROC_UNLOCK(parent);
  sx_xunlock(proctree_lock);
}

/**
 * Does a process not want zombies? The flag lies with its signal actions in struct user, which may be swapped
 * out: then the process sleeps in something else than wait4 and the answer can be no. Locks: proctree_lock.
 * Does not sleep.
 */
function proc_nocldwait(pp: proc): boolean {
  if (pp === initproc) return false;
  if ((pp.p_sflag & PS_INMEM) === 0 || pp.p_sigacts === null) return false;
  return (pp.p_sigacts.ps_flag & PS_NOCLDWAIT) !== 0;
}

/** wait4(2). Locks: Giant. May sleep. */
export function* wait4(p: proc, uap: u32): Sleeps<int> {
  return yield* wait1(p, uap, 0);
}

/** Is q one of the children that the caller of wait4 means? Locks: proctree_lock. Does not sleep. */
function wait_wants(q: proc, pid: pid_t): boolean {
  return pid === WAIT_ANY || q.p_pid === pid || q.p_pgid === -pid;
}

/**
 * Waits for a child to end or to stop. `compat` is unused: the old wait(2) is not there.
 * Locks: Giant held, kept (not over sleeps); takes and drops proctree_lock, the child, sched_lock. May sleep.
 */
export function* wait1(p: proc, uap: u32, compat: int): Sleeps<int> {
  const args = $cast<wait_args>(uap);
  mtx_assert(Giant, MA_OWNED);
  let pid: pid_t = args.pid;
  if (pid === 0) pid = -p.p_pgid;
  if ((args.options & ~(WUNTRACED | WNOHANG)) !== 0) return EINVAL;
  for (;;) {
    let nfound: int = 0;
    yield* sx_slock(proctree_lock);
    for (let q = LIST_FIRST(p.p_children); q !== null; q = LIST_NEXT(q, 'p_sibling')) {
      if (!wait_wants(q, pid)) continue;
      nfound++;
      yield* PROC_LOCK(q);
      mtx_lock_spin(sched_lock);
      const state: int = q.p_stat;
      mtx_unlock_spin(sched_lock);
      if (state === SZOMB) {
        PROC_UNLOCK(q);
        sx_sunlock(proctree_lock);
        return yield* wait_reap(p, q, args);
      }
      if (state === SSTOP && (q.p_flag & P_WAITED) === 0 && (args.options & WUNTRACED) !== 0) {
        q.p_flag |= P_WAITED;
        const status = W_STOPCODE(q.p_xstat);
        PROC_UNLOCK(q);
        sx_sunlock(proctree_lock);
        p.p_retval[0] = q.p_pid;
        return yield* wait_status(args, status);
      }
      PROC_UNLOCK(q);
    }
    sx_sunlock(proctree_lock);
    if (nfound === 0) return ECHILD;
    if ((args.options & WNOHANG) !== 0) {
      p.p_retval[0] = 0;
      return 0;
    }
    /*
     * No wakeup is lost between the scan and the sleep: a child becomes SZOMB and wakes us in one section
     * under sched_lock, in which it gives up Giant, and we have held Giant since before the scan.
     */
    const error = yield* tsleep($addr(p), PWAIT | PCATCH, 'wait', 0);
    if (error !== 0) return error;
  }
}

/** Gives a status to the caller of wait4. Locks: none of the child. May sleep. */
function* wait_status(args: wait_args, status: int): Sleeps<int> {
  if (args.status === 0) return 0;
  const out = $var<int>();
  out[0] = status;
  return yield* copyout($addr(out), args.status, 4);
}

/**
 * Reaps a zombie: hands over its status, takes it off all lists, frees what it stood on. Locks: Giant held;
 * takes and drops allproc_lock and proctree_lock. May sleep. Only the parent reaps, so q stays until then.
 */
function* wait_reap(p: proc, q: proc, args: wait_args): Sleeps<int> {
  KASSERT(q.p_stat === SZOMB, 'wait1: process %d is no zombie', q.p_pid);
  /* What the child used up counts against the parent, so that forking does not buy time. */
  if (p.p_pid !== 1) {
    mtx_lock_spin(sched_lock);
    p.p_estcpu = ESTCPULIM(p.p_estcpu + q.p_estcpu);
    mtx_unlock_spin(sched_lock);
  }
  p.p_retval[0] = q.p_pid;
  let error = yield* wait_status(args, q.p_xstat);
  if (error !== 0) return error;
  if (args.rusage !== 0) {
    error = yield* copyout($addr(q.p_ru), args.rusage, $sizeof<rusage>());
    if (error !== 0) return error;
  }
  yield* PROC_LOCK(q);
  q.p_xstat = 0;
  PROC_UNLOCK(q);
  ruadd(p.p_stats.p_cru, q.p_ru);
  free($addr(q.p_ru), M_ZOMBIE);
  q.p_ru = null;

  yield* sx_xlock(allproc_lock);
  LIST_REMOVE(q, 'p_list');
  sx_xunlock(allproc_lock);
  yield* sx_xlock(proctree_lock);
  LIST_REMOVE(q, 'p_sibling');
  sx_xunlock(proctree_lock);
  if (q.p_textvp !== null) yield* vrele(q.p_textvp);
  q.p_textvp = null;

  pargs_drop(q.p_args);
  q.p_args = null;

  /* What cpu_exit could not release while it stood on it: the kernel stack, the vmspace. */
  yield* cpu_wait(q);
  mtx_destroy(q.p_mtx);
  zfree(proc_zone, $addr(q));
  nprocs--;
  return 0;
}
