/**
 * Priorities, limits, accounting (kern/kern_resource.c).
 *
 * Deviation: no per-user accounting structure (uidinfo); who needs the number of a user's processes counts
 * them (uid_proccnt).
 */
import { get_pcpu, rdtsc } from '../i386/cpufunc.h.js';
import { curproc } from '../i386/pcpu.h.js';
import { bcopy, copyin, copyout } from '../i386/support.js';
import { SIDL } from '../sys/_proc.h.js';
import { EACCES, EINVAL, EPERM, ESRCH } from '../sys/errno.h.js';
import { M_WAITOK } from '../sys/malloc.h.js';
import { MA_OWNED, mtx_assert } from '../sys/mutex.h.js';
import type { proc } from '../sys/proc.h.js';
import { PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import type { rlimit, rusage } from '../sys/resource.h.js';
import {
  PRIO_MAX,
  PRIO_MIN,
  PRIO_PGRP,
  PRIO_PROCESS,
  PRIO_USER,
  RLIMIT_CPU,
  RLIMIT_DATA,
  RLIMIT_MEMLOCK,
  RLIMIT_NOFILE,
  RLIMIT_NPROC,
  RLIMIT_STACK,
  RLIM_INFINITY,
  RLIM_NLIMITS,
  RUSAGE_CHILDREN,
  RUSAGE_SELF,
} from '../sys/resource.h.js';
import type { plimit } from '../sys/resourcevar.h.js';
import type {
  getpriority_args,
  getrlimit_args,
  getrusage_args,
  setpriority_args,
} from '../sys/sysproto.h.js';
import type { timeval } from '../sys/time.h.js';
import type { rlim_t, vm_offset_t } from '../sys/types.h.js';
import { vm_map_protect } from '../vm/vm_map_prot.js';
import { cnt } from '../vm/vm_meter.js';
import {
  MAXDSIZ,
  MAXSSIZ,
  USRSTACK,
  VM_PROT_ALL,
  VM_PROT_NONE,
  ptoa,
  round_page,
  trunc_page,
} from '../vm/vm_param.h.js';
import { maxfilesperproc } from './kern_descrip.js';
import { M_SUBPROC, malloc } from './kern_malloc.js';
import { mtx_lock_spin, mtx_unlock_spin, sched_lock } from './kern_mutex.js';
import { allproc, allproc_lock, maxprocperuid } from './kern_proc.js';
import { suser } from './kern_prot.js';
import { vm_lock, vm_owned, vm_unlock } from './kern_regime.h.js';
import { resetpriority } from './kern_sched.js';
import { sx_slock, sx_sunlock } from './kern_sx.js';
import { timevaladd } from './kern_time.js';

/** The limits of process 0, from which all others come. */
export let limit0: embed<plimit>;

/** getpriority(2). Locks: Giant; takes and drops allproc_lock. May sleep. */
export function* getpriority(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<getpriority_args>(uap);
  let low: int = PRIO_MAX + 1;
  if (args.which < PRIO_PROCESS || args.which > PRIO_USER) return EINVAL;
  yield* sx_slock(allproc_lock);
  for (let q = LIST_FIRST(allproc); q !== null; q = LIST_NEXT(q, 'p_list')) {
    if (prio_selects(p, q, args.which, args.who) && q.p_nice < low) low = q.p_nice;
  }
  sx_sunlock(allproc_lock);
  if (low === PRIO_MAX + 1) return ESRCH;
  p.p_retval[0] = low;
  return 0;
}

/** setpriority(2). Locks: Giant; takes and drops allproc_lock and processes. May sleep. */
export function* setpriority(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<setpriority_args>(uap);
  let found: int = 0;
  let error: int = 0;
  if (args.which < PRIO_PROCESS || args.which > PRIO_USER) return EINVAL;
  yield* sx_slock(allproc_lock);
  for (let q = LIST_FIRST(allproc); q !== null; q = LIST_NEXT(q, 'p_list')) {
    if (!prio_selects(p, q, args.which, args.who)) continue;
    found++;
    yield* PROC_LOCK(q);
    const e = donice(p, q, args.prio);
    PROC_UNLOCK(q);
    if (e !== 0) error = e;
  }
  sx_sunlock(allproc_lock);
  return found === 0 ? ESRCH : error;
}

/** Is q one of those that (which, who) names for p? Locks: allproc_lock. Does not sleep. */
function prio_selects(p: proc, q: proc, which: int, who: int): boolean {
  if (q.p_stat === SIDL) return false;
  switch (which) {
    case PRIO_PROCESS:
      return q.p_pid === (who === 0 ? p.p_pid : who);
    case PRIO_PGRP:
      return q.p_pgid === (who === 0 ? p.p_pgid : who);
    default:
      return q.p_ucred_uid === (who === 0 ? p.p_ucred_uid : $u32(who));
  }
}

/**
 * Sets a nice value on behalf of curp. Locks: q's lock held, kept; takes and drops sched_lock. Does not
 * sleep.
 */
function donice(curp: proc, q: proc, n: int): int {
  if (curp.p_ucred_uid !== 0 && curp.p_ucred_uid !== q.p_ucred_uid) return EPERM;
  if (n > PRIO_MAX) n = PRIO_MAX;
  if (n < PRIO_MIN) n = PRIO_MIN;
  if (n < q.p_nice && suser(curp) !== 0) return EACCES;
  mtx_lock_spin(sched_lock);
  q.p_nice = n;
  resetpriority(q);
  mtx_unlock_spin(sched_lock);
  return 0;
}

/** setrlimit(2). Locks: Giant. May sleep. */
export function* setrlimit(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<getrlimit_args>(uap);
  const lim = $local<rlimit>();
  const error = yield* copyin(args.rlp, $addr(lim), $sizeof<rlimit>());
  if (error !== 0) return error;
  return yield* dosetrlimit(p, args.which, lim);
}

/** Limits of the system: nobody's may be higher. Locks: none. Does not sleep. */
function clip_limit(which: u_int, lim: rlimit): void {
  let most: rlim_t = RLIM_INFINITY;
  switch ($i32(which)) {
    case RLIMIT_DATA:
      most = MAXDSIZ;
      break;
    case RLIMIT_STACK:
      most = MAXSSIZ;
      break;
    case RLIMIT_NOFILE:
      most = maxfilesperproc;
      break;
    case RLIMIT_NPROC:
      most = maxprocperuid;
      break;
  }
  if (lim.rlim_cur > most) lim.rlim_cur = most;
  if (lim.rlim_max > most) lim.rlim_max = most;
}

/** Changes a limit of process p. Locks: Giant. May sleep. */
export function* dosetrlimit(p: proc, which: u_int, lim: rlimit): Sleeps<int> {
  if (which >= RLIM_NLIMITS) return EINVAL;
  if (lim.rlim_cur < 0 || lim.rlim_max < 0) return EINVAL;
  const old = p.p_limit.pl_rlimit[$i32(which)];
  if (lim.rlim_cur > old.rlim_max || lim.rlim_max > old.rlim_max) {
    const error = suser(p);
    if (error !== 0) return error;
  }
  if (lim.rlim_cur > lim.rlim_max) lim.rlim_cur = lim.rlim_max;
  clip_limit(which, lim);
  if (p.p_limit.p_refcnt > 1) {
    const copy = yield* limcopy(p.p_limit);
    p.p_limit.p_refcnt--;
    p.p_limit = copy;
  }
  const alimp = p.p_limit.pl_rlimit[$i32(which)];
  if (which === RLIMIT_STACK) yield* stack_limit(p, alimp.rlim_cur, lim.rlim_cur);
  if (which === RLIMIT_CPU) {
    p.p_limit.p_cpulimit = lim.rlim_cur >= RLIM_INFINITY / 1000000 ? RLIM_INFINITY : lim.rlim_cur * 1000000;
  }
  $copy(alimp, lim);
  return 0;
}

/**
 * The stack's whole range is a map entry; what the limit does not allow has no access.
 * Locks: Giant; takes and drops the vm lock. May sleep.
 */
function* stack_limit(p: proc, from: rlim_t, to: rlim_t): Sleeps {
  let size: rlim_t = 0;
  let prot: int = VM_PROT_NONE;
  let addr: vm_offset_t = 0;
  if (from === to) return;
  if (to > from) {
    prot = VM_PROT_ALL;
    size = to - from;
    addr = USRSTACK - $u32(to);
  } else {
    size = from - to;
    addr = USRSTACK - $u32(from);
  }
  const start = trunc_page(addr);
  const len = round_page($u32(size));
  const had = vm_owned();
  if (!had) yield* vm_lock();
  yield* vm_map_protect(p.p_vmspace.vm_map, start, start + len, prot, false);
  if (!had) vm_unlock();
}

/** getrlimit(2). Locks: Giant. May sleep. */
export function* getrlimit(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<getrlimit_args>(uap);
  if (args.which >= RLIM_NLIMITS) return EINVAL;
  return yield* copyout($addr(p.p_limit.pl_rlimit[$i32(args.which)]), args.rlp, $sizeof<rlimit>());
}

/** A private copy of limits. Locks: Giant. May sleep. */
export function* limcopy(lim: plimit): Sleeps<plimit> {
  const copy = $cast<plimit>(yield* malloc($sizeof<plimit>(), M_SUBPROC, M_WAITOK));
  bcopy($addr(lim), $addr(copy), $sizeof<plimit>());
  copy.p_refcnt = 1;
  return copy;
}

/** Microseconds as a time value. Locks: that of tv. Does not sleep. */
function usec2tv(usec: u64, tv: timeval): void {
  tv.tv_sec = $i32(usec / 1000000);
  tv.tv_usec = $i32(usec % 1000000);
}

/**
 * Splits a process's run time into user, system and interrupt time by the ticks that statclock counted. Each
 * of the three never goes back from one call to the next. ip may be null. Locks: sched_lock held, kept. Does
 * not sleep.
 */
export function calcru(p: proc, up: timeval, sp: timeval, ip: timeval): void {
  mtx_assert(sched_lock, MA_OWNED);
  let st: u64 = p.p_sticks;
  const ut: u64 = p.p_uticks;
  const it: u64 = p.p_iticks;
  let tot: u64 = ut + st + it;
  if (tot === 0) {
    st = 1;
    tot = 1;
  }
  let totusec: u64 = p.p_runtime;
  if (p === curproc()) totusec += (rdtsc() - get_pcpu().switchtime) / 1000;
  if (totusec < p.p_uu + p.p_su + p.p_iu) totusec = p.p_uu + p.p_su + p.p_iu;
  let uu: u64 = (totusec * ut) / tot;
  let iu: u64 = (totusec * it) / tot;
  if (uu < p.p_uu) uu = p.p_uu;
  if (iu < p.p_iu) iu = p.p_iu;
  let su: u64 = totusec - uu - iu;
  /* The shares moved: what was reported as system time once stays so. */
  if (totusec < uu + iu || su < p.p_su) su = p.p_su;
  p.p_uu = uu;
  p.p_su = su;
  p.p_iu = iu;
  usec2tv(uu, up);
  usec2tv(su, sp);
  if (ip !== null) usec2tv(iu, ip);
}

/** getrusage(2). Locks: Giant; takes and drops sched_lock. May sleep. */
export function* getrusage(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<getrusage_args>(uap);
  let rup = p.p_stats.p_cru;
  switch (args.who) {
    case RUSAGE_SELF:
      rup = p.p_stats.p_ru;
      mtx_lock_spin(sched_lock);
      calcru(p, rup.ru_utime, rup.ru_stime, null);
      mtx_unlock_spin(sched_lock);
      break;
    case RUSAGE_CHILDREN:
      break;
    default:
      return EINVAL;
  }
  return yield* copyout($addr(rup), args.rusage, $sizeof<rusage>());
}

/** Adds ru2 to ru. Locks: those of both. Does not sleep. */
export function ruadd(ru: rusage, ru2: rusage): void {
  timevaladd(ru.ru_utime, ru2.ru_utime);
  timevaladd(ru.ru_stime, ru2.ru_stime);
  if (ru.ru_maxrss < ru2.ru_maxrss) ru.ru_maxrss = ru2.ru_maxrss;
  ru.ru_ixrss += ru2.ru_ixrss;
  ru.ru_idrss += ru2.ru_idrss;
  ru.ru_isrss += ru2.ru_isrss;
  ru.ru_minflt += ru2.ru_minflt;
  ru.ru_majflt += ru2.ru_majflt;
  ru.ru_nswap += ru2.ru_nswap;
  ru.ru_inblock += ru2.ru_inblock;
  ru.ru_oublock += ru2.ru_oublock;
  ru.ru_msgsnd += ru2.ru_msgsnd;
  ru.ru_msgrcv += ru2.ru_msgrcv;
  ru.ru_nsignals += ru2.ru_nsignals;
  ru.ru_nvcsw += ru2.ru_nvcsw;
  ru.ru_nivcsw += ru2.ru_nivcsw;
}

/** The limits of process 0 that vm_init_limits does not set. Locks: none (boot). Does not sleep. */
export function limit_init(): void {
  for (let i: int = 0; i < RLIM_NLIMITS; i++) {
    limit0.pl_rlimit[i].rlim_cur = RLIM_INFINITY;
    limit0.pl_rlimit[i].rlim_max = RLIM_INFINITY;
  }
  limit0.pl_rlimit[RLIMIT_NOFILE].rlim_cur = maxfilesperproc;
  limit0.pl_rlimit[RLIMIT_NOFILE].rlim_max = maxfilesperproc;
  limit0.pl_rlimit[RLIMIT_NPROC].rlim_cur = maxprocperuid;
  limit0.pl_rlimit[RLIMIT_NPROC].rlim_max = maxprocperuid;
  const mem: rlim_t = ptoa(cnt.v_free_count);
  limit0.pl_rlimit[RLIMIT_MEMLOCK].rlim_max = mem;
  limit0.pl_rlimit[RLIMIT_MEMLOCK].rlim_cur = mem / 3;
  limit0.p_cpulimit = RLIM_INFINITY;
  limit0.p_refcnt = 1;
}
