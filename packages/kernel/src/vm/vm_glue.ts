/**
 * Where the vm system meets processes (vm/vm_glue.c): fork, limits, access checks, wiring of a program's memory. Swapping of
 * processes, the other half of BSD's file, is in vm_swapout.ts.
 */
import { nonatomic_add_int } from '../i386/atomic.js';
import { pmap_new_proc } from '../i386/pmap_kern.js';
import { pmap_pinit2 } from '../i386/pmap_pinit.js';
import { bzero } from '../i386/support.js';
import { cpu_fork } from '../i386/vm_machdep.js';
import { vm_lock, vm_unlock } from '../kern/kern_regime.h.js';
import { regime } from '../kern/kern_regime.js';
import type { proc } from '../sys/proc.h.js';
import { RLIMIT_DATA, RLIMIT_RSS, RLIMIT_STACK, RLIM_INFINITY } from '../sys/resource.h.js';
import type { pstats } from '../sys/resourcevar.h.js';
import type { sigacts } from '../sys/signalvar.h.js';
import { RFMEM, RFPROC } from '../sys/unistd.h.js';
import { VM_MIN_RSS_LIMIT } from './vm_glue.h.js';
import type { vmspace } from './vm_map.h.js';
import { vmspace_pmap } from './vm_map.h.js';
import { cnt } from './vm_meter.js';
import { VM_WAIT } from './vm_page.h.js';
import { vm_page_count_severe } from './vm_pageout.h.js';
import { DFLDSIZ, DFLSSIZ, IDX_TO_OFF, MAXDSIZ, MAXSSIZ } from './vm_param.h.js';
import { vmspace_fork, vmspace_unshare } from './vm_vmspace.js';

/**
 * Adds a reference to a process's address space and returns that. The process does not exit or exec meanwhile, by the
 * caller's locks, or, under regime.vmspace_refcnt_locked 0 (reconstructed: a bare `incl` outside vm_mtx), by the caller's hopes.
 * Locks: vm lock not held; takes and drops it, if the regime counts references under it. May sleep.
 */
export function* vmspace_ref(p: proc): Sleeps<vmspace> {
  let vm: vmspace = null;
  if (regime.vmspace_refcnt_locked !== 0) {
    yield* vm_lock();
    vm = p.p_vmspace;
    vm.vm_refcnt++;
    vm_unlock();
  } else {
    vm = p.p_vmspace;
    yield* nonatomic_add_int($ref(vm.vm_refcnt), 1);
  }
  return vm;
}

/**
 * Gives a new process its struct user: accounting from zero, signal actions as the parent's.
 * Locks: none needed, p2 does not run yet. Does not sleep.
 */
function vm_fork_user(p1: proc, p2: proc): void {
  const up = p2.p_addr;
  p2.p_stats = up.u_stats;
  bzero($addr(up.u_stats), $sizeof<pstats>());
  p2.p_sigacts = up.u_sigacts;
  if (p1.p_sigacts !== null) $copy(up.u_sigacts, p1.p_sigacts);
  else bzero($addr(up.u_sigacts), $sizeof<sigacts>());
}

/**
 * The memory part of fork: gives p2 the address space of p1 (RFMEM) or a copy of it, a kernel stack, and a machine state from
 * which it will start in fork_trampoline. Without RFPROC (rfork; p2 is null) p1 gets an address space of its own instead,
 * unless RFMEM is set.
 * Locks: Giant; vm lock not held; takes and drops it. May sleep. p1 is the running process, or held in memory.
 */
export function* vm_fork(p1: proc, p2: proc, flags: int): Sleeps {
  if ((flags & RFPROC) === 0) {
    if ((flags & RFMEM) === 0 && p1.p_vmspace.vm_refcnt > 1) yield* vmspace_unshare(p1);
    cpu_fork(p1, p2, flags);
    return;
  }
  KASSERT(p2.p_vmspace === null, 'vm_fork: process %d has an address space', p2.p_pid);
  if ((flags & RFMEM) !== 0) p2.p_vmspace = yield* vmspace_ref(p1);

  yield* vm_lock();
  /* A fork needs pages for page tables and stack: do not begin where even the system has too few. */
  while (vm_page_count_severe()) yield* VM_WAIT();
  if ((flags & RFMEM) === 0) {
    p2.p_vmspace = yield* vmspace_fork(p1.p_vmspace);
    pmap_pinit2(vmspace_pmap(p2.p_vmspace));
  }
  yield* pmap_new_proc(p2);
  vm_fork_user(p1, p2);
  cpu_fork(p1, p2, flags);
  vm_unlock();
}

/**
 * Sets the limits of process 0, which everyone inherits, that depend on the machine: stack, data, and a resident set of
 * what is free now. Locks: boot. Does not sleep.
 */
export function vm_init_limits(udata: u32): void {
  const limp = $cast<proc>(udata).p_limit;
  const stack = limp.pl_rlimit[RLIMIT_STACK];
  const data = limp.pl_rlimit[RLIMIT_DATA];
  const rss = limp.pl_rlimit[RLIMIT_RSS];
  let pages: u32 = cnt.v_free_count;
  if (pages < VM_MIN_RSS_LIMIT) pages = VM_MIN_RSS_LIMIT;
  stack.rlim_cur = $i64(DFLSSIZ);
  stack.rlim_max = $i64(MAXSSIZ);
  data.rlim_cur = $i64(DFLDSIZ);
  data.rlim_max = $i64(MAXDSIZ);
  rss.rlim_cur = IDX_TO_OFF(pages);
  rss.rlim_max = $i64(RLIM_INFINITY);
}
