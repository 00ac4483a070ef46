/**
 * Time of day, sleeping and interval timers (kern/kern_time.c).
 *
 * ITIMER_REAL is a callout in struct proc, because it must run while the process is swapped out. The other
 * two lie with the accounting in struct user and are counted down by hardclock while the process runs.
 */
import { copyin, copyout, suword } from '../i386/support.js';
import { EFAULT, EINTR, EINVAL, ERESTART, EWOULDBLOCK } from '../sys/errno.h.js';
import { PCATCH, PWAIT } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import { SIGALRM } from '../sys/signal.h.js';
import type {
  clock_gettime_args,
  getitimer_args,
  gettimeofday_args,
  nanosleep_args,
  setitimer_args,
} from '../sys/sysproto.h.js';
import type { itimerval, timespec, timeval } from '../sys/time.h.js';
import { CLOCK_MONOTONIC, CLOCK_REALTIME, ITIMER_PROF, ITIMER_REAL, timevalisset } from '../sys/time.h.js';
import { tick, tvtohz } from './kern_clock.js';
import { psignal } from './kern_sig.js';
import { tsleep } from './kern_synch.js';
import { microtime, microuptime } from './kern_tc.js';
import { callout_reset, callout_stop } from './kern_timeout.js';

/**
 * gettimeofday(2). There are no time zones: tzp gets zeros. Locks: none needed (MPSAFE). May sleep (copyout).
 */
export function* gettimeofday(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<gettimeofday_args>(uap);
  let error: int = 0;
  if (args.tp !== 0) {
    const tv = $local<timeval>();
    microtime(tv);
    error = yield* copyout($addr(tv), args.tp, $sizeof<timeval>());
  }
  if (error === 0 && args.tzp !== 0) {
    error = yield* suword(args.tzp, 0);
    if (error === 0) error = yield* suword(args.tzp + 4, 0);
    if (error !== 0) error = EFAULT;
  }
  return error;
}

/** clock_gettime(2). Locks: none needed. May sleep (copyout). */
export function* clock_gettime(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<clock_gettime_args>(uap);
  const tv = $local<timeval>();
  const ts = $local<timespec>();
  switch (args.clock_id) {
    case CLOCK_REALTIME:
      microtime(tv);
      break;
    case CLOCK_MONOTONIC:
      microuptime(tv);
      break;
    default:
      return EINVAL;
  }
  ts.ts_sec = tv.tv_sec;
  ts.ts_nsec = tv.tv_usec * 1000;
  return yield* copyout($addr(ts), args.tp, $sizeof<timespec>());
}

/**
 * Sleeps for the time rqt; if a signal ends it early, rmt gets what is left.
 * Locks: Giant or none. Sleeps.
 */
function* nanosleep1(p: proc, rqt: timespec, rmt: timespec): Sleeps<int> {
  if (rqt.ts_nsec < 0 || rqt.ts_nsec >= 1000000000) return EINVAL;
  if (rqt.ts_sec < 0 || (rqt.ts_sec === 0 && rqt.ts_nsec === 0)) return 0;
  const now = $local<timeval>();
  const end = $local<timeval>();
  const left = $local<timeval>();
  microuptime(end);
  left.tv_sec = rqt.ts_sec;
  left.tv_usec = (rqt.ts_nsec + 999) / 1000;
  timevalfix(left);
  timevaladd(end, left);
  for (;;) {
    const error = yield* tsleep($addr(nanowait), PWAIT | PCATCH, 'nanslp', tvtohz(left));
    microuptime(now);
    $copy(left, end);
    timevalsub(left, now);
    /* 0: it was stopped and continued meanwhile (kern_sig.ts), and has to sleep the rest. */
    if (error !== EWOULDBLOCK && error !== 0) {
      if (left.tv_sec < 0) {
        left.tv_sec = 0;
        left.tv_usec = 0;
      }
      rmt.ts_sec = left.tv_sec;
      rmt.ts_nsec = left.tv_usec * 1000;
      return error === ERESTART ? EINTR : error;
    }
    /* The clock ticks every 10 ms; sleep on if that was too early. */
    if (left.tv_sec < 0 || (left.tv_sec === 0 && left.tv_usec === 0)) return 0;
  }
}

