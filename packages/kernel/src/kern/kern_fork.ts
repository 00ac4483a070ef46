/**
 * Making processes: fork, vfork, rfork, fork1, and what a new process runs first.
 *
 * fork1 runs under Giant from beginning to end. It may sleep (memory, the page tables of the child), and when
 * it does Giant is let go; what keeps the half-made child from others then is p_stat == SIDL (P4 in
 * kern_proc.ts).
 */
import { hw_event } from '../i386/cpufunc.h.js';
import type { trapframe } from '../i386/frame.h.js';
import { curproc } from '../i386/pcpu.h.js';
import { bcopy, bzero } from '../i386/support.js';
import { userret } from '../i386/trap.js';
import { PS_INMEM, P_CONTROLT, P_KTHREAD, P_PPWAIT, P_SUGID, SIDL, SRUN } from '../sys/_proc.h.js';
import { EAGAIN, EINVAL } from '../sys/errno.h.js';
import { HW_FORK, KTR_PROC } from '../sys/ktr.h.js';
import { MA_NOTOWNED, MA_OWNED, MTX_DEF, mtx_assert, mtx_lock } from '../sys/mutex.h.js';
import { MAXCOMLEN, PWAIT } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { AFORK, PHOLD, PRELE, PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import { RLIMIT_NPROC } from '../sys/resource.h.js';
import { SIGCHLD } from '../sys/signal.h.js';
import { SX_XLOCKED } from '../sys/sx.h.js';
import type { rfork_args } from '../sys/sysproto.h.js';
import type { pid_t } from '../sys/types.h.js';
import {
  PID_MAX,
  RFCFDG,
  RFFDG,
  RFHIGHPID,
  RFKERNELONLY,
  RFMEM,
  RFNOWAIT,
  RFPPWAIT,
  RFPROC,
  RFSTOPPED,
} from '../sys/unistd.h.js';
import { vm_fork } from '../vm/vm_glue.js';
import { cnt } from '../vm/vm_meter.js';
import { zalloc } from '../vm/vm_zone.js';
import { fdcopy, fdfree, fdinit, fdshare } from './kern_descrip.js';
import { kthread_exit } from './kern_kthread.js';
import { ktr_mask } from './kern_ktr.js';
import { Giant, mtx_init, mtx_lock_spin, mtx_unlock_spin, sched_lock } from './kern_mutex.js';
import {
  allproc,
  allproc_lock,
  maxproc,
  maxprocperuid,
  proc0,
  proc_enter,
  proc_zone,
  proctree_lock,
  uid_proccnt,
  zombproc,
} from './kern_proc.js';
import { setrunqueue } from './kern_switch.js';
import { sx_assert, sx_xlock, sx_xunlock } from './kern_sx.js';
import { msleep } from './kern_synch.js';
import { microtime } from './kern_tc.js';
import { callout_init } from './kern_timeout.js';
import { printf, tablefull } from './subr_prf.js';
import { vref } from './vfs_subr.js';

/** The last process id handed out to a user process. Locks: allproc_lock. */
export let nextpid: pid_t = 0;
/** Ids from trypid up to this one (not including it) are known to be free. Locks: allproc_lock. */
export let pidchecked: pid_t = 0;
/**
 * The spin count of a new process: it starts with sched_lock held, interrupts to be enabled when it lets go.
 */
export const CRITICAL_FORK = 0x202;

/** fork(2). Locks: Giant. May sleep. */
export function* fork(p: proc, uap: u32): Sleeps<int> {
  const p2 = $var<proc>();
  const error = yield* fork1(p, RFFDG | RFPROC, p2);
  if (error === 0) {
    p.p_retval[0] = p2[0].p_pid;
    p.p_retval[1] = 0;
  }
  return error;
}

/** vfork(2): the child borrows the address space, the parent waits. Locks: Giant. May sleep. */
export function* vfork(p: proc, uap: u32): Sleeps<int> {
  const p2 = $var<proc>();
  const error = yield* fork1(p, $i32(RFFDG | RFPROC | RFPPWAIT | RFMEM), p2);
  if (error === 0) {
    p.p_retval[0] = p2[0].p_pid;
    p.p_retval[1] = 0;
  }
  return error;
}

/** rfork(2). Locks: Giant. May sleep. */
export function* rfork(p: proc, uap: u32): Sleeps<int> {
  const flags = $cast<rfork_args>(uap).flags;
  if ((flags & RFKERNELONLY) !== 0) return EINVAL;
  const p2 = $var<proc>();
  const error = yield* fork1(p, flags, p2);
  if (error === 0) {
    p.p_retval[0] = p2[0] !== null ? p2[0].p_pid : 0;
    p.p_retval[1] = 0;
  }
  return error;
}

/**
 * rfork without RFPROC: makes the process's own parts private.
 * Locks: Giant. May sleep.
 */
function* fork_divorce(p1: proc, flags: int): Sleeps<int> {
  yield* vm_fork(p1, null, flags);
  if ((flags & RFCFDG) !== 0) {
    const fdtmp = yield* fdinit(p1);
    yield* fdfree(p1);
    p1.p_fd = fdtmp;
  }
  if ((flags & RFFDG) !== 0 && p1.p_fd.fd_refcnt > 1) {
    const newfd = yield* fdcopy(p1);
    yield* fdfree(p1);
    p1.p_fd = newfd;
  }
  return 0;
}

/**
 * Is a process id, or a group or session of that number, in use? Lowers pidchecked to the next one in use
 * above it. Locks: allproc_lock exclusive, kept. Does not sleep.
 */
function pid_inuse(trypid: pid_t): boolean {
  let p = LIST_FIRST(allproc);
  for (let doingzomb: int = 0; doingzomb < 2; doingzomb++) {
    for (; p !== null; p = LIST_NEXT(p, 'p_list')) {
      if (p.p_pid === trypid || p.p_pgid === trypid || p.p_sid === trypid) return true;
      if (p.p_pid > trypid && pidchecked > p.p_pid) pidchecked = p.p_pid;
      if (p.p_pgid > trypid && pidchecked > p.p_pgid) pidchecked = p.p_pgid;
      if (p.p_sid > trypid && pidchecked > p.p_sid) pidchecked = p.p_sid;
    }
    p = LIST_FIRST(zombproc);
  }
  return false;
}

/**
 * Chooses an id for a new process. Kernel processes that ask for a high pid get one of 10 or more and leave
 * nextpid alone, so that the first processes after them are 1, 2, 3 ... whatever interrupts there are. Locks:
 * allproc_lock exclusive, kept. Does not sleep.
 */
function fork_newpid(flags: int): pid_t {
  sx_assert(allproc_lock, SX_XLOCKED);
  let trypid: pid_t = nextpid + 1;
  if ((flags & RFHIGHPID) !== 0 && trypid < 10) trypid = 10;
  for (;;) {
    /* After a wrap-around stay above the low numbers: daemons that never exit have them. */
    if (trypid >= PID_MAX) {
      trypid %= PID_MAX;
      if (trypid < 100) trypid += 100;
      pidchecked = 0;
    }
    if (trypid < pidchecked) break;
    pidchecked = PID_MAX;
    if (!pid_inuse(trypid)) break;
    trypid++;
    pidchecked = 0;
  }
  if ((flags & RFHIGHPID) !== 0) pidchecked = 0;
  else nextpid = trypid;
  return trypid;
}

/**
 * Initialises a new process structure from its parent's: what BSD copies between p_startcopy and p_endcopy,
 * all else zero. Locks: takes and drops the parent's lock. Its own links, pid and p_stat are in use already
 * and stay. May sleep.
 */
function* fork_copyproc(p2: proc, p1: proc): Sleeps {
  LIST_INIT(p2.p_children);
  LIST_INIT(p2.p_contested);
  callout_init(p2.p_slpcallout, 1);
  callout_init(p2.p_itcallout, 0);
  yield* PROC_LOCK(p1);
  p2.p_flag = p1.p_flag & P_SUGID;
  p2.p_sigmask = p1.p_sigmask;
  p2.p_sigignore = p1.p_sigignore;
  p2.p_sigcatch = p1.p_sigcatch;
  p2.p_nice = p1.p_nice;
  p2.p_ucred_uid = p1.p_ucred_uid;
  bcopy($addr(p1.p_comm), $addr(p2.p_comm), MAXCOMLEN + 1);
  p2.p_limit = p1.p_limit;
  p2.p_limit.p_refcnt++;
  p2.p_args = p1.p_args;
  if (p2.p_args !== null) p2.p_args.ar_ref++;
  PROC_UNLOCK(p1);
  p2.p_usrpri = p1.p_usrpri;
  p2.p_priority = p1.p_usrpri;
  p2.p_nativepri = p1.p_usrpri;
  p2.p_oncpu = 0xff;
  p2.p_leader = p2;
  p2.p_sigparent = SIGCHLD;
  mtx_lock_spin(sched_lock);
  p2.p_sflag = PS_INMEM;
  p2.p_estcpu = p1.p_estcpu;
  mtx_unlock_spin(sched_lock);
}

/** Shares or copies what the child has of the parent beside its memory. Locks: Giant. May sleep. */
function* fork_files(p1: proc, p2: proc, flags: int): Sleeps {
  p2.p_textvp = p1.p_textvp;
  if (p2.p_textvp !== null) vref(p2.p_textvp);
  if ((flags & RFCFDG) !== 0) p2.p_fd = yield* fdinit(p1);
  else if ((flags & RFFDG) !== 0) p2.p_fd = yield* fdcopy(p1);
  else p2.p_fd = fdshare(p1);
}

/**
 * Puts the child into the tree: under its parent, in its group. Locks: takes and drops proctree_lock. May
 * sleep.
 */
function* fork_link(p1: proc, p2: proc, flags: int): Sleeps {
  yield* sx_xlock(proctree_lock);
  const pptr = (flags & RFNOWAIT) !== 0 ? initproc : p1;
  p2.p_pgid = p1.p_pgid;
  p2.p_sid = p1.p_sid;
  p2.p_pptr = pptr;
  LIST_INSERT_HEAD(pptr.p_children, p2, 'p_sibling');
  sx_xunlock(proctree_lock);
}

/**
 * May p1 make another process? Counts it if so.
 * Locks: Giant. May sleep.
 */
function* fork_allowed(p1: proc): Sleeps<boolean> {
  const uid = p1.p_ucred_uid;
  /* The last process is root's, so that there is a way out; nobody passes the limit. */
  if ((nprocs >= maxproc - 1 && uid !== 0) || nprocs >= maxproc) {
    tablefull('proc');
    return false;
  }
  nprocs++;
  if (uid !== 0) {
    const n = yield* uid_proccnt(uid);
    if ($i64(n) >= p1.p_limit.pl_rlimit[RLIMIT_NPROC].rlim_cur || n >= maxprocperuid) {
      nprocs--;
      return false;
    }
  }
  return true;
}

/** Gives the new process an id and enters it as SIDL. Locks: takes and drops allproc_lock. May sleep. */
function* fork_enter(p2: proc, flags: int): Sleeps {
  yield* sx_xlock(allproc_lock);
  const pid = fork_newpid(flags);
  /*
   * What a freed process leaves goes before anyone can see it, but for its stack's address range and object
   * (type-stable).
   */
  const addr = p2.p_addr;
  const upobj = p2.p_upages_obj;
  bzero($addr(p2), $sizeof<proc>());
  p2.p_addr = addr;
  p2.p_upages_obj = upobj;
  /* Whoever walks allproc may lock it. */
  mtx_init(p2.p_mtx, 'process lock', MTX_DEF);
  p2.p_stat = SIDL;
  p2.p_pid = pid;
  proc_enter(p2);
  sx_xunlock(allproc_lock);
}

/** Counts a fork by its kind. Locks: none needed. Does not sleep. */
function fork_count(p1: proc, flags: int): void {
  if (p1 === proc0) cnt.v_kthreads++;
  else if (flags === (RFFDG | RFPROC)) cnt.v_forks++;
  else if ((flags & RFPPWAIT) !== 0) cnt.v_vforks++;
  else cnt.v_rforks++;
}

/**
 * vfork: waits until the child has executed a program or is gone. Locks: Giant; takes and drops the child's
 * lock. Sleeps.
 */
function* fork_ppwait(p1: proc, p2: proc): Sleeps {
  yield* PROC_LOCK(p2);
  while ((p2.p_flag & P_PPWAIT) !== 0) yield* msleep($addr(p1), p2.p_mtx, PWAIT, 'ppwait', 0);
  PROC_UNLOCK(p2);
}

/**
 * Makes a process. procp[0] is the child, or null without RFPROC. The child runs first in fork_exit.
 * Locks: Giant held, kept (let go of while it sleeps). May sleep.
 */
export function* fork1(p1: proc, flags: int, procp: ptr<proc>): Sleeps<int> {
  mtx_assert(Giant, MA_OWNED);
  /* Copying and clearing the descriptors at once makes no sense. */
  if ((flags & (RFFDG | RFCFDG)) === (RFFDG | RFCFDG)) return EINVAL;
  if ((flags & RFPROC) === 0) {
    procp[0] = null;
    return yield* fork_divorce(p1, flags);
  }
  if (!(yield* fork_allowed(p1))) return EAGAIN;
  const p2 = $cast<proc>(yield* zalloc(proc_zone));
  yield* fork_enter(p2, flags);
  yield* fork_copyproc(p2, p1);
  yield* fork_files(p1, p2, flags);
  if ((flags & RFPPWAIT) !== 0) p2.p_flag |= P_PPWAIT;
  yield* PROC_LOCK(p1);
  p2.p_flag |= p1.p_flag & P_CONTROLT;
  PROC_UNLOCK(p1);
  yield* fork_link(p1, p2, flags);

  /* The parent must stay in memory while its stack and its pcb are copied. */
  yield* PHOLD(p1);
  KASSERT(p2.p_vmspace === null, 'fork1: new process %d has an address space', p2.p_pid);
  yield* vm_fork(p1, p2, flags);
  KASSERT(
    p2.p_vmspace !== null && p2.p_addr !== null,
    'fork1: vm_fork left process %d without memory',
    p2.p_pid,
  );
  fork_count(p1, flags);
  microtime(p2.p_stats.p_start);
  p2.p_acflag = AFORK;
  if ((ktr_mask & KTR_PROC) !== 0) hw_event(HW_FORK, $addr(p2), $addr(p1));
  if ((flags & RFSTOPPED) === 0) {
    mtx_lock_spin(sched_lock);
    p2.p_stat = SRUN;
    setrunqueue(p2);
    mtx_unlock_spin(sched_lock);
  }
  yield* PRELE(p1);
  if ((flags & RFPPWAIT) !== 0) yield* fork_ppwait(p1, p2);
  procp[0] = p2;
  return 0;
}

/**
 * Where every new process begins, called by fork_trampoline. `callout` is what it is to do: fork_return for a
 * user process, the main function of a kernel process. Returns to user mode by `frame`; a kernel process
 * never returns. Locks: sched_lock held by whoever switched to us; it is ours now and is dropped. May sleep.
 */
export function* fork_exit(
  callout: (arg: u32, frame: trapframe) => Sleeps,
  arg: u32,
  frame: trapframe,
): Sleeps {
  const p = curproc();
  /* cpu_switch has made us sched_lock's owner; what is left is the depth and the interrupt flag to come. */
  sched_lock.mtx_recurse = 0;
  sched_lock.mtx_savecrit = CRITICAL_FORK;
  mtx_unlock_spin(sched_lock);
  KASSERT($addr(callout) !== 0, 'NULL callout in fork_exit');
  KASSERT(p.p_stat === SRUN, 'fork_exit: process %d in state %d', p.p_pid, p.p_stat);
  yield* callout(arg, frame);
  if ((p.p_flag & P_KTHREAD) !== 0) {
    yield* mtx_lock(Giant);
    printf('Kernel thread "%s" (pid %d) exited prematurely.\n', $addr(p.p_comm), p.p_pid);
    yield* kthread_exit(0);
  }
  mtx_assert(Giant, MA_NOTOWNED);
}

/**
 * What a forked user process does before it first enters user mode: the end of the system call, seen from the
 * child. Locks: none. May sleep, and may not return if a signal kills the child.
 */
export function* fork_return(p: proc, frame: trapframe): Sleeps {
  KASSERT(p === curproc(), 'fork_return: process %d is not running', p.p_pid);
  yield* userret(p, frame, 0);
}
