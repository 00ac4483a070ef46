/**
 * The process table: lists, the pid hash, process groups and sessions, kern.proc.
 *
 * Invariants.
 *   P1  Every process is on exactly one of allproc (SIDL to SSTOP) and zombproc (SZOMB, and dying ones between exit1's move
 *       and cpu_exit). allproc_lock guards both lists and the hash; a process on allproc is in the hash, a zombie is not.
 *   P2  proctree_lock guards p_pptr, p_children and p_sibling, p_pgid and p_sid. Who holds it shared may follow them.
 *   P3  Order of locks: Giant, proctree_lock, allproc_lock, a process, its parent. sched_lock comes last.
 *   P4  A process whose p_stat is SIDL is only half made: nobody but its parent may look beyond its links and pid.
 *   P5  struct proc comes from a zone and is type-stable: a stale pointer still points at a process structure.
 *
 * Deviation: groups and sessions are numbers (p_pgid, p_sid), without struct pgrp and struct session; a group exists as long as a
 * process carries its number. There is no job-control count (pg_jobc).
 */
import { curproc } from '../i386/pcpu.h.js';
import { bzero, copystr } from '../i386/support.js';
import { PS_INMEM, P_CONTROLT, SIDL, SMTX, SZOMB } from '../sys/_proc.h.js';
import { EINVAL, ESRCH } from '../sys/errno.h.js';
import { MAXCOMLEN, UPAGES } from '../sys/param.h.js';
import type { pargs, proc } from '../sys/proc.h.js';
import { PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import type { sx } from '../sys/sx.h.js';
import { SX_XLOCKED } from '../sys/sx.h.js';
import { KERN_PROC_ALL, KERN_PROC_PGRP, KERN_PROC_PID, KERN_PROC_UID } from '../sys/sysctl.h.js';
import type { sysctl_oid, sysctl_req } from '../sys/sysctlvar.h.js';
import type { pid_t, uid_t } from '../sys/types.h.js';
import type { kinfo_proc } from '../sys/user.h.js';
import { KI_LOCKNAMELEN, KI_MTXBLOCK, KI_WMESGLEN } from '../sys/user.h.js';
import type { vm_zone } from '../vm/vm_zone.h.js';
import { zinit } from '../vm/vm_zone.js';
import { M_PARGS, free } from './kern_malloc.js';
import { mtx_lock_spin, mtx_unlock_spin, sched_lock } from './kern_mutex.js';
import { vm_lock, vm_owned, vm_unlock } from './kern_regime.h.js';
import { calcru } from './kern_resource.js';
import { sx_assert, sx_init, sx_slock, sx_sunlock, sx_xlock, sx_xunlock } from './kern_sx.js';
import { SYSCTL_OUT } from './kern_sysctl.js';

/** Hash chains by pid; a power of two. */
const PIDHASH_SIZE = 128;

export let proc0: embed<proc>;
/** Process 1. */
export let initproc: proc = null;
export let allproc: embed<LIST_HEAD<proc>>;
export let zombproc: embed<LIST_HEAD<proc>>;
export let allproc_lock: embed<sx>;
export let proctree_lock: embed<sx>;
export let proc_zone: vm_zone = null;
export let pidhashtbl: array<embed<LIST_HEAD<proc>>, 128>;
/** Processes there are, and most there may be. */
export let nprocs: int = 1;
export let maxproc: int = 532;
export let maxprocperuid: int = 531;

/** The chain of a pid. Locks: allproc_lock to follow it. @inline */
export function PIDHASH(pid: pid_t): LIST_HEAD<proc> {
  return pidhashtbl[pid & (PIDHASH_SIZE - 1)];
}

/** Prepares the lists and the zone of processes. Locks: Giant, at boot. May sleep (zinit). */
export function* procinit(): Sleeps {
  sx_init(allproc_lock, 'allproc');
  sx_init(proctree_lock, 'proctree');
  LIST_INIT(allproc);
  LIST_INIT(zombproc);
  for (let i: int = 0; i < PIDHASH_SIZE; i++) LIST_INIT(pidhashtbl[i]);
  proc_zone = yield* zinit('PROC', $sizeof<proc>(), 0, 0, 5);
}

/** Enters a process into allproc and the hash. Locks: allproc_lock exclusive, kept. Does not sleep. */
export function proc_enter(p: proc): void {
  sx_assert(allproc_lock, SX_XLOCKED);
  LIST_INSERT_HEAD(allproc, p, 'p_list');
  LIST_INSERT_HEAD(PIDHASH(p.p_pid), p, 'p_hash');
}

/**
 * Finds a living process by its id; null if there is none or it is not complete yet.
 * Locks: takes and drops allproc_lock; leaves the found process locked. May sleep.
 */
export function* pfind(pid: pid_t): Sleeps<proc> {
  yield* sx_slock(allproc_lock);
  let p = LIST_FIRST(PIDHASH(pid));
  while (p !== null && p.p_pid !== pid) p = LIST_NEXT(p, 'p_hash');
  if (p !== null && p.p_stat === SIDL) p = null;
  if (p !== null) yield* PROC_LOCK(p);
  sx_sunlock(allproc_lock);
  return p;
}

/**
 * Finds a zombie by its id, or null.
 * Locks: takes and drops allproc_lock; leaves the zombie locked. May sleep.
 */
export function* zpfind(pid: pid_t): Sleeps<proc> {
  yield* sx_slock(allproc_lock);
  let p = LIST_FIRST(zombproc);
  while (p !== null && p.p_pid !== pid) p = LIST_NEXT(p, 'p_list');
  if (p !== null) yield* PROC_LOCK(p);
  sx_sunlock(allproc_lock);
  return p;
}

/** Does a process group have a member? Locks: takes and drops allproc_lock. May sleep. */
export function* pgfind(pgid: pid_t): Sleeps<boolean> {
  yield* sx_slock(allproc_lock);
  let p = LIST_FIRST(allproc);
  while (p !== null && (p.p_pgid !== pgid || p.p_stat === SIDL)) p = LIST_NEXT(p, 'p_list');
  sx_sunlock(allproc_lock);
  return p !== null;
}

/** Moves a process to a group, and to a session of its own if `mksess`. Locks: Giant; takes and drops proctree_lock. May sleep. */
export function* enterpgrp(p: proc, pgid: pid_t, mksess: boolean): Sleeps {
  yield* sx_xlock(proctree_lock);
  p.p_pgid = pgid;
  if (mksess) {
    KASSERT(p === curproc(), 'enterpgrp: new session and p is not curproc');
    p.p_sid = p.p_pid;
  }
  sx_xunlock(proctree_lock);
  if (mksess) {
    yield* PROC_LOCK(p);
    p.p_flag &= ~P_CONTROLT;
    PROC_UNLOCK(p);
  }
}

/** Gives a child to another parent. Locks: proctree_lock exclusive, kept. Does not sleep. */
export function proc_reparent(child: proc, parent: proc): void {
  sx_assert(proctree_lock, SX_XLOCKED);
  if (child.p_pptr === parent) return;
  LIST_REMOVE(child, 'p_sibling');
  LIST_INSERT_HEAD(parent.p_children, child, 'p_sibling');
  child.p_pptr = parent;
}

/** The number of processes of a user. Locks: takes and drops allproc_lock. May sleep. */
export function* uid_proccnt(uid: uid_t): Sleeps<int> {
  let n: int = 0;
  yield* sx_slock(allproc_lock);
  for (let p = LIST_FIRST(allproc); p !== null; p = LIST_NEXT(p, 'p_list')) {
    if (p.p_ucred_uid === uid) n++;
  }
  for (let p = LIST_FIRST(zombproc); p !== null; p = LIST_NEXT(p, 'p_list')) {
    if (p.p_ucred_uid === uid) n++;
  }
  sx_sunlock(allproc_lock);
  return n;
}

/** The address space's part of a kinfo_proc. Locks: takes and drops the vm lock. May sleep. */
function* fill_kinfo_vm(p: proc, kp: kinfo_proc): Sleeps {
  const had = vm_owned();
  if (!had) yield* vm_lock();
  const vm = p.p_vmspace;
  /* A zombie that is being reaped has none any more. */
  if (vm !== null && p.p_stat !== SIDL && p.p_stat !== SZOMB) {
    kp.ki_vmspace = $addr(vm);
    kp.ki_size = vm.vm_map.size;
    kp.ki_rssize = vm.vm_pmap.pm_resident_count;
    /* The kernel stack counts while it is in memory. */
    if ((p.p_sflag & PS_INMEM) !== 0) kp.ki_rssize += UPAGES;
    kp.ki_swrss = vm.vm_swrss;
    kp.ki_tsize = vm.vm_tsize;
    kp.ki_dsize = vm.vm_dsize;
    kp.ki_ssize = vm.vm_ssize;
  }
  if (!had) vm_unlock();
}

/** The scheduler's part. Locks: takes and drops sched_lock. Does not sleep. */
function fill_kinfo_sched(p: proc, kp: kinfo_proc): void {
  mtx_lock_spin(sched_lock);
  kp.ki_sflag = p.p_sflag;
  kp.ki_stat = p.p_stat;
  kp.ki_wchan = p.p_wchan;
  if (p.p_wmesg !== null) copystr($addr(p.p_wmesg), $addr(kp.ki_wmesg), KI_WMESGLEN + 1, null);
  kp.ki_wmesg[KI_WMESGLEN] = 0;
  if (p.p_stat === SMTX && p.p_mtxname !== null) {
    kp.ki_kiflag |= KI_MTXBLOCK;
    copystr($addr(p.p_mtxname), $addr(kp.ki_mtxname), KI_LOCKNAMELEN + 1, null);
    kp.ki_mtxname[KI_LOCKNAMELEN] = 0;
  }
  kp.ki_pctcpu = p.p_pctcpu;
  kp.ki_estcpu = p.p_estcpu;
  kp.ki_slptime = p.p_slptime;
  kp.ki_swtime = p.p_swtime;
  kp.ki_nice = p.p_nice;
  kp.ki_rqindex = p.p_rqindex;
  kp.ki_oncpu = p.p_oncpu;
  kp.ki_lastcpu = p.p_lastcpu;
  kp.ki_priority = p.p_priority;
  kp.ki_usrpri = p.p_usrpri;
  calcru(p, kp.ki_ru, kp.ki_rs, null);
  kp.ki_runtime = p.p_runtime;
  mtx_unlock_spin(sched_lock);
}

/**
 * Describes a process for ps and top.
 * Locks: allproc_lock held, so that the process stays; takes and drops the process, the vm lock, sched_lock. May sleep.
 */
export function* fill_kinfo_proc(p: proc, kp: kinfo_proc): Sleeps {
  bzero($addr(kp), $sizeof<kinfo_proc>());
  kp.ki_structsize = $i32($sizeof<kinfo_proc>());
  kp.ki_paddr = $addr(p);
  yield* fill_kinfo_vm(p, kp);
  yield* PROC_LOCK(p);
  kp.ki_addr = $addr(p.p_addr);
  kp.ki_pid = p.p_pid;
  /* Valid without proctree_lock only as numbers: the parent's memory is type-stable (P5). */
  if (p.p_pptr !== null) kp.ki_ppid = p.p_pptr.p_pid;
  kp.ki_pgid = p.p_pgid;
  kp.ki_sid = p.p_sid;
  kp.ki_siglist = p.p_siglist;
  kp.ki_sigmask = p.p_sigmask;
  kp.ki_sigignore = p.p_sigignore;
  kp.ki_sigcatch = p.p_sigcatch;
  kp.ki_uid = p.p_ucred_uid;
  kp.ki_flag = p.p_flag;
  kp.ki_xstat = p.p_xstat;
  kp.ki_acflag = p.p_acflag;
  kp.ki_lock = p.p_lock;
  copystr($addr(p.p_comm), $addr(kp.ki_comm), MAXCOMLEN + 1, null);
  fill_kinfo_sched(p, kp);
  /* The rest lies in struct user, which is there only while the process is in memory. */
  if (p.p_addr !== null && p.p_stat !== SZOMB && (kp.ki_sflag & PS_INMEM) !== 0) {
    $copy(kp.ki_start, p.p_stats.p_start);
    kp.ki_minflt = $u32(p.p_stats.p_ru.ru_minflt);
    kp.ki_majflt = $u32(p.p_stats.p_ru.ru_majflt);
  }
  PROC_UNLOCK(p);
}

/** Gives up a process's hold on its arguments. Locks: Giant. Does not sleep. */
export function pargs_drop(pa: pargs): void {
  if (pa !== null && --pa.ar_ref === 0) free($addr(pa), M_PARGS);
}

/**
 * kern.proc.args.N: the arguments of process N, each with its NUL; nothing if they are not kept.
 * Locks: none; takes and drops the process's lock (SYSCTL_OUT only fills a kernel buffer, so it may be held). May sleep.
 */
export function* sysctl_kern_proc_args(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  if (arg2 !== 1) return EINVAL;
  const p = yield* pfind($i32($ld32(arg1)));
  if (p === null) return ESRCH;
  let error: int = 0;
  const pa = p.p_args;
  if (pa !== null) error = SYSCTL_OUT(req, $addr(pa) + $sizeof<pargs>(), pa.ar_length);
  PROC_UNLOCK(p);
  return error;
}

/** Gives one process to a reader of kern.proc. Locks: allproc_lock shared. May sleep. */
function* sysctl_out_proc(p: proc, req: sysctl_req): Sleeps<int> {
  if (req.oldptr === 0) return SYSCTL_OUT(req, 0, $sizeof<kinfo_proc>());
  const kp = $local<kinfo_proc>();
  yield* fill_kinfo_proc(p, kp);
  return SYSCTL_OUT(req, $addr(kp), $sizeof<kinfo_proc>());
}

/** Does kern.proc.<what>.<value> ask for this process? Locks: that of the fields. Does not sleep. */
function sysctl_want_proc(p: proc, what: int, value: int): boolean {
  if (p.p_stat === SIDL) return false;
  switch (what) {
    case KERN_PROC_PID:
      return p.p_pid === value;
    case KERN_PROC_PGRP:
      return p.p_pgid === value;
    case KERN_PROC_UID:
      return p.p_ucred_uid === $u32(value);
  }
  return true;
}

/**
 * kern.proc.all, kern.proc.pid.N, kern.proc.pgrp.N, kern.proc.uid.N: an array of struct kinfo_proc.
 * Locks: none; takes and drops allproc_lock (SYSCTL_OUT only fills a kernel buffer, so it may be held). May sleep.
 */
export function* sysctl_kern_proc(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  const what = oidp.oid_number;
  let value: int = 0;
  if (what === KERN_PROC_ALL) {
    if (arg2 !== 0) return EINVAL;
  } else {
    if (arg2 !== 1) return EINVAL;
    value = $i32($ld32(arg1));
  }
  let error: int = 0;
  /* Room for processes that start between the asking for the size and the real call. */
  if (req.oldptr === 0) error = SYSCTL_OUT(req, 0, 5 * $sizeof<kinfo_proc>());
  yield* sx_slock(allproc_lock);
  for (let p = LIST_FIRST(allproc); p !== null && error === 0; p = LIST_NEXT(p, 'p_list')) {
    if (sysctl_want_proc(p, what, value)) error = yield* sysctl_out_proc(p, req);
  }
  for (let p = LIST_FIRST(zombproc); p !== null && error === 0; p = LIST_NEXT(p, 'p_list')) {
    if (sysctl_want_proc(p, what, value)) error = yield* sysctl_out_proc(p, req);
  }
  sx_sunlock(allproc_lock);
  return error;
}