/** Nobody wakes this. */
let nanowait: embed<timeval>;

/** nanosleep(2). Locks: none needed (MPSAFE). Sleeps. */
export function* nanosleep(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<nanosleep_args>(uap);
  const rqt = $local<timespec>();
  const rmt = $local<timespec>();
  let error = yield* copyin(args.rqtp, $addr(rqt), $sizeof<timespec>());
  if (error !== 0) return error;
  error = yield* nanosleep1(p, rqt, rmt);
  if (error !== 0 && error !== EINVAL && args.rmtp !== 0) {
    const error2 = yield* copyout($addr(rmt), args.rmtp, $sizeof<timespec>());
    if (error2 !== 0) error = error2;
  }
  return error;
}

/** getitimer(2). Locks: Giant; takes and drops p's lock. May sleep. */
export function* getitimer(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<getitimer_args>(uap);
  const itv = $local<itimerval>();
  if (args.which > ITIMER_PROF) return EINVAL;
  yield* itimer_get(p, $i32(args.which), itv);
  return yield* copyout($addr(itv), args.itv, $sizeof<itimerval>());
}

/** Reads a timer: the time left, not the time it is due. Locks: takes and drops p's lock. May sleep. */
function* itimer_get(p: proc, which: int, itv: itimerval): Sleeps {
  const now = $local<timeval>();
  yield* PROC_LOCK(p);
  if (which !== ITIMER_REAL) {
    $copy(itv, p.p_stats.p_timer[which]);
    PROC_UNLOCK(p);
    return;
  }
  $copy(itv, p.p_realtimer);
  PROC_UNLOCK(p);
  if (!timevalisset(itv.it_value)) return;
  microuptime(now);
  if (timevalcmp(itv.it_value, now) < 0) {
    itv.it_value.tv_sec = 0;
    itv.it_value.tv_usec = 0;
  } else {
    timevalsub(itv.it_value, now);
  }
}

/** setitimer(2). Locks: Giant; takes and drops p's lock. May sleep. */
export function* setitimer(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<setitimer_args>(uap);
  const aitv = $local<itimerval>();
  const oitv = $local<itimerval>();
  let error: int = 0;
  if (args.which > ITIMER_PROF) return EINVAL;
  if (args.itv !== 0) {
    error = yield* copyin(args.itv, $addr(aitv), $sizeof<itimerval>());
    if (error !== 0) return error;
  }
  if (args.oitv !== 0) {
    yield* itimer_get(p, $i32(args.which), oitv);
    error = yield* copyout($addr(oitv), args.oitv, $sizeof<itimerval>());
    if (error !== 0) return error;
  }
  if (args.itv === 0) return 0;
  if (itimerfix(aitv.it_value) !== 0) return EINVAL;
  if (!timevalisset(aitv.it_value)) {
    aitv.it_interval.tv_sec = 0;
    aitv.it_interval.tv_usec = 0;
  } else if (itimerfix(aitv.it_interval) !== 0) return EINVAL;
  yield* itimer_set(p, $i32(args.which), aitv);
  return 0;
}

/** Sets a timer. Locks: takes and drops p's lock. May sleep. */
function* itimer_set(p: proc, which: int, itv: itimerval): Sleeps {
  const now = $local<timeval>();
  yield* PROC_LOCK(p);
  if (which !== ITIMER_REAL) {
    $copy(p.p_stats.p_timer[which], itv);
    PROC_UNLOCK(p);
    return;
  }
  if (timevalisset(p.p_realtimer.it_value)) callout_stop(p.p_itcallout);
  if (timevalisset(itv.it_value)) {
    callout_reset(p.p_itcallout, tvtohz(itv.it_value), realitexpire, $addr(p));
    microuptime(now);
    timevaladd(itv.it_value, now);
  }
  /* it_value holds the time it is due from here on. */
  $copy(p.p_realtimer, itv);
  PROC_UNLOCK(p);
}

/**
 * ITIMER_REAL of a process goes off. A callout.
 * Locks: Giant (the callout is not MPSAFE); takes and drops the process's lock. May sleep.
 */
