/**
 * Swapping of processes (in BSD the second half of vm/vm_glue.c): the kernel stacks of those that sleep for
 * long, out and in again. Their other pages the page daemon takes, and vm_daemon removes their page tables.
 *
 * Invariants:
 *   G1 PS_INMEM is clear from before the first page of the kernel stack can go until after the last has come
 *   back. It changes
 *       under sched_lock; a process that has it clear is not on a run queue and does not run: setrunnable
 *       asks process 0 for it instead (PS_SWAPINREQ).
 *   G2 PS_SWAPPING is set while one process moves the stack of another, in or out; nobody else may meanwhile.
 *   G3 a process with p_lock > 0 is not swapped out. p_lock is raised under p_mtx, and swapout looks at it
 *   under p_mtx.
 *
 * Lock order: allproc_lock, p_mtx, vm lock, sched_lock.
 */
import { pmap_swapin_proc, pmap_swapout_proc } from '../i386/pmap_kern.js';
import { Giant, mtx_lock_spin, mtx_unlock_spin, sched_lock } from '../kern/kern_mutex.js';
import { allproc, allproc_lock, proc0 } from '../kern/kern_proc.js';
import { vm_assert, vm_lock, vm_unlock } from '../kern/kern_regime.h.js';
import { regime } from '../kern/kern_regime.js';
import { setrunqueue } from '../kern/kern_switch.js';
import { sx_slock, sx_sunlock } from '../kern/kern_sx.js';
import { hz, msleep, tsleep, wakeup } from '../kern/kern_synch.js';
import {
  PS_INMEM,
  PS_SWAPINREQ,
  PS_SWAPPING,
  P_SYSTEM,
  P_WEXIT,
  SRUN,
  SSLEEP,
  SSTOP,
} from '../sys/_proc.h.js';
import { MA_NOTRECURSED, MA_OWNED, mtx_assert, mtx_unlock } from '../sys/mutex.h.js';
import { PSOCK, PVM } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import { SWAP_IDLE_THRESHOLD1, SWAP_IDLE_THRESHOLD2 } from './vm_glue.h.js';
import { vmspace_ref } from './vm_glue.js';
import { vmspace_resident_count } from './vm_map.h.js';
import { vm_map_trylock, vm_map_unlock } from './vm_map_lock.js';
import { VM_WAIT } from './vm_page.h.js';
import { VM_SWAP_IDLE, VM_SWAP_NORMAL, vm_page_count_min } from './vm_pageout.h.js';
import { vmspace_free } from './vm_vmspace.js';

/** sysctl vm.swap_idle_threshold1, 2. */
export let swap_idle_threshold1: int = SWAP_IDLE_THRESHOLD1;
export let swap_idle_threshold2: int = SWAP_IDLE_THRESHOLD2;

/**
 * Brings a process into memory and, if it can run, onto a run queue. It stays there (p_lock) at least until
 * it has been made runnable. Locks: p.p_mtx held; let go of meanwhile; vm lock not held. May sleep.
 */
export function* faultin(p: proc): Sleeps {
  mtx_assert(p.p_mtx, MA_OWNED);
  /* Somebody may be at it already (G2): out or in, its end is what we have to wait for. */
  while ((p.p_sflag & PS_SWAPPING) !== 0) yield* msleep($addr($ref(p.p_sflag)), p.p_mtx, PVM, 'faultin', 0);
  mtx_lock_spin(sched_lock);
  if ((p.p_sflag & PS_INMEM) !== 0) {
    mtx_unlock_spin(sched_lock);
    return;
  }
  p.p_sflag |= PS_SWAPPING;
  mtx_unlock_spin(sched_lock);
  p.p_lock++;
  PROC_UNLOCK(p);

  yield* vm_lock();
  yield* pmap_swapin_proc(p);
  vm_unlock();

  yield* PROC_LOCK(p);
  mtx_lock_spin(sched_lock);
  p.p_sflag &= ~(PS_SWAPPING | PS_SWAPINREQ);
  p.p_sflag |= PS_INMEM;
  p.p_swtime = 0;
  if (p.p_stat === SRUN) setrunqueue(p);
  mtx_unlock_spin(sched_lock);
  p.p_lock--;
  wakeup($addr($ref(p.p_sflag)));
}

/**
 * How much process 0 wants to swap a process in: the longer it was out and asleep the more, and less if it is
 * nice. -1 if it is in or has no need to be. Locks: sched_lock held, kept. Does not sleep.
 */
function scheduler_priority(p: proc): int {
  if (p.p_stat !== SRUN || (p.p_sflag & (PS_INMEM | PS_SWAPPING)) !== 0) return -1;
  let pri: int = $i32(p.p_swtime + p.p_slptime);
  if ((p.p_sflag & PS_SWAPINREQ) === 0) pri -= p.p_nice * 8;
  return pri < 0 ? 0 : pri;
}

/**
 * The process that most deserves to be swapped in, locked and held, or null.
 * Locks: takes and drops allproc_lock; leaves the process's p_mtx held. May sleep.
 */
function* scheduler_choose(): Sleeps<proc> {
  let pp: proc = null;
  let ppri: int = -1;
  yield* sx_slock(allproc_lock);
  for (let p = LIST_FIRST(allproc); p !== null; p = LIST_NEXT(p, 'p_list')) {
    mtx_lock_spin(sched_lock);
    const pri = scheduler_priority(p);
    mtx_unlock_spin(sched_lock);
    if (pri > ppri) {
      pp = p;
      ppri = pri;
    }
  }
  /*
   * Before allproc_lock goes: a process that is swapped out cannot exit, but its lock must not be taken too
   * late.
   */
  if (pp !== null) yield* PROC_LOCK(pp);
  sx_sunlock(allproc_lock);
  return pp;
}

