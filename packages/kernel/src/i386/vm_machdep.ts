/** Machine-dependent parts of process creation and end (i386/vm_machdep.c). */
import { fork_return } from '../kern/kern_fork.js';
import { mtx_trylock } from '../kern/kern_mutex.js';
import { vm_lock, vm_owned, vm_unlock } from '../kern/kern_regime.h.js';
import { vm_lockp } from '../kern/kern_regime.js';
import { PAGE_SIZE, UPAGES } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import type { vm_offset_t } from '../sys/types.h.js';
import { vm_map_growstack } from '../vm/vm_map_fault.js';
import { cnt } from '../vm/vm_meter.js';
import type { vpgqueues } from '../vm/vm_page.h.js';
import {
  PG_ZERO,
  PQ_FREE,
  PQ_L2_MASK,
  PQ_NONE,
  PQ_PRIME2,
  VM_PAGE_TO_PHYS,
  vm_page_flag_set,
} from '../vm/vm_page.h.js';
import { vm_page_queues } from '../vm/vm_pageq.js';
import { KERN_SUCCESS } from '../vm/vm_param.h.js';
import { vmspace_free } from '../vm/vm_vmspace.js';
import type { trapframe, xregs } from './frame.h.js';
import { KSTACK_TOP } from './frame.h.js';
import { cpu_throw, fork_trampoline, savectx } from './locore.js';
import { curproc } from './pcpu.h.js';
import { pmap_dispose_proc, pmap_kextract, pmap_zero_page } from './pmap_kern.js';
import { PSL_C } from './trap.h.js';

/** The trap frame at the top of a process's kernel stack. Locks: none. @inline */
export function proc_frame(p: proc): trapframe {
  return $cast<trapframe>($addr(p.p_addr) + UPAGES * PAGE_SIZE - KSTACK_TOP - $sizeof<trapframe>());
}

/** The registers beyond that frame. Locks: none. @inline */
export function frame_xregs(frame: trapframe): xregs {
  return $cast<xregs>($addr(frame) + $sizeof<trapframe>());
}

/**
 * Gives p2 a machine state: it will begin in fork_trampoline and, unless cpu_set_fork_handler says otherwise, return to user
 * mode as its parent will, with 0. With p2 null (rfork without RFPROC) only p1's address space changed.
 * Locks: vm lock. Does not sleep.
 */
export function cpu_fork(p1: proc, p2: proc, flags: int): void {
  if (p2 === null) return;
  if (p1 === curproc()) savectx(p1.p_addr.u_pcb);
  const pcb2 = p2.p_addr.u_pcb;
  $copy(pcb2, p1.p_addr.u_pcb);
  const frame = proc_frame(p2);
  p2.p_md_regs = frame;
  if (p1.p_md_regs !== null) {
    $copy(frame, p1.p_md_regs);
    $copy(frame_xregs(frame), frame_xregs(p1.p_md_regs));
    frame.tf_eax = 0;
    frame.tf_eflags &= ~PSL_C;
    frame.tf_edx = 1;
  }
  pcb2.pcb_cr3 = pmap_kextract($addr(p2.p_vmspace.vm_pmap.pm_pdir));
  pcb2.pcb_edi = 0;
  pcb2.pcb_esi = $addr(fork_return);
  pcb2.pcb_ebp = 0;
  pcb2.pcb_esp = $addr(frame) - 4;
  pcb2.pcb_ebx = $addr(p2);
  pcb2.pcb_eip = $addr(fork_trampoline);
  pcb2.pcb_onfault = 0;
  pcb2.pcb_schednest = 0;
}

/** What fork_trampoline calls for p, with which argument. Locks: none: p does not run yet. */
export function cpu_set_fork_handler(p: proc, func: (arg: u32, frame: trapframe) => Sleeps, arg: u32): void {
  const pcb = p.p_addr.u_pcb;
  pcb.pcb_esi = $addr(func);
  pcb.pcb_ebx = arg;
}

/** Ends the running process for good. Locks: sched_lock held, no other. Never returns. */
export function* cpu_exit(p: proc): Sleeps {
  KASSERT(p === curproc(), 'cpu_exit: not the running process');
  cnt.v_swtch++;
  yield* cpu_throw();
}

/** Takes a dead process's kernel stack and its address space away. Locks: takes and drops the vm lock unless held. May sleep. */
export function* cpu_wait(p: proc): Sleeps {
  const had = vm_owned();
  if (!had) yield* vm_lock();
  /* Drop the per-process resources, then the address space. */
  yield* pmap_dispose_proc(p);
  yield* vmspace_free(p.p_vmspace);
  if (!had) vm_unlock();
}

let zero_free_q: int = 0;
/** sysctl vm.idlezero_enable. */
export let idlezero_enable: int = 0;

/**
 * Zeroes a free page ahead, when the CPU has nothing to do. Off by default, as it is a matter of taste whether idle time counts.
 * Locks: takes the vm lock if it is free at once. Does not sleep. 1 if it did something.
 */
export function vm_page_zero_idle(): int {
  if (idlezero_enable === 0) return 0;
  if (vm_page_zero_count >= $int(cnt.v_free_count / 2)) return 0;
  if (mtx_trylock(vm_lockp) === 0) return 0;
  let did = 0;
  const q = $idx($cast<vpgqueues>($addr(vm_page_queues)), PQ_FREE + zero_free_q);
  const m = TAILQ_FIRST(q.pl);
  if (m !== null && (m.flags & PG_ZERO) === 0) {
    TAILQ_REMOVE(q.pl, m, 'pageq');
    m.queue = PQ_NONE;
    pmap_zero_page(VM_PAGE_TO_PHYS(m));
    vm_page_flag_set(m, PG_ZERO);
    m.queue = $u16(PQ_FREE + m.pc);
    TAILQ_INSERT_TAIL(q.pl, m, 'pageq');
    vm_page_zero_count++;
    did = 1;
  }
  zero_free_q = (zero_free_q + PQ_PRIME2) & PQ_L2_MASK;
  vm_unlock();
  return did;
}

/** Grows the stack to include va, if it lies in the stack's range. False if it cannot. Locks: none. May sleep. */
export function* grow_stack(p: proc, va: vm_offset_t): Sleeps<boolean> {
  const had = vm_owned();
  if (!had) yield* vm_lock();
  const rv = yield* vm_map_growstack(p, va);
  if (!had) vm_unlock();
  return rv === KERN_SUCCESS;
}
