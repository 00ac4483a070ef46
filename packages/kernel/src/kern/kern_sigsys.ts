/**
 * System calls on signals: actions, masks, kill (the second half of BSD's kern_sig.c).
 */
import { copyin, copyout } from '../i386/support.js';
import { P_SYSTEM, SIDL } from '../sys/_proc.h.js';
import { EINTR, EINVAL, EOPNOTSUPP, EPERM, ESRCH } from '../sys/errno.h.js';
import { MA_OWNED, mtx_assert, mtx_owned } from '../sys/mutex.h.js';
import { PCATCH, PPAUSE } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import type { sigaction_t } from '../sys/signal.h.js';
import {
  NSIG,
  SA_NOCLDSTOP,
  SA_NOCLDWAIT,
  SA_NODEFER,
  SA_ONSTACK,
  SA_RESETHAND,
  SA_RESTART,
  SA_SIGINFO,
  SIGCHLD,
  SIGCONT,
  SIG_BLOCK,
  SIG_DFL,
  SIG_IGN,
  SIG_SETMASK,
  SIG_UNBLOCK,
} from '../sys/signal.h.js';
import {
  PS_NOCLDSTOP,
  PS_NOCLDWAIT,
  SAS_OLDMASK,
  SIGCANTMASK,
  SIGISMEMBER,
  sigmask,
} from '../sys/signalvar.h.js';
import type {
  kill_args,
  sigaction_args,
  sigpending_args,
  sigprocmask_args,
  sigsuspend_args,
} from '../sys/sysproto.h.js';
import type { pid_t, sigset_t } from '../sys/types.h.js';
import { allproc, allproc_lock, pfind, zpfind } from './kern_proc.js';
import { psignal, sig_default_ignored } from './kern_sig.js';
import { sx_slock, sx_sunlock } from './kern_sx.js';
import { msleep } from './kern_synch.js';

/** sigaction(2). Locks: Giant; takes and drops p's lock. May sleep. */
export function* sigaction(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<sigaction_args>(uap);
  const act = $local<sigaction_t>();
  const oact = $local<sigaction_t>();
  let error: int = 0;
  if (args.sig <= 0 || args.sig >= NSIG) return EINVAL;
  if (args.act !== 0) {
    error = yield* copyin(args.act, $addr(act), $sizeof<sigaction_t>());
    if (error !== 0) return error;
    if (SIGISMEMBER(SIGCANTMASK, args.sig) && act.sa_handler !== SIG_DFL) return EINVAL;
  }
  yield* PROC_LOCK(p);
  getsigaction(p, args.sig, oact);
  if (args.act !== 0) setsigaction(p, args.sig, act);
  PROC_UNLOCK(p);
  if (args.oact !== 0) error = yield* copyout($addr(oact), args.oact, $sizeof<sigaction_t>());
  return error;
}

/** Describes the action of a signal. Locks: p's lock held, kept. Does not sleep. */
function getsigaction(p: proc, sig: int, sa: sigaction_t): void {
  const ps = p.p_sigacts;
  sa.sa_handler = ps.ps_sigact[sig - 1];
  sa.sa_mask = ps.ps_catchmask[sig - 1];
  sa.sa_flags = 0;
  if (SIGISMEMBER(ps.ps_sigonstack, sig)) sa.sa_flags |= SA_ONSTACK;
  if (!SIGISMEMBER(ps.ps_sigintr, sig)) sa.sa_flags |= SA_RESTART;
  if (SIGISMEMBER(ps.ps_sigreset, sig)) sa.sa_flags |= SA_RESETHAND;
  if (SIGISMEMBER(ps.ps_signodefer, sig)) sa.sa_flags |= SA_NODEFER;
  if (SIGISMEMBER(ps.ps_siginfo, sig)) sa.sa_flags |= SA_SIGINFO;
  if (sig === SIGCHLD && (ps.ps_flag & PS_NOCLDSTOP) !== 0) sa.sa_flags |= SA_NOCLDSTOP;
  if (sig === SIGCHLD && (ps.ps_flag & PS_NOCLDWAIT) !== 0) sa.sa_flags |= SA_NOCLDWAIT;
}