/**
 * Process 0: brings processes into memory that are swapped out and could run, by priority, as long as there
 * are pages. The sleep is bounded because setrunnable's wakeup may come between the search and the sleep.
 * Locks: Giant held at entry, dropped for good. Never returns. Sleeps ("sched").
 */
export function* scheduler(dummy: u32): Sleeps {
  mtx_assert(Giant, MA_OWNED | MA_NOTRECURSED);
  mtx_unlock(Giant);
  for (;;) {
    yield* vm_lock();
    while (vm_page_count_min()) yield* VM_WAIT();
    vm_unlock();
    const p = yield* scheduler_choose();
    if (p === null) {
      yield* tsleep($addr(proc0), PVM, 'sched', hz);
      continue;
    }
    yield* faultin(p);
    PROC_UNLOCK(p);
  }
}

/**
 * May a process be swapped out, going by what it does? It must be asleep or stopped, for a while, and not in
 * an important wait of the kernel. VM_SWAP_NORMAL: memory is short, swap_idle_threshold1 seconds are enough.
 * VM_SWAP_IDLE alone: only if it has been idle for swap_idle_threshold2 seconds. Locks: sched_lock held,
 * kept. Does not sleep.
 */
function swapout_idle(p: proc, action: int): boolean {
  if ((p.p_sflag & (PS_INMEM | PS_SWAPPING)) !== PS_INMEM) return false;
  if (p.p_stat !== SSLEEP && p.p_stat !== SSTOP) return false;
  if (p.p_priority < PSOCK) return false;
  if (p.p_slptime < $u32(swap_idle_threshold1)) return false;
  if ((action & VM_SWAP_NORMAL) !== 0) return true;
  return (action & VM_SWAP_IDLE) !== 0 && p.p_slptime >= $u32(swap_idle_threshold2);
}

/**
 * May the process be swapped out? Locks: p.p_mtx held; takes and drops sched_lock. Does not sleep.
 */
function swapout_eligible(p: proc, action: int): boolean {
  if (p.p_lock !== 0 || (p.p_flag & (P_SYSTEM | P_WEXIT)) !== 0 || p.p_vmspace === null) return false;
  mtx_lock_spin(sched_lock);
  const idle = swapout_idle(p, action);
  mtx_unlock_spin(sched_lock);
  return idle;
}

/**
 * Swaps a process out: from here on its kernel stack is pageable, until faultin. False if it has woken up
 * meanwhile. Locks: p.p_mtx and vm lock held; p.p_mtx is dropped, vm lock kept. Does not sleep (in form:
 * pmap_swapout_proc).
 */
function* swapout(p: proc, action: int): Sleeps<boolean> {
  vm_assert();
  mtx_assert(p.p_mtx, MA_OWNED);
  /* Remember how much was resident, for ps and for who brings it in. */
  p.p_vmspace.vm_swrss = vmspace_resident_count(p.p_vmspace);
  mtx_lock_spin(sched_lock);
  if (p.p_lock !== 0 || !swapout_idle(p, action)) {
    mtx_unlock_spin(sched_lock);
    PROC_UNLOCK(p);
    return false;
  }
  p.p_sflag &= ~PS_INMEM;
  p.p_sflag |= PS_SWAPPING;
  mtx_unlock_spin(sched_lock);
  PROC_UNLOCK(p);

  yield* pmap_swapout_proc(p);

  mtx_lock_spin(sched_lock);
  p.p_sflag &= ~PS_SWAPPING;
  p.p_swtime = 0;
  const wanted = p.p_stat === SRUN;
  mtx_unlock_spin(sched_lock);
  wakeup($addr($ref(p.p_sflag)));
  if (wanted) wakeup($addr(proc0));
  return true;
}

/**
 * One process of swapout_procs: refers to its address space, sees whether the map is locked, for who has it
 * locked may be waiting for memory inside the vm system, and swaps the process out if not. The reference is
 * what keeps the map there while we wait for the vm lock; how it is counted is the regime's (vmspace_ref,
 * vmspace_free). Locks: allproc_lock shared, kept; p.p_mtx held, dropped; takes and drops the vm lock. May
 * sleep.
 */
function* swapout_one(p: proc, action: int): Sleeps<boolean> {
  /* regime.swapout_vmspace_ref 0 (reconstructed): the reference is only dropped below, never taken. */
  let vm = p.p_vmspace;
  if (regime.swapout_vmspace_ref !== 0) vm = yield* vmspace_ref(p);
  let done: boolean = false;
  yield* vm_lock();
  if (vm_map_trylock(vm.vm_map) === 0) {
    vm_map_unlock(vm.vm_map);
    done = yield* swapout(p, action);
  } else {
    PROC_UNLOCK(p);
  }
  vm_unlock();
  yield* vmspace_free(vm);
  return done;
}

/**
 * Swaps out the processes that have slept for long enough. `action` is VM_SWAP_NORMAL, VM_SWAP_IDLE or both.
 * Locks: none but Giant under the giant regime; takes and drops allproc_lock (shared), process locks and the
 * vm lock. May sleep.
 */
export function* swapout_procs(action: int): Sleeps {
  let didswap: boolean = false;
  yield* sx_slock(allproc_lock);
  for (let p = LIST_FIRST(allproc); p !== null; p = LIST_NEXT(p, 'p_list')) {
    yield* PROC_LOCK(p);
    if (!swapout_eligible(p, action)) {
      PROC_UNLOCK(p);
      continue;
    }
    if (yield* swapout_one(p, action)) didswap = true;
  }
  sx_sunlock(allproc_lock);
  /* A process that waits for memory to be swapped in may get it now. */
  if (didswap) wakeup($addr(proc0));
}
