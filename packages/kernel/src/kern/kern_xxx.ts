/**
 * Names of the system (kern/kern_xxx.c and conf/newvers.sh).
 */
import { ENOSYS } from '../sys/errno.h.js';
import { PRI_MAX_TIMESHARE } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import { SIGSYS } from '../sys/signal.h.js';
import type { pipe_args } from '../sys/sysproto.h.js';
import { drop_giant, mtx_lock_spin, mtx_unlock_spin, pickup_giant, sched_lock } from './kern_mutex.js';
import { psignal } from './kern_sig.js';
import { setrunqueue } from './kern_switch.js';
import { mi_switch } from './kern_synch.js';
import { pipe } from './sys_pipe.js';

export let ostype: array<char, 8> = $init('FreeBSD');
export let osrelease: array<char, 16> = $init('5.0-CURRENT');
/** __FreeBSD_version of the week of the report. */
export let osreldate: int = 500024;
export let osrevision: int = 199506;
export let kern_ident: array<char, 16> = $init('GENERIC');
/** There is one version: the build must not depend on the day. */
export let version: array<char, 96> = $init('trap12 5.0-CURRENT #0: Fri May 25 00:00:00 UTC 2001\n');
export let copyright: array<char, 128> = $init(
  'Copyright (c) the trap12 authors.\n\tA deterministic BSD kernel on a simulated i386.\n',
);
export let hw_machine: array<char, 8> = $init('i386');
export let cpu_model: array<char, 48> = $init('trap12 simulated i386');
/** kern.hostname; sysctl sets it. */
export let hostname: array<char, 64> = $init('trap12');

/** A system call that is not there. Kills with SIGSYS. Locks: Giant; takes and drops p's lock. May sleep. */
export function* nosys(p: proc, uap: u32): Sleeps<int> {
  yield* PROC_LOCK(p);
  psignal(p, SIGSYS);
  PROC_UNLOCK(p);
  return ENOSYS;
}

/** sched_yield(2). Locks: takes and drops sched_lock. May switch. */
export function* sched_yield(p: proc, uap: u32): Sleeps<int> {
  const depth = drop_giant();
  mtx_lock_spin(sched_lock);
  p.p_priority = PRI_MAX_TIMESHARE;
  setrunqueue(p);
  p.p_stats.p_ru.ru_nvcsw++;
  yield* mi_switch();
  mtx_unlock_spin(sched_lock);
  yield* pickup_giant(depth);
  p.p_retval[0] = 0;
  return 0;
}

/**
 * pipe(2) as programs of 2001 call it: without arguments, both descriptors are results. Locks: Giant. May
 * sleep.
 */
export function* sys_pipe(p: proc, uap: u32): Sleeps<int> {
  const args = $local<pipe_args>();
  args.fds = 0;
  return yield* pipe(p, $addr(args));
}
