/**
 * Where the kernel begins, switching processes and where new ones begin (i386/locore.s, swtch.s). What is
 * saved of a process in its pcb (esp, ebp, eip, cr3) is all that there is of it: the rest lies in the frames
 * of its stack.
 */
import { mi_startup } from '../kern/init_main.js';
import { fork_exit } from '../kern/kern_fork.js';
import { ktr_mask } from '../kern/kern_ktr.js';
import { mtx_lock_spin, sched_lock } from '../kern/kern_mutex.js';
import { panic } from '../kern/kern_shutdown.js';
import { chooseproc } from '../kern/kern_switch.js';
import { PS_INMEM } from '../sys/_proc.h.js';
import { HW_SWITCH, KTR_PROC } from '../sys/ktr.h.js';
import { MTX_FLAGMASK, mtx_owned } from '../sys/mutex.h.js';
import { PAGE_SIZE, UPAGES } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import {
  context_switch,
  get_pcpu,
  hw_event,
  load_cr3,
  rcr3,
  read_ebp,
  read_esp,
  set_esp0,
} from './cpufunc.h.js';
import type { trapframe } from './frame.h.js';
import { KSTACK_TOP } from './frame.h.js';
import { init386 } from './machdep.js';
import type { pcb } from './pcb.h.js';
import { curproc } from './pcpu.h.js';

/**
 * Where the boot loader enters the kernel, on the stack of process 0. Locks: none. Never returns: process 0
 * becomes the swapper.
 */
export function* begin(): Sleeps {
  init386();
  yield* mi_startup();
}

/**
 * Switches to the process that chooseproc() picks. Locks: sched_lock held by the caller; it belongs to the
 * new process on return there. Returns when this one runs again.
 */
export function* cpu_switch(): Sleeps {
  const p = curproc();
  const pcb = p.p_addr.u_pcb;
  pcb.pcb_esp = read_esp();
  pcb.pcb_ebp = read_ebp();
  pcb.pcb_eip = $switchpoint();
  pcb.pcb_cr3 = rcr3();
  pcb.pcb_schednest = sched_lock.mtx_recurse;
  const newp = chooseproc();
  if (newp !== p) {
    if ((ktr_mask & KTR_PROC) !== 0) hw_event(HW_SWITCH, $addr(newp), $addr(p));
    p.p_oncpu = 0xff;
    switch_to(newp);
    const to = newp.p_addr.u_pcb;
    context_switch($addr(newp), to.pcb_esp, to.pcb_ebp, to.pcb_eip);
    yield* $switch();
  }
  sched_lock.mtx_recurse = pcb.pcb_schednest;
}

/** Leaves a process for good. Locks: sched_lock held. Never returns. */
export function* cpu_throw(): Sleeps {
  const newp = chooseproc();
  if ((ktr_mask & KTR_PROC) !== 0) hw_event(HW_SWITCH, $addr(newp), $addr(curproc()));
  switch_to(newp);
  const to = newp.p_addr.u_pcb;
  context_switch($addr(newp), to.pcb_esp, to.pcb_ebp, to.pcb_eip);
  yield* $switch();
  panic('cpu_throw: a dead process runs');
}

/**
 * Loads the new process's address space. The caller takes its stack at once afterwards: no call may come
 * between. Locks: sched_lock held; passes to newp. Does not sleep.
 */
function switch_to(newp: proc): void {
  const pc = get_pcpu();
  const pcb = newp.p_addr.u_pcb;
  const old = pc.curproc;
  KASSERT((newp.p_sflag & PS_INMEM) !== 0, 'cpu_switch: process %d swapped out', newp.p_pid);
  if (old.p_vmspace !== newp.p_vmspace) {
    if (old.p_vmspace !== null) old.p_vmspace.vm_pmap.pm_active &= ~pc.cpumask;
    newp.p_vmspace.vm_pmap.pm_active |= pc.cpumask;
  }
  /* A process that shares or has no address space of its own runs on whatever its pcb names. */
  if (rcr3() !== pcb.pcb_cr3) load_cr3(pcb.pcb_cr3);
  pc.curproc = newp;
  pc.curpcb = pcb;
  pc.esp0 = $addr(newp.p_addr) + UPAGES * PAGE_SIZE - KSTACK_TOP;
  set_esp0(pc.esp0);
  newp.p_oncpu = pc.cpuid;
  newp.p_lastcpu = pc.cpuid;
  sched_lock.mtx_lock = $addr(newp) | (sched_lock.mtx_lock & MTX_FLAGMASK);
}

/** Saves where the caller is, as it is once this has returned, for a dump. Locks: none. Does not sleep. */
export function savectx(pcb: pcb): void {
  pcb.pcb_esp = read_ebp() + 8;
  pcb.pcb_ebp = $ld32(read_ebp());
  pcb.pcb_eip = $ld32(read_ebp() + 4);
  pcb.pcb_cr3 = rcr3();
}

/**
 * Where a new process first runs, with what cpu_set_fork_handler left in its pcb. Returns only for a user
 * process, to user mode by p_md_regs. Locks: sched_lock held on entry (fork_exit drops it).
 */
export function* fork_trampoline(): Sleeps {
  const p = curproc();
  const pcb = p.p_addr.u_pcb;
  /* An application processor begins with its idle process, to which nobody switched. */
  if (p === get_pcpu().idleproc && !mtx_owned(sched_lock)) mtx_lock_spin(sched_lock);
  const func = $cast<(arg: u32, frame: trapframe) => Sleeps>(pcb.pcb_esi);
  yield* fork_exit(func, pcb.pcb_ebx, p.p_md_regs);
}
