/**
 * Out of swap (part of vm_pageout_scan in vm/vm_pageout.c): the killing of the biggest process when there is
 * neither memory nor swap to be had.
 */
import { mtx_lock_spin, mtx_unlock_spin, sched_lock } from '../kern/kern_mutex.js';
import { allproc, allproc_lock } from '../kern/kern_proc.js';
import { vm_assert, vm_lock, vm_unlock } from '../kern/kern_regime.h.js';
import { resetpriority } from '../kern/kern_sched.js';
import { killproc, signotify } from '../kern/kern_sig.js';
import { sx_slock, sx_sunlock } from '../kern/kern_sx.js';
import { wakeup } from '../kern/kern_synch.js';
import { P_KILLED, P_SYSTEM, P_WEXIT, SRUN, SSLEEP } from '../sys/_proc.h.js';
import type { proc } from '../sys/proc.h.js';
import { PRIO_MIN } from '../sys/resource.h.js';
import { vmspace_resident_count } from './vm_map.h.js';
import { cnt } from './vm_meter.js';
import { vm_page_count_min, vm_paging_target } from './vm_pageout.h.js';
import { vmspace_swap_count } from './vm_vmspace.js';

/** Passes of the page daemon since the last process was killed. */
let oom_passes: int = 0;
/** After so many a killed process that is still there no longer saves the others. */
const OOM_PATIENCE = 20;
/** Free swap below which a shortage of memory is one of swap too, in pages. */
const OOM_SWAP_LOW = 64;

/**
 * What a process would give back if it were killed, in pages; 0 if it must not be: the system's own and init.
 * Differences to BSD: it also spares the first 48 pids while some swap is left, a guess at the daemons of its
 * time, where here all processes are young; and those with p_lock raised, which in a fault everybody has who
 * waits for memory. Locks: allproc_lock and vm lock held, kept; takes and drops sched_lock. Does not sleep.
 */
function vm_pageout_oom_size(p: proc): int {
  if ((p.p_flag & (P_SYSTEM | P_WEXIT)) !== 0 || p.p_pid === 1 || p.p_vmspace === null) return 0;
  if ((p.p_flag & P_KILLED) !== 0 && oom_passes > OOM_PATIENCE) return 0;
  mtx_lock_spin(sched_lock);
  const alive = p.p_stat === SRUN || p.p_stat === SSLEEP;
  mtx_unlock_spin(sched_lock);
  if (!alive) return 0;
  return $i32(vmspace_resident_count(p.p_vmspace)) + vmspace_swap_count(p.p_vmspace);
}

/**
 * The process that would give most back, or null. Locks: allproc_lock; takes and drops the vm lock. May sleep
 * for it.
 */
function* vm_pageout_bigproc(): Sleeps<proc> {
  let bigproc: proc = null;
  let bigsize: int = 0;
  yield* vm_lock();
  for (let p = LIST_FIRST(allproc); p !== null; p = LIST_NEXT(p, 'p_list')) {
    const size = vm_pageout_oom_size(p);
    if (size > bigsize) {
      bigproc = p;
      bigsize = size;
    }
  }
  vm_unlock();
  return bigproc;
}

/**
 * The end of a pass: if memory and swap are used up, kills the biggest process and lets it run, so that it
 * gives its pages back soon. One that was killed before and is not gone yet only gets another chance at a
 * page. Locks: vm lock held; let go of while process locks are taken (they come first). May sleep.
 */
export function* vm_pageout_oom(): Sleeps {
  vm_assert();
  oom_passes++;
  const short = vm_swap_size < OOM_SWAP_LOW && vm_page_count_min();
  const full = swap_pager_full !== 0 && vm_paging_target() > 0;
  if (!short && !full) return;
  vm_unlock();
  yield* sx_slock(allproc_lock);
  const bigproc = yield* vm_pageout_bigproc();
  if (bigproc !== null) {
    if ((bigproc.p_flag & P_KILLED) === 0) {
      yield* killproc(bigproc, 'out of swap space');
      oom_passes = 0;
    }
    mtx_lock_spin(sched_lock);
    /*
     * In a fault it sleeps uninterruptibly, and psignal left it alone: it must look before it goes on in user
     * mode.
     */
    signotify(bigproc);
    bigproc.p_estcpu = 0;
    bigproc.p_nice = PRIO_MIN;
    resetpriority(bigproc);
    mtx_unlock_spin(sched_lock);
  }
  sx_sunlock(allproc_lock);
  yield* vm_lock();
  if (bigproc !== null) wakeup($addr($ref(cnt.v_free_count)));
}
