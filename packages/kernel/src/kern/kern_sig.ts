/**
 * Signals: sending, taking, killing. The system calls on signal actions and masks are in kern_sigsys.ts.
 *
 * Rules.
 *   S1 p_siglist, p_sigmask, p_sigignore, p_sigcatch and the sigacts of a process are guarded by its lock.
 *   psignal,
 *       CURSIG, issignal and postsig are called with it and return with it.
 *   S2 psignal sends: it marks the signal pending and makes the process run if it sleeps interruptibly. The
 *   process takes
 *       its signals itself: in msleep with PCATCH and on the way to user mode, through CURSIG, issignal and
 *       postsig.
 *   S3 psignal touches nothing that may be swapped out: handlers and flags in struct user are for the process
 *   itself.
 *
 * Deviations. 32 signals in one word, no queued siginfo, no ptrace. A process that sleeps when a stop signal
 * arrives is not stopped where it sleeps: it is woken and stops in issignal, in msleep; when it is continued
 * its sleep ends as if it had been woken up, and the caller looks at its condition again. (BSD marks it SSTOP
 * in psignal and must there lock the parent for SIGCHLD; psignal is a plain function here and cannot.)
 */
import { ipi_send } from '../i386/cpufunc.h.js';
import { sendsig } from '../i386/machdep.js';
import { curproc } from '../i386/pcpu.h.js';
import {
  PS_ASTPENDING,
  PS_INMEM,
  PS_SINTR,
  P_CONTROLT,
  P_KILLED,
  P_PPWAIT,
  P_STOPPED_SIG,
  P_SYSTEM,
  P_WAITED,
  P_WEXIT,
  SIDL,
  SSLEEP,
  SSTOP,
  SZOMB,
} from '../sys/_proc.h.js';
import { EINVAL, EWOULDBLOCK } from '../sys/errno.h.js';
import { IPI_AST } from '../sys/interrupt.h.js';
import { MA_OWNED, mtx_assert, mtx_lock, mtx_owned, mtx_unlock } from '../sys/mutex.h.js';
import { PUSER } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { AXSIG, PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import { NSIG, SIGCHLD, SIGCONT, SIGKILL, SIG_DFL, SIG_IGN } from '../sys/signal.h.js';
import {
  CONTSIGMASK,
  PS_NOCLDSTOP,
  PS_NOCLDWAIT,
  SAS_OLDMASK,
  SIGISMEMBER,
  STOPSIGMASK,
  sigmask,
} from '../sys/signalvar.h.js';
import { LOG_ERR, LOG_INFO, NOCPU } from '../sys/systm.h.js';
import type { pid_t, sigset_t } from '../sys/types.h.js';
import { W_EXITCODE } from '../sys/wait.h.js';
import { exit1 } from './kern_exit.js';
import {
  Giant,
  drop_giant,
  mtx_lock_spin,
  mtx_trylock,
  mtx_unlock_spin,
  pickup_giant,
  sched_lock,
} from './kern_mutex.js';
import { allproc, allproc_lock, proctree_lock } from './kern_proc.js';
import { sx_slock, sx_sunlock } from './kern_sx.js';
import { mi_switch, setrunnable, unsleep, wakeup } from './kern_synch.js';
import { log } from './subr_prf.js';

/** What a signal does if it is not caught. */
const SA_KILL = 0x01;
const SA_CORE = 0x02;
const SA_STOP = 0x04;
const SA_TTYSTOP = 0x08;
const SA_IGNORE = 0x10;
const SA_CONT = 0x20;
const SA_CANTMASK = 0x40;

/** 1: log processes that a signal kills (sysctl kern.logsigexit). */
export let kern_logsigexit: int = 1;

/** Properties of signals 1 to 31. */
let sigproptbl: array<u8, 32> = $init([
  SA_KILL /* SIGHUP */,
  SA_KILL /* SIGINT */,
  SA_KILL | SA_CORE /* SIGQUIT */,
  SA_KILL | SA_CORE /* SIGILL */,
  SA_KILL | SA_CORE /* SIGTRAP */,
  SA_KILL | SA_CORE /* SIGABRT */,
  SA_KILL | SA_CORE /* SIGEMT */,
  SA_KILL | SA_CORE /* SIGFPE */,
  SA_KILL | SA_CANTMASK /* SIGKILL */,
  SA_KILL | SA_CORE /* SIGBUS */,
  SA_KILL | SA_CORE /* SIGSEGV */,
  SA_KILL | SA_CORE /* SIGSYS */,
  SA_KILL /* SIGPIPE */,
  SA_KILL /* SIGALRM */,
  SA_KILL /* SIGTERM */,
  SA_IGNORE /* SIGURG */,
  SA_STOP | SA_CANTMASK /* SIGSTOP */,
  SA_STOP | SA_TTYSTOP /* SIGTSTP */,
  SA_IGNORE | SA_CONT /* SIGCONT */,
  SA_IGNORE /* SIGCHLD */,
  SA_STOP | SA_TTYSTOP /* SIGTTIN */,
  SA_STOP | SA_TTYSTOP /* SIGTTOU */,
  SA_IGNORE /* SIGIO */,
  SA_KILL /* SIGXCPU */,
  SA_KILL /* SIGXFSZ */,
  SA_KILL /* SIGVTALRM */,
  SA_KILL /* SIGPROF */,
  SA_IGNORE /* SIGWINCH */,
  SA_IGNORE /* SIGINFO */,
  SA_KILL /* SIGUSR1 */,
  SA_KILL /* SIGUSR2 */,
  0,
]);

/** Names of signals, for messages. */
export let sys_signame: array<str, 32> = $init([
  '0',
  'HUP',
  'INT',
  'QUIT',
  'ILL',
  'TRAP',
  'ABRT',
  'EMT',
  'FPE',
  'KILL',
  'BUS',
  'SEGV',
  'SYS',
  'PIPE',
  'ALRM',
  'TERM',
  'URG',
  'STOP',
  'TSTP',
  'CONT',
  'CHLD',
  'TTIN',
  'TTOU',
  'IO',
  'XCPU',
  'XFSZ',
  'VTALRM',
  'PROF',
  'WINCH',
  'INFO',
  'USR1',
  'USR2',
]);

/** Properties of a signal. Locks: none. @inline */
function sigprop(sig: int): int {
  return sigproptbl[sig - 1];
}

/** Is a signal ignored unless a program asks for it? SIGCONT is not: it does something. Locks: none. */
export function sig_default_ignored(sig: int): boolean {
  return (sigprop(sig) & SA_IGNORE) !== 0 && sig !== SIGCONT;
}

/** Is there a signal that is not blocked? Locks: p's lock. @inline */
export function SIGPENDING(p: proc): boolean {
  return (p.p_siglist & ~p.p_sigmask) !== 0;
}

/** Sets the ignored signals of a new process 0. Locks: none (boot). Does not sleep. */
export function siginit(p: proc): void {
  for (let sig: int = 1; sig < NSIG; sig++) {
    if (sig_default_ignored(sig)) p.p_sigignore |= sigmask(sig);
  }
}

/**
 * Resets signals for a new program: handlers are gone, ignored signals stay ignored.
 * Locks: takes and drops p's lock. May sleep.
 */
export function* execsigs(p: proc): Sleeps {
  KASSERT(p === curproc(), 'execsigs: process %d is not running', p.p_pid);
  yield* PROC_LOCK(p);
  const ps = p.p_sigacts;
  for (let sig: int = 1; sig < NSIG; sig++) {
    if (!SIGISMEMBER(p.p_sigcatch, sig)) continue;
    p.p_sigcatch &= ~sigmask(sig);
    if ((sigprop(sig) & SA_IGNORE) !== 0) {
      if (sig !== SIGCONT) p.p_sigignore |= sigmask(sig);
      p.p_siglist &= ~sigmask(sig);
    }
    ps.ps_sigact[sig - 1] = SIG_DFL;
  }
  /* The signal stack was in the old program's memory. */
  ps.ps_sigonstack = 0;
  ps.ps_sigstk_sp = 0;
  ps.ps_sigstk_size = 0;
  ps.ps_flag &= ~(PS_NOCLDSTOP | PS_NOCLDWAIT | SAS_OLDMASK);
  PROC_UNLOCK(p);
}

/**
 * Sends a signal to every process of a group.
 * Locks: no process locked; takes and drops allproc_lock and each process. May sleep.
 */
export function* pgsignal(pgid: pid_t, sig: int, checkctty: int): Sleeps {
  if (pgid <= 0) return;
  yield* sx_slock(allproc_lock);
  for (let p = LIST_FIRST(allproc); p !== null; p = LIST_NEXT(p, 'p_list')) {
    if (p.p_pgid !== pgid || p.p_stat === SIDL) continue;
    yield* PROC_LOCK(p);
    if (checkctty === 0 || (p.p_flag & P_CONTROLT) !== 0) psignal(p, sig);
    PROC_UNLOCK(p);
  }
  sx_sunlock(allproc_lock);
}

/**
 * Sends a signal that a trap of the running process caused. It cannot be ignored: a blocked or ignored one
 * kills. Locks: none; takes and drops p's lock. May sleep.
 */
export function* trapsignal(p: proc, sig: int, code: u_int): Sleeps {
  KASSERT(p === curproc(), 'trapsignal: process %d is not running', p.p_pid);
  yield* PROC_LOCK(p);
  p.p_code = code;
  p.p_sig = sig;
  /* A fault that would be taken again at once, for ever. */
  if (SIGISMEMBER(p.p_sigmask, sig) || SIGISMEMBER(p.p_sigignore, sig)) {
    p.p_sigmask &= ~sigmask(sig);
    p.p_sigignore &= ~sigmask(sig);
    p.p_sigcatch &= ~sigmask(sig);
    p.p_sigacts.ps_sigact[sig - 1] = SIG_DFL;
  }
  /* init takes no default actions, so it would fault for ever: say that it died (exit1 panics). */
  const fatal = p.p_pid === 1 && !SIGISMEMBER(p.p_sigcatch, sig);
  if (!fatal) psignal(p, sig);
  PROC_UNLOCK(p);
  if (fatal) yield* sigexit(p, sig);
}

/**
 * Sends a signal to a process.
 * Locks: the process's lock held, kept; takes and drops sched_lock. Does not sleep.
 */
export function psignal(p: proc, sig: int): void {
  KASSERT(sig > 0 && sig < NSIG, 'psignal: signal number %d', sig);
  mtx_assert(p.p_mtx, MA_OWNED);
  const prop = sigprop(sig);
  const mask = sigmask(sig);
  if (p.p_stat === SZOMB || p.p_stat === SIDL || (p.p_flag & P_WEXIT) !== 0) return;
  /* Ignored signals leave no trace. SIGCONT continues even if it is ignored. */
  const ignored = (p.p_sigignore & mask) !== 0;
  const caught = (p.p_sigcatch & mask) !== 0;
  if (ignored && (prop & SA_CONT) === 0) return;
  if ((prop & SA_CONT) !== 0) p.p_siglist &= ~STOPSIGMASK;
  if ((prop & SA_STOP) !== 0) p.p_siglist &= ~CONTSIGMASK;
  p.p_siglist |= mask;
  mtx_lock_spin(sched_lock);
  if (p.p_stat === SSTOP) psignal_stopped(p, sig, prop, caught);
  else if (p.p_stat === SSLEEP) psignal_sleeping(p, sig, prop, caught);
  else psignal_running(p, sig);
  mtx_unlock_spin(sched_lock);
}

/**
 * A signal for a stopped process: only SIGKILL and SIGCONT move it. Locks: p's lock and sched_lock held,
 * kept.
 */
function psignal_stopped(p: proc, sig: int, prop: int, caught: boolean): void {
  if (sig === SIGKILL) {
    setrunnable(p);
    return;
  }
  if ((prop & SA_CONT) === 0) {
    /* It is stopped already. */
    if ((prop & SA_STOP) !== 0) p.p_siglist &= ~sigmask(sig);
    return;
  }
  if (!caught) p.p_siglist &= ~CONTSIGMASK;
  p.p_flag &= ~(P_STOPPED_SIG | P_WAITED);
  setrunnable(p);
}

/** A signal for a sleeping process. Locks: p's lock and sched_lock held, kept. Does not sleep. */
function psignal_sleeping(p: proc, sig: int, prop: int, caught: boolean): void {
  /* Blocked signals, and sleeps that are not interruptible: it will see it later. */
  if (SIGISMEMBER(p.p_sigmask, sig) || (p.p_sflag & PS_SINTR) === 0) return;
  /* SIGCONT for a process that is not stopped does nothing by default. */
  if ((prop & SA_CONT) !== 0 && !caught) {
    p.p_siglist &= ~sigmask(sig);
    return;
  }
  /* A child in vfork does not stop: its parent would wait for ever. */
  if ((prop & SA_STOP) !== 0 && !caught && (p.p_flag & P_PPWAIT) !== 0) {
    p.p_siglist &= ~sigmask(sig);
    return;
  }
  if (p.p_priority > PUSER) p.p_priority = PUSER;
  setrunnable(p);
}

/**
 * A signal for a process that runs or will: make it look. Locks: p's lock and sched_lock held, kept. Does not
 * sleep.
 */
function psignal_running(p: proc, sig: int): void {
  if (SIGISMEMBER(p.p_sigmask, sig)) return;
  signotify(p);
}

/**
 * Sends a process through ast() before it goes on in user mode. Locks: sched_lock held, kept. Does not sleep.
 */
export function signotify(p: proc): void {
  mtx_assert(sched_lock, MA_OWNED);
  p.p_sflag |= PS_ASTPENDING;
  /* On another CPU it may be in user mode for long: interrupt it (forward_signal of BSD). */
  if (p !== curproc() && p.p_oncpu !== NOCPU) ipi_send(1 << p.p_oncpu, IPI_AST);
}

/**
 * The next signal that process p has to take, 0 if none: one that is caught or that kills. Stops here if that
 * is what it is to do. Locks: p's lock held or not, as it was on return. May sleep (stopped).
 */
export function* CURSIG(p: proc): Sleeps<int> {
  if (!SIGPENDING(p)) return 0;
  const had = mtx_owned(p.p_mtx);
  if (!had) yield* PROC_LOCK(p);
  const sig = yield* issignal(p);
  if (!had) PROC_UNLOCK(p);
  return sig;
}

/**
 * As CURSIG, when there is a signal.
 * Locks: p's lock held, kept (dropped while it is stopped). May sleep.
 */
export function* issignal(p: proc): Sleeps<int> {
  mtx_assert(p.p_mtx, MA_OWNED);
  for (;;) {
    let pending: sigset_t = p.p_siglist & ~p.p_sigmask;
    if ((p.p_flag & P_PPWAIT) !== 0) pending &= ~STOPSIGMASK;
    if (pending === 0) return 0;
    let sig: int = 1;
    while (!SIGISMEMBER(pending, sig)) sig++;
    const mask = sigmask(sig);
    const prop = sigprop(sig);
    if ((p.p_sigignore & mask) !== 0) {
      p.p_siglist &= ~mask;
      continue;
    }
    if ((p.p_sigcatch & mask) !== 0) return sig;
    /* The default. System processes, init among them, are neither stopped nor killed. */
    if (p.p_pid <= 1 || (p.p_flag & P_SYSTEM) !== 0) {
      p.p_siglist &= ~mask;
      continue;
    }
    if ((prop & SA_STOP) !== 0) {
      p.p_siglist &= ~mask;
      /* Nobody could continue a process of an orphaned group from a terminal. */
      if ((prop & SA_TTYSTOP) !== 0 && p.p_pptr === initproc) continue;
      yield* stop_self(p, sig);
      continue;
    }
    if ((prop & SA_IGNORE) !== 0) {
      p.p_siglist &= ~mask;
      continue;
    }
    /* It kills: postsig does that. */
    return sig;
  }
}

/**
 * Stops the running process and tells its parent; returns when it is continued.
 * Locks: p's lock held, kept; let go of while it is stopped. Giant too. Sleeps.
 */
function* stop_self(p: proc, sig: int): Sleeps {
  KASSERT(p === curproc(), 'stop: process %d is not running', p.p_pid);
  /* msleep has queued us already if it called; sleeping for proctree_lock below needs the queue links. */
  mtx_lock_spin(sched_lock);
  if (p.p_wchan !== 0) unsleep(p);
  mtx_unlock_spin(sched_lock);
  p.p_xstat = sig;
  p.p_flag |= P_STOPPED_SIG;
  p.p_flag &= ~P_WAITED;
  PROC_UNLOCK(p);
  yield* sx_slock(proctree_lock);
  const parent = p.p_pptr;
  yield* PROC_LOCK(parent);
  if ((parent.p_sflag & PS_INMEM) === 0 || (parent.p_sigacts.ps_flag & PS_NOCLDSTOP) === 0)
    psignal(parent, SIGCHLD);
  PROC_UNLOCK(parent);
  sx_sunlock(proctree_lock);
  const depth = drop_giant();
  yield* PROC_LOCK(p);
  /* SIGCONT or SIGKILL may have come while we told the parent. */
  if ((p.p_siglist & (CONTSIGMASK | sigmask(SIGKILL))) === 0) {
    mtx_lock_spin(sched_lock);
    p.p_stat = SSTOP;
    wakeup($addr(parent));
    PROC_UNLOCK(p);
    yield* mi_switch();
    mtx_unlock_spin(sched_lock);
  } else {
    PROC_UNLOCK(p);
  }
  yield* pickup_giant(depth);
  yield* PROC_LOCK(p);
  p.p_flag &= ~P_STOPPED_SIG;
}

/**
 * Takes a signal that CURSIG gave: calls its handler or kills the process. Locks: the running process's lock
 * held, kept, but let go of while the frame is written. May sleep, and may not return.
 */
export function* postsig(sig: int): Sleeps {
  const p = curproc();
  KASSERT(sig > 0 && sig < NSIG, 'postsig');
  mtx_assert(p.p_mtx, MA_OWNED);
  const ps = p.p_sigacts;
  const mask = sigmask(sig);
  p.p_siglist &= ~mask;
  const action = ps.ps_sigact[sig - 1];
  let code: u_int = 0;
  if (p.p_sig === sig) code = p.p_code;
  p.p_sig = 0;
  p.p_code = 0;
  if (action === SIG_DFL) {
    PROC_UNLOCK(p);
    yield* sigexit(p, sig);
  }
  KASSERT(action !== SIG_IGN && !SIGISMEMBER(p.p_sigmask, sig), 'postsig action');
  /* After sigsuspend the handler returns to the mask of before. */
  let returnmask = p.p_sigmask;
  if ((ps.ps_flag & SAS_OLDMASK) !== 0) {
    returnmask = p.p_oldsigmask;
    ps.ps_flag &= ~SAS_OLDMASK;
  }
  p.p_sigmask |= ps.ps_catchmask[sig - 1];
  if (!SIGISMEMBER(ps.ps_signodefer, sig)) p.p_sigmask |= mask;
  if (SIGISMEMBER(ps.ps_sigreset, sig)) {
    p.p_sigcatch &= ~mask;
    if (sig !== SIGCONT && (sigprop(sig) & SA_IGNORE) !== 0) p.p_sigignore |= mask;
    ps.ps_sigact[sig - 1] = SIG_DFL;
  }
  p.p_stats.p_ru.ru_nsignals++;
  yield* sendsig(action, sig, returnmask, code);
}

/**
 * Kills a process that cannot go on: out of swap, or no way to tell it of an error.
 * Locks: none of the process; takes and drops its lock. May sleep.
 */
export function* killproc(p: proc, why: str): Sleeps {
  log(LOG_ERR, 'pid %d (%s), uid %d, was killed: %s\n', p.p_pid, $addr(p.p_comm), p.p_ucred_uid, why);
  yield* PROC_LOCK(p);
  p.p_flag |= P_KILLED;
  psignal(p, SIGKILL);
  PROC_UNLOCK(p);
}

/**
 * Ends the running process by a signal. No core file is written: there is nowhere to put one.
 * Locks: no process lock; takes Giant. Never returns.
 */
export function* sigexit(p: proc, sig: int): Sleeps {
  KASSERT(p === curproc(), 'sigexit: process %d is not running', p.p_pid);
  if (!mtx_owned(Giant)) yield* mtx_lock(Giant);
  p.p_acflag |= AXSIG;
  if ((sigprop(sig) & SA_CORE) !== 0) p.p_sig = sig;
  if (kern_logsigexit !== 0 && (sigprop(sig) & SA_CORE) !== 0) {
    log(LOG_INFO, 'pid %d (%s), uid %d: exited on signal %d\n', p.p_pid, $addr(p.p_comm), p.p_ucred_uid, sig);
  }
  yield* exit1(p, W_EXITCODE(0, sig));
}

/**
 * The debugger's `kill` (BSD has it in ddb/db_command.c): sends a signal to a process, if nobody holds its
 * lock. 0, EINVAL for no signal, EWOULDBLOCK. Locks: any; takes and drops the process's lock. Does not sleep.
 */
export function db_kill(p: proc, sig: int): int {
  if (sig <= 0 || sig >= NSIG) return EINVAL;
  if (mtx_trylock(p.p_mtx) === 0) return EWOULDBLOCK;
  psignal(p, sig);
  mtx_unlock(p.p_mtx);
  return 0;
}