/** A set with or without a signal. Locks: none. @inline */
function setmember(set: sigset_t, sig: int, on: boolean): sigset_t {
  return on ? set | sigmask(sig) : set & ~sigmask(sig);
}

/** Installs an action. Locks: p's lock held, kept. Does not sleep. */
function setsigaction(p: proc, sig: int, sa: sigaction_t): void {
  mtx_assert(p.p_mtx, MA_OWNED);
  const ps = p.p_sigacts;
  const flags = sa.sa_flags;
  ps.ps_catchmask[sig - 1] = sa.sa_mask & ~SIGCANTMASK;
  ps.ps_sigact[sig - 1] = sa.sa_handler;
  ps.ps_siginfo = setmember(ps.ps_siginfo, sig, (flags & SA_SIGINFO) !== 0);
  ps.ps_sigintr = setmember(ps.ps_sigintr, sig, (flags & SA_RESTART) === 0);
  ps.ps_sigonstack = setmember(ps.ps_sigonstack, sig, (flags & SA_ONSTACK) !== 0);
  ps.ps_sigreset = setmember(ps.ps_sigreset, sig, (flags & SA_RESETHAND) !== 0);
  ps.ps_signodefer = setmember(ps.ps_signodefer, sig, (flags & SA_NODEFER) !== 0);
  if (sig === SIGCHLD) {
    ps.ps_flag &= ~(PS_NOCLDSTOP | PS_NOCLDWAIT);
    if ((flags & SA_NOCLDSTOP) !== 0) ps.ps_flag |= PS_NOCLDSTOP;
    /* init must reap what nobody else does, so it cannot refuse. */
    if (((flags & SA_NOCLDWAIT) !== 0 || sa.sa_handler === SIG_IGN) && p.p_pid !== 1)
      ps.ps_flag |= PS_NOCLDWAIT;
  }
  /*
   * Signals that are ignored, by request or by default, are in p_sigignore, so that psignal need not look at
   * what may be swapped out. SIGCONT is never put there by default: it has to get through to stopped
   * processes.
   */
  const ign = sa.sa_handler === SIG_IGN;
  const dfl = sa.sa_handler === SIG_DFL;
  if (ign || (dfl && sig_default_ignored(sig))) {
    p.p_siglist &= ~sigmask(sig);
    p.p_sigcatch &= ~sigmask(sig);
    p.p_sigignore = setmember(p.p_sigignore, sig, sig !== SIGCONT);
  } else {
    p.p_sigignore &= ~sigmask(sig);
    p.p_sigcatch = setmember(p.p_sigcatch, sig, !dfl);
  }
}

/**
 * sigprocmask(2). `set` and `oset` are addresses of words. Locks: Giant; takes and drops p's lock. May sleep.
 */
export function* sigprocmask(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<sigprocmask_args>(uap);
  const set = $var<sigset_t>();
  const oset = $var<sigset_t>();
  let error: int = 0;
  set[0] = 0;
  if (args.set !== 0) {
    error = yield* copyin(args.set, $addr(set), 4);
    if (error !== 0) return error;
  }
  yield* PROC_LOCK(p);
  oset[0] = p.p_sigmask;
  if (args.set !== 0) {
    switch (args.how) {
      case SIG_BLOCK:
        p.p_sigmask |= set[0] & ~SIGCANTMASK;
        break;
      case SIG_UNBLOCK:
        p.p_sigmask &= ~set[0];
        break;
      case SIG_SETMASK:
        p.p_sigmask = set[0] & ~SIGCANTMASK;
        break;
      default:
        error = EINVAL;
        break;
    }
  }
  PROC_UNLOCK(p);
  if (error === 0 && args.oset !== 0) error = yield* copyout($addr(oset), args.oset, 4);
  return error;
}

