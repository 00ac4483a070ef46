/**
 * Who a process is: ids, groups, sessions, privilege (kern/kern_prot.c).
 *
 * Deviation: credentials are a user id (p_ucred_uid), real and effective in one; the group is 0 always.
 */
import { P_EXEC, P_SUGID } from '../sys/_proc.h.js';
import { EACCES, EINVAL, EPERM, ESRCH } from '../sys/errno.h.js';
import type { proc } from '../sys/proc.h.js';
import { ASU, PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import type { getpgid_args, setpgid_args, setuid_args } from '../sys/sysproto.h.js';
import type { pid_t } from '../sys/types.h.js';
import { enterpgrp, pfind, pgfind, proctree_lock } from './kern_proc.js';
import { sx_slock, sx_sunlock } from './kern_sx.js';

/** getpid(2). Locks: none (MPSAFE). Does not sleep. */
export function* getpid(p: proc, uap: u32): Sleeps<int> {
  p.p_retval[0] = p.p_pid;
  return 0;
}

/** getppid(2). Locks: takes and drops proctree_lock. May sleep. */
export function* getppid(p: proc, uap: u32): Sleeps<int> {
  yield* sx_slock(proctree_lock);
  p.p_retval[0] = p.p_pptr.p_pid;
  sx_sunlock(proctree_lock);
  return 0;
}

/** getpgrp(2). Locks: none (MPSAFE). Does not sleep. */
export function* getpgrp(p: proc, uap: u32): Sleeps<int> {
  p.p_retval[0] = p.p_pgid;
  return 0;
}

/** getpgid(2). Locks: Giant. May sleep. */
export function* getpgid(p: proc, uap: u32): Sleeps<int> {
  const pid = $cast<getpgid_args>(uap).pid;
  if (pid === 0) {
    p.p_retval[0] = p.p_pgid;
    return 0;
  }
  const q = yield* pfind(pid);
  if (q === null) return ESRCH;
  p.p_retval[0] = q.p_pgid;
  PROC_UNLOCK(q);
  return 0;
}

/** getsid(2). Locks: Giant. May sleep. */
export function* getsid(p: proc, uap: u32): Sleeps<int> {
  const pid = $cast<getpgid_args>(uap).pid;
  if (pid === 0) {
    p.p_retval[0] = p.p_sid;
    return 0;
  }
  const q = yield* pfind(pid);
  if (q === null) return ESRCH;
  p.p_retval[0] = q.p_sid;
  PROC_UNLOCK(q);
  return 0;
}

/** getuid(2) and geteuid(2). Locks: none (MPSAFE). Does not sleep. */
export function* getuid(p: proc, uap: u32): Sleeps<int> {
  p.p_retval[0] = $i32(p.p_ucred_uid);
  return 0;
}

/** getgid(2) and getegid(2). Locks: none (MPSAFE). Does not sleep. */
export function* getgid(p: proc, uap: u32): Sleeps<int> {
  p.p_retval[0] = 0;
  return 0;
}

/** setuid(2). Locks: Giant; takes and drops p's lock. May sleep. */
export function* setuid(p: proc, uap: u32): Sleeps<int> {
  const uid = $cast<setuid_args>(uap).uid;
  if (uid === p.p_ucred_uid) return 0;
  const error = suser(p);
  if (error !== 0) return error;
  yield* PROC_LOCK(p);
  p.p_ucred_uid = uid;
  p.p_flag |= P_SUGID;
  PROC_UNLOCK(p);
  return 0;
}

/** setsid(2). Locks: Giant. May sleep. */
export function* setsid(p: proc, uap: u32): Sleeps<int> {
  if (p.p_pgid === p.p_pid) return EPERM;
  const taken = yield* pgfind(p.p_pid);
  if (taken) return EPERM;
  yield* enterpgrp(p, p.p_pid, true);
  p.p_retval[0] = p.p_pid;
  return 0;
}

/** setpgid(2): of itself or of a child that has not executed a program yet. Locks: Giant. May sleep. */
export function* setpgid(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<setpgid_args>(uap);
  let targp = p;
  if (args.pgid < 0) return EINVAL;
  if (args.pid !== 0 && args.pid !== p.p_pid) {
    targp = yield* pfind(args.pid);
    if (targp === null) return ESRCH;
    const error = setpgid_allowed(p, targp);
    PROC_UNLOCK(targp);
    if (error !== 0) return error;
  }
  /* A session leader stays what it is. */
  if (targp.p_sid === targp.p_pid) return EPERM;
  const pgid: pid_t = args.pgid === 0 ? targp.p_pid : args.pgid;
  if (pgid !== targp.p_pid) {
    const exists = yield* pgfind(pgid);
    if (!exists) return EPERM;
  }
  yield* enterpgrp(targp, pgid, false);
  return 0;
}

/** May p move targp to another group? Locks: targp's lock. Does not sleep. */
function setpgid_allowed(p: proc, targp: proc): int {
  let q = targp;
  while (q !== null && q !== p) q = q.p_pptr;
  if (q === null) return ESRCH;
  if (targp.p_sid !== p.p_sid) return EPERM;
  if ((targp.p_flag & P_EXEC) !== 0) return EACCES;
  return 0;
}

/** Is p the super-user? 0 or EPERM. Locks: none. Does not sleep. */
export function suser(p: proc): int {
  if (p.p_ucred_uid !== 0) return EPERM;
  p.p_acflag |= ASU;
  return 0;
}

/** issetugid(2). Locks: none (MPSAFE). Does not sleep. */
export function* issetugid(p: proc, uap: u32): Sleeps<int> {
  p.p_retval[0] = (p.p_flag & P_SUGID) !== 0 ? 1 : 0;
  return 0;
}
