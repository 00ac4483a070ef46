/**
 * Traps and system calls (i386/trap.c). Deviation: no floating point, no vm86, and a page fault in a plain
 * kernel function runs to its end inside the access (docs/fidelity.md).
 */
import { sysent } from '../kern/init_sysent.js';
import { clock_signals } from '../kern/kern_clock.js';
import { ktr_mask } from '../kern/kern_ktr.js';
import { Giant, mtx_lock_spin, mtx_unlock_spin, sched_lock } from '../kern/kern_mutex.js';
import { panic } from '../kern/kern_shutdown.js';
import { CURSIG, postsig, trapsignal } from '../kern/kern_sig.js';
import { setrunqueue } from '../kern/kern_switch.js';
import { mi_switch } from '../kern/kern_synch.js';
import { printf } from '../kern/subr_prf.js';
import { PS_ASTPENDING, PS_NEEDRESCHED } from '../sys/_proc.h.js';
import { EJUSTRETURN, ERESTART } from '../sys/errno.h.js';
import { HW_TRAP, KTR_TRAP } from '../sys/ktr.h.js';
import { mtx_lock, mtx_owned, mtx_unlock } from '../sys/mutex.h.js';
import type { proc } from '../sys/proc.h.js';
import { PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import { SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP } from '../sys/signal.h.js';
import { NSYSENT, SYF_ARGMASK, SYF_MPSAFE } from '../sys/sysent.h.js';
import type { vm_offset_t } from '../sys/types.h.js';
import { vm_fault } from '../vm/vm_fault.js';
import { kernel_map } from '../vm/vm_kern.js';
import { VM_FAULT_DIRTY, VM_FAULT_NORMAL } from '../vm/vm_map.h.js';
import { cnt } from '../vm/vm_meter.js';
import {
  KERN_FAILURE,
  KERN_PROTECTION_FAILURE,
  KERN_SUCCESS,
  USRSTACK,
  VM_MAXUSER_ADDRESS,
  VM_MIN_KERNEL_ADDRESS,
  VM_PROT_READ,
  VM_PROT_WRITE,
  trunc_page,
} from '../vm/vm_param.h.js';
import { bios_ncpu, get_pcpu, hw_event, intr_disable, intr_restore, rcr2 } from './cpufunc.h.js';
import { kdb_trap } from './db_interface.js';
import type { trapframe } from './frame.h.js';
import { gdt } from './machdep.js';
import { curproc } from './pcpu.h.js';
import { PGEX_P, PGEX_U, PGEX_W } from './pmap.h.js';
import { copyin } from './support.js';
import {
  MAX_TRAP_MSG,
  PSL_C,
  PSL_I,
  PSL_IOPL,
  PSL_NT,
  PSL_RF,
  PSL_T,
  PSL_VM,
  SEL_UPL,
  T_ARITHTRAP,
  T_ASTFLT,
  T_BOUND,
  T_BPTFLT,
  T_DIVIDE,
  T_OFLOW,
  T_PAGEFLT,
  T_PRIVINFLT,
  T_TRCTRAP,
} from './trap.h.js';
import { grow_stack } from './vm_machdep.js';

export let trap_msg: array<str, 29> = $init([
  '',
  'privileged instruction fault',
  '',
  'breakpoint instruction fault',
  '',
  '',
  'arithmetic trap',
  'system forced exception',
  '',
  'general protection fault',
  'trace trap',
  '',
  'page fault',
  '',
  'alignment fault',
  '',
  '',
  '',
  'integer divide fault',
  'non-maskable interrupt trap',
  'overflow trap',
  'FPU bounds check fault',
  'FPU device not available',
  'double fault',
  'FPU operand fetch fault',
  'invalid TSS fault',
  'segment not present fault',
  'stack fault',
  'machine check trap',
]);

/**
 * What every trap does before it returns to user mode: signals, rescheduling.
 * Locks: Giant not held. May sleep; may not return if a signal kills the process.
 */
export function* userret(p: proc, frame: trapframe, oticks: u_int): Sleeps {
  yield* PROC_LOCK(p);
  for (;;) {
    const sig = yield* CURSIG(p);
    if (sig === 0) break;
    yield* postsig(sig);
  }
  PROC_UNLOCK(p);
  mtx_lock_spin(sched_lock);
  p.p_priority = p.p_usrpri;
  if ((p.p_sflag & PS_NEEDRESCHED) !== 0 || get_pcpu().need_resched !== 0) {
    get_pcpu().need_resched = 0;
    p.p_sflag &= ~PS_NEEDRESCHED;
    setrunqueue(p);
    yield* mi_switch();
    mtx_unlock_spin(sched_lock);
    yield* PROC_LOCK(p);
    for (;;) {
      const sig = yield* CURSIG(p);
      if (sig === 0) break;
      yield* postsig(sig);
    }
    PROC_UNLOCK(p);
  } else {
    mtx_unlock_spin(sched_lock);
  }
  KASSERT(!mtx_owned(Giant), 'userret: returning with Giant held');
}

/** Runs what was left for the way back to user mode, if anything was. Locks: none. May sleep. */
export function* ast(frame: trapframe): Sleeps {
  const p = curproc();
  if ((p.p_sflag & (PS_ASTPENDING | PS_NEEDRESCHED)) === 0 && get_pcpu().need_resched === 0) return;
  mtx_lock_spin(sched_lock);
  p.p_sflag &= ~PS_ASTPENDING;
  mtx_unlock_spin(sched_lock);
  yield* clock_signals(p);
  yield* userret(p, frame, p.p_sticks);
}

/**
 * Exception, fault and trap entry. The frame lies on the stack where the processor and alltraps put it.
 * Locks: anything, from kernel mode; none from user mode. May sleep.
 */
export function* trap(frame: embed<trapframe>): Sleeps {
  /* The gate has interrupts off until CR2 is read: another fault would overwrite it. */
  const eva = frame.tf_trapno === T_PAGEFLT ? rcr2() : 0;
  intr_restore(frame.tf_eflags);
  cnt.v_trap++;
  if ((ktr_mask & KTR_TRAP) !== 0) hw_event(HW_TRAP, $u32(frame.tf_trapno), frame.tf_eip);
  if ((frame.tf_cs & SEL_UPL) === 0) {
    if (frame.tf_trapno === T_PAGEFLT) {
      yield* trap_pfault(frame, false, eva);
    } else {
      if (frame.tf_trapno === T_BPTFLT && kdb_trap(T_BPTFLT, 0, frame)) return;
      trap_fatal(frame, eva);
    }
    return;
  }
  const p = curproc();
  p.p_md_regs = frame;
  if (frame.tf_trapno === T_PAGEFLT) {
    const sig = yield* trap_pfault(frame, true, eva);
    if (sig !== 0) {
      yield* trapsignal(p, sig, eva);
    }
  } else {
    yield* trap_user(p, frame);
  }
  if ((p.p_sflag & (PS_ASTPENDING | PS_NEEDRESCHED)) !== 0 || get_pcpu().need_resched !== 0)
    yield* ast(frame);
}

/** Any trap from user mode but a page fault becomes a signal. Locks: none. May sleep. */
function* trap_user(p: proc, frame: trapframe): Sleeps {
  let sig = SIGBUS;
  switch (frame.tf_trapno) {
    case T_PRIVINFLT:
      sig = SIGILL;
      break;
    case T_BPTFLT:
    case T_TRCTRAP:
      sig = SIGTRAP;
      break;
    case T_ARITHTRAP:
    case T_DIVIDE:
    case T_OFLOW:
    case T_BOUND:
      sig = SIGFPE;
      break;
    case T_ASTFLT:
      yield* ast(frame);
      return;
  }
  yield* trapsignal(p, sig, frame.tf_trapno);
}

/**
 * A page fault. From user mode the result is 0 or the signal to send; from kernel mode a fault that cannot be
 * resolved goes to pcb_onfault or is fatal. Locks: anything, from kernel mode. May sleep.
 */
export function* trap_pfault(frame: trapframe, usermode: boolean, eva: vm_offset_t): Sleeps<int> {
  const p = curproc();
  const va = trunc_page(eva);
  let rv = KERN_FAILURE;
  if (va >= VM_MIN_KERNEL_ADDRESS) {
    /* Kernel addresses are no business of user mode. */
    if (!usermode)
      rv = yield* vm_fault(
        kernel_map,
        va,
        (frame.tf_err & PGEX_W) !== 0 ? VM_PROT_WRITE : VM_PROT_READ,
        VM_FAULT_NORMAL,
      );
  } else if (p !== null && p.p_vmspace !== null && (usermode || va < VM_MAXUSER_ADDRESS)) {
    rv = yield* trap_uservm(p, frame, va);
  }
  if (rv === KERN_SUCCESS) return 0;
  if (!usermode) {
    if (
      get_pcpu().intr_nesting_level === 0 &&
      get_pcpu().curpcb !== null &&
      get_pcpu().curpcb.pcb_onfault !== 0
    ) {
      frame.tf_eip = get_pcpu().curpcb.pcb_onfault;
      return 0;
    }
    trap_fatal(frame, eva);
    return 0;
  }
  /* kludge of BSD: the handler finds the address here */
  frame.tf_err = $int(eva);
  return rv === KERN_PROTECTION_FAILURE ? SIGBUS : SIGSEGV;
}

/**
 * A fault on a user address, by user code or by the kernel for it. Returns KERN_*. Locks: as trap_pfault. May
 * sleep.
 */
function* trap_uservm(p: proc, frame: trapframe, va: vm_offset_t): Sleeps<int> {
  const vm = p.p_vmspace;
  const ftype = (frame.tf_err & PGEX_W) !== 0 ? VM_PROT_WRITE : VM_PROT_READ;
  /* Hold the process in memory: its upages are needed to finish the fault. */
  yield* PROC_LOCK(p);
  p.p_lock++;
  PROC_UNLOCK(p);
  let rv: int = KERN_FAILURE;
  const below = va < USRSTACK && va >= vm.vm_maxsaddr && vm.vm_ssize !== 0 && va < vm.vm_minsaddr;
  if (!below || (yield* grow_stack(p, va))) {
    rv = yield* vm_fault(vm.vm_map, va, ftype, ftype === VM_PROT_WRITE ? VM_FAULT_DIRTY : VM_FAULT_NORMAL);
  }
  yield* PROC_LOCK(p);
  p.p_lock--;
  PROC_UNLOCK(p);
  return rv;
}

/**
 * Says what happened and enters the debugger; panics if there is none. Returns if the debugger was left: the
 * instruction is tried again. Locks: anything. Does not sleep.
 */
export function trap_fatal(frame: trapframe, eva: vm_offset_t): void {
  const code = frame.tf_err;
  const type = frame.tf_trapno;
  const user = (frame.tf_cs & SEL_UPL) !== 0;
  intr_disable();
  if (type >= 0 && type <= MAX_TRAP_MSG)
    printf('\n\nFatal trap %d: %s while in %s mode\n', type, trap_msg[type], user ? 'user' : 'kernel');
  else printf('\n\nFatal trap %d: while in %s mode\n', type, user ? 'user' : 'kernel');
  if (bios_ncpu() > 1) printf('cpuid = %d\n', get_pcpu().cpuid);
  if (type === T_PAGEFLT) {
    printf('fault virtual address\t= 0x%x\n', eva);
    printf(
      'fault code\t\t= %s %s, %s\n',
      (code & PGEX_U) !== 0 ? 'user' : 'supervisor',
      (code & PGEX_W) !== 0 ? 'write' : 'read',
      (code & PGEX_P) !== 0 ? 'protection violation' : 'page not present',
    );
  }
  printf('instruction pointer\t= 0x%x:0x%x\n', frame.tf_cs & 0xffff, frame.tf_eip);
  trap_fatal_stack(frame, user);
  trap_fatal_segment(frame);
  trap_fatal_eflags(frame.tf_eflags);
  printf('current process\t\t= ');
  if (curproc() !== null) printf('%d (%s)\n', curproc().p_pid, $addr(curproc().p_comm));
  else printf('Idle\n');
  if (kdb_trap(type, 0, frame)) return;
  panic('%s', type >= 0 && type <= MAX_TRAP_MSG ? trap_msg[type] : 'unknown/reserved trap');
}

/** Stack and frame pointer lines. Locks: none. Does not sleep. */
function trap_fatal_stack(frame: trapframe, user: boolean): void {
  let ss = 0x10;
  /* From kernel mode the processor pushes no stack pointer: it is the address behind the frame. */
  let esp: u32 = $addr($ref(frame.tf_esp));
  if (user) {
    ss = frame.tf_ss & 0xffff;
    esp = frame.tf_esp;
  }
  printf('stack pointer\t        = 0x%x:0x%x\n', ss, esp);
  printf('frame pointer\t        = 0x%x:0x%x\n', ss, frame.tf_ebp);
}

/** The code segment's descriptor. Locks: none. Does not sleep. */
function trap_fatal_segment(frame: trapframe): void {
  const i = (frame.tf_cs & 0xffff) >> 3;
  const user = (frame.tf_cs & SEL_UPL) !== 0;
  const lo = gdt[user ? 8 : i * 2];
  const hi = gdt[user ? 9 : i * 2 + 1];
  printf(
    'code segment\t\t= base 0x%x, limit 0x%x, type 0x%x\n',
    (lo >> 16) | ((hi & 0xff) << 16) | (hi & 0xff000000),
    (lo & 0xffff) | (hi & 0xf0000),
    (hi >> 8) & 0x1f,
  );
  printf(
    '\t\t\t= DPL %d, pres %d, def32 %d, gran %d\n',
    (hi >> 13) & 3,
    (hi >> 15) & 1,
    (hi >> 22) & 1,
    (hi >> 23) & 1,
  );
}

/** The flags in words. Locks: none. Does not sleep. */
function trap_fatal_eflags(eflags: u32): void {
  printf('processor eflags\t= ');
  if ((eflags & PSL_T) !== 0) printf('trace trap, ');
  if ((eflags & PSL_I) !== 0) printf('interrupt enabled, ');
  if ((eflags & PSL_NT) !== 0) printf('nested task, ');
  if ((eflags & PSL_RF) !== 0) printf('resume, ');
  if ((eflags & PSL_VM) !== 0) printf('vm86, ');
  printf('IOPL = %d\n', (eflags & PSL_IOPL) >> 12);
}

/** Double fault: no stack to stand on but the processor's own. Locks: anything. Never returns. */
export function dblfault_handler(eip: u32, esp: u32, ebp: u32): never {
  printf('\nFatal double fault:\n');
  printf('eip = 0x%x\n', eip);
  printf('esp = 0x%x\n', esp);
  printf('ebp = 0x%x\n', ebp);
  panic('double fault');
}

/**
 * System call entry. Arguments lie on the user stack behind the return address.
 * Locks: none held; Giant is taken around calls that are not MPSAFE. May sleep.
 */
export function* syscall(frame: embed<trapframe>): Sleeps {
  const p = curproc();
  cnt.v_syscall++;
  KASSERT((frame.tf_cs & SEL_UPL) !== 0, 'syscall');
  const sticks = p.p_sticks;
  p.p_md_regs = frame;
  const params = frame.tf_esp + 4;
  const code: u32 = $u32(frame.tf_eax);
  const callp = sysent[code >= NSYSENT ? 0 : code];
  const narg = callp.sy_narg & SYF_ARGMASK;
  const args = $local<array<u32, 8>>();
  let error = 0;
  if (narg > 0) error = yield* copyin(params, $addr(args), $u32(narg) * 4);
  if (error === 0) {
    p.p_retval[0] = 0;
    p.p_retval[1] = frame.tf_edx;
    const giant = (callp.sy_narg & SYF_MPSAFE) === 0;
    if (giant) yield* mtx_lock(Giant);
    error = yield* callp.sy_call(p, $addr(args));
    if (giant) mtx_unlock(Giant);
  }
  syscall_return(p, frame, error);
  yield* userret(p, frame, sticks);
}

/** Puts a system call's result into the frame. Locks: none. Does not sleep. */
function syscall_return(p: proc, frame: trapframe, error: int): void {
  switch (error) {
    case 0:
      frame.tf_eax = p.p_retval[0];
      frame.tf_edx = p.p_retval[1];
      frame.tf_eflags &= ~PSL_C;
      break;
    case ERESTART:
      /* Back to the int instruction, whose length the entry code left in tf_err. */
      frame.tf_eip -= $u32(frame.tf_err);
      break;
    case EJUSTRETURN:
      break;
    default:
      frame.tf_eax = error;
      frame.tf_eflags |= PSL_C;
      break;
  }
}