export function* realitexpire(arg: u32): Sleeps {
  const p = $cast<proc>(arg);
  const now = $local<timeval>();
  const left = $local<timeval>();
  yield* PROC_LOCK(p);
  if (!timevalisset(p.p_realtimer.it_value)) {
    /* Stopped while we were on our way. */
    PROC_UNLOCK(p);
    return;
  }
  psignal(p, SIGALRM);
  if (!timevalisset(p.p_realtimer.it_interval)) {
    p.p_realtimer.it_value.tv_sec = 0;
    p.p_realtimer.it_value.tv_usec = 0;
    PROC_UNLOCK(p);
    return;
  }
  /*
   * From the time it was due, not from now: the period stays exact. Periods that have passed already are left
   * out.
   */
  for (;;) {
    timevaladd(p.p_realtimer.it_value, p.p_realtimer.it_interval);
    microuptime(now);
    if (timevalcmp(p.p_realtimer.it_value, now) > 0) break;
  }
  $copy(left, p.p_realtimer.it_value);
  timevalsub(left, now);
  callout_reset(p.p_itcallout, tvtohz(left), realitexpire, arg);
  PROC_UNLOCK(p);
}

/** Checks a timer value and rounds it up to a clock tick. 0 or EINVAL. Locks: none. Does not sleep. */
export function itimerfix(tv: timeval): int {
  if (tv.tv_sec < 0 || tv.tv_sec > 100000000 || tv.tv_usec < 0 || tv.tv_usec >= 1000000) return EINVAL;
  if (tv.tv_sec === 0 && tv.tv_usec !== 0 && tv.tv_usec < tick) tv.tv_usec = tick;
  return 0;
}

/**
 * Counts a virtual timer down by `usec`, less than a second. Returns 0 when it goes off, and reloads it then.
 * Locks: none (hardclock, on the process's own CPU). Does not sleep.
 */
export function itimerdecr(itp: itimerval, usec: int): int {
  if (itp.it_value.tv_usec < usec) {
    if (itp.it_value.tv_sec === 0) {
      itimer_reload(itp, usec - itp.it_value.tv_usec);
      return 0;
    }
    itp.it_value.tv_usec += 1000000;
    itp.it_value.tv_sec--;
  }
  itp.it_value.tv_usec -= usec;
  if (timevalisset(itp.it_value)) return 1;
  itimer_reload(itp, 0);
  return 0;
}

/** Starts a virtual timer again that went off `usec` ago. Locks: as itimerdecr. */
function itimer_reload(itp: itimerval, usec: int): void {
  $copy(itp.it_value, itp.it_interval);
  if (!timevalisset(itp.it_interval)) return;
  itp.it_value.tv_usec -= usec;
  if (itp.it_value.tv_usec < 0) {
    itp.it_value.tv_usec += 1000000;
    itp.it_value.tv_sec--;
  }
}

/** t1 += t2. Locks: those of both. Does not sleep. */
export function timevaladd(t1: timeval, t2: timeval): void {
  t1.tv_sec += t2.tv_sec;
  t1.tv_usec += t2.tv_usec;
  timevalfix(t1);
}

/** t1 -= t2. Locks: those of both. Does not sleep. */
export function timevalsub(t1: timeval, t2: timeval): void {
  t1.tv_sec -= t2.tv_sec;
  t1.tv_usec -= t2.tv_usec;
  timevalfix(t1);
}

/** Carries microseconds into seconds. Locks: that of t1. Does not sleep. */
function timevalfix(t1: timeval): void {
  if (t1.tv_usec < 0) {
    t1.tv_sec--;
    t1.tv_usec += 1000000;
  }
  if (t1.tv_usec >= 1000000) {
    t1.tv_sec++;
    t1.tv_usec -= 1000000;
  }
}

/** -1, 0 or 1 as a is before, at or after b. Locks: those of both. Does not sleep. */
export function timevalcmp(a: timeval, b: timeval): int {
  if (a.tv_sec !== b.tv_sec) return a.tv_sec < b.tv_sec ? -1 : 1;
  if (a.tv_usec !== b.tv_usec) return a.tv_usec < b.tv_usec ? -1 : 1;
  return 0;
}