/** sigpending(2). Locks: Giant; takes and drops p's lock. May sleep. */
export function* sigpending(p: proc, uap: u32): Sleeps<int> {
  const set = $var<sigset_t>();
  yield* PROC_LOCK(p);
  set[0] = p.p_siglist;
  PROC_UNLOCK(p);
  return yield* copyout($addr(set), $cast<sigpending_args>(uap).set, 4);
}

/**
 * sigsuspend(2): waits for a signal with another mask. Always EINTR. Locks: Giant; takes and drops p's lock.
 * Sleeps.
 */
export function* sigsuspend(p: proc, uap: u32): Sleeps<int> {
  const mask = $var<sigset_t>();
  const error = yield* copyin($cast<sigsuspend_args>(uap).sigmask, $addr(mask), 4);
  if (error !== 0) return error;
  yield* PROC_LOCK(p);
  /* postsig restores the old mask when the handler returns. */
  p.p_oldsigmask = p.p_sigmask;
  p.p_sigacts.ps_flag |= SAS_OLDMASK;
  p.p_sigmask = mask[0] & ~SIGCANTMASK;
  while ((yield* msleep($addr(p.p_sigacts), p.p_mtx, PPAUSE | PCATCH, 'pause', 0)) === 0) {
    KASSERT(mtx_owned(p.p_mtx), 'sigsuspend: process unlocked');
  }
  PROC_UNLOCK(p);
  return EINTR;
}

/** sigaltstack(2): there is no alternate stack, programs run on one. Locks: none. Does not sleep. */
export function* sigaltstack(p: proc, uap: u32): Sleeps<int> {
  return EOPNOTSUPP;
}

/** May process p send a signal to q? Locks: q's lock. Does not sleep. */
export function p_cansignal(p: proc, q: proc, sig: int): int {
  if (p === q || p.p_ucred_uid === 0) return 0;
  if (p.p_ucred_uid === q.p_ucred_uid) return 0;
  /* A job can be continued by anybody in its session. */
  if (sig === SIGCONT && q.p_sid === p.p_sid) return 0;
  return EPERM;
}

/**
 * Sends a signal to all processes (pgid -1) or to a group.
 * Locks: Giant; takes and drops allproc_lock and each process. May sleep.
 */
function* killpg1(cp: proc, sig: int, pgid: pid_t): Sleeps<int> {
  let nfound: int = 0;
  let nmatch: int = 0;
  yield* sx_slock(allproc_lock);
  for (let p = LIST_FIRST(allproc); p !== null; p = LIST_NEXT(p, 'p_list')) {
    if (p.p_pid <= 1 || p.p_stat === SIDL || (p.p_flag & P_SYSTEM) !== 0) continue;
    if (pgid === -1) {
      if (p === cp) continue;
    } else if (p.p_pgid !== pgid) continue;
    nmatch++;
    yield* PROC_LOCK(p);
    if (p_cansignal(cp, p, sig) === 0) {
      nfound++;
      if (sig !== 0) psignal(p, sig);
    }
    PROC_UNLOCK(p);
  }
  sx_sunlock(allproc_lock);
  if (nfound !== 0) return 0;
  return nmatch !== 0 ? EPERM : ESRCH;
}

/** kill(2). Locks: Giant. May sleep. */
export function* kill(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<kill_args>(uap);
  const sig = args.signum;
  if (sig < 0 || sig >= NSIG) return EINVAL;
  if (args.pid > 0) {
    const q = yield* pfind(args.pid);
    if (q === null) {
      /* A zombie can be sent signals, which do nothing. */
      const z = yield* zpfind(args.pid);
      if (z === null) return ESRCH;
      PROC_UNLOCK(z);
      return 0;
    }
    const error = p_cansignal(p, q, sig);
    if (error === 0 && sig !== 0) psignal(q, sig);
    PROC_UNLOCK(q);
    return error;
  }
  switch (args.pid) {
    case -1:
      return yield* killpg1(p, sig, -1);
    case 0:
      return yield* killpg1(p, sig, p.p_pgid);
    default:
      return yield* killpg1(p, sig, -args.pid);
  }
}
