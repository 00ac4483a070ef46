/** Machine-dependent start, signals and stop (i386/machdep.c). */
import { mutex_init } from '../kern/kern_mutex.js';
import { proc0 } from '../kern/kern_proc.js';
import { panic } from '../kern/kern_shutdown.js';
import { psignal } from '../kern/kern_sig.js';
import { procrunnable } from '../kern/kern_switch.js';
import { msgbufinit, printf } from '../kern/subr_prf.js';
import { PS_INMEM } from '../sys/_proc.h.js';
import { EINVAL, EJUSTRETURN } from '../sys/errno.h.js';
import { PS_STRINGS, SIGCODE_SIZE } from '../sys/imgact.h.js';
import { MSGBUF_SIZE } from '../sys/msgbuf.h.js';
import { MAXCPU, PAGE_SIZE, UPAGES } from '../sys/param.h.js';
import type { proc, user } from '../sys/proc.h.js';
import { PROC_LOCK, PROC_UNLOCK } from '../sys/proc.h.js';
import { SIGILL } from '../sys/signal.h.js';
import { SIGCANTMASK, sigmask } from '../sys/signalvar.h.js';
import type { sigreturn_args } from '../sys/sysproto.h.js';
import type { sigset_t, vm_offset_t } from '../sys/types.h.js';
import { vm_ksubmap_init } from '../vm/vm_kern.js';
import { cnt } from '../vm/vm_meter.js';
import { ptoa } from '../vm/vm_param.h.js';
import {
  bios_memsize,
  bios_ncpu,
  get_pcpu,
  hlt,
  intr_disable,
  intr_restore,
  machine_halt,
  set_esp0,
} from './cpufunc.h.js';
import type { trapframe, xregs } from './frame.h.js';
import { KSTACK_TOP, XREGS_MAX } from './frame.h.js';
import type { pcpu } from './pcpu.h.js';
import { curproc } from './pcpu.h.js';
import { IdlePTD, phys_avail, physfree, pmap_bootstrap } from './pmap_boot.js';
import { pmap_kextract } from './pmap_kern.js';
import { bzero, copyin, copyout } from './support.js';
import { PSL_I, PSL_IOPL, PSL_NT, PSL_T, PSL_USER, PSL_VM, SEL_UPL, UCODESEL, UDATASEL } from './trap.h.js';
import { frame_xregs, proc_frame } from './vm_machdep.js';

/** Per-CPU data; the machine points %fs at them. */
export let __globaldata: array<embed<pcpu>, 8>;
/** Left by the loader: process 0's kernel stack. */
export let proc0paddr: u32 = 0;
export let physmem: int = 0;
export let Maxmem: int = 0;
/** Segment descriptors as the processor reads them: null, kernel code, kernel data, per-CPU, LDT code and data. */
export let gdt: array<u32, 16> = $init([
  0, 0, 0x0000ffff, 0x00cf9b00, 0x0000ffff, 0x00cf9300, 0x0000ffff, 0x00cf9300, 0x0000ffff, 0x00cffb00,
  0x0000ffff, 0x00cff300, 0, 0, 0, 0,
]);
/** The double-fault handler's stack. */
export let dblfault_stack: array<u32, 1024>;
export let cpu_idle_hlt: int = 1;

/** The data of a CPU. Locks: none. */
export function cpuid_to_pcpu(cpu: int): pcpu {
  KASSERT(cpu >= 0 && cpu < MAXCPU, 'cpuid_to_pcpu: no cpu %d', cpu);
  return __globaldata[cpu];
}

/** Finds the memory: below the hole for the ISA bus, and from where the loader left off. Locks: none (boot). */
function getmemsize(first: vm_offset_t): void {
  const bytes = bios_memsize();
  Maxmem = $int(bytes >> 12);
  physmem = Maxmem;
  phys_avail[0] = PAGE_SIZE;
  phys_avail[1] = 0x9f000;
  phys_avail[2] = first;
  phys_avail[3] = bytes;
  phys_avail[4] = 0;
  phys_avail[5] = 0;
  avail_end = bytes;
}

/**
 * The first kernel code: per-CPU data, process 0's machine state, memory, locks, the physical map. The loader has mapped the image
 * at KERNBASE and left IdlePTD, physfree, nkpt and proc0paddr. Locks: none (boot). Does not sleep.
 */
export function init386(): void {
  for (let i = 0; i < MAXCPU; i++) {
    const pc = __globaldata[i];
    pc.cpuid = $u32(i);
    pc.cpumask = $u32(1) << i;
  }
  const pc = get_pcpu();
  proc0.p_addr = $cast<user>(proc0paddr);
  proc0.p_md_regs = proc_frame(proc0);
  proc0.p_sflag = PS_INMEM;
  pc.curproc = proc0;
  pc.idleproc = proc0;
  pc.curpcb = proc0.p_addr.u_pcb;
  pc.curpcb.pcb_cr3 = IdlePTD;
  pc.esp0 = proc0paddr + UPAGES * PAGE_SIZE - KSTACK_TOP;
  set_esp0(pc.esp0);
  getmemsize(physfree);
  pmap_bootstrap(physfree, 0);
  mutex_init();
  const pa = pmap_kextract($addr(msgbuf_space));
  KASSERT(pa !== 0, 'init386: message buffer not mapped');
  msgbufinit($addr(msgbuf_space), MSGBUF_SIZE);
}

export let msgbuf_space: array<u32, 8192>;

/** Says what machine it is and sizes the kernel's submaps. Locks: Giant (boot). May sleep. */
export function* cpu_startup(): Sleeps {
  printf('CPU: trap12 simulated i386 (1000.00-MHz 686-class CPU)\n');
  if (bios_ncpu() > 1) printf('FreeBSD/SMP: Multiprocessor motherboard: %d CPUs\n', bios_ncpu());
  printf('real memory  = %u (%uK bytes)\n', ptoa($u32(Maxmem)), ptoa($u32(Maxmem)) / 1024);
  yield* vm_ksubmap_init();
  printf('avail memory = %u (%uK bytes)\n', ptoa(cnt.v_free_count), ptoa(cnt.v_free_count) / 1024);
}

/**
 * Stops the processor until an interrupt; goes on at once if a process has become runnable, unless `held` says that all of them
 * are kept waiting (runq_held). Locks: none. Others run meanwhile.
 */
export function* cpu_idle(held: boolean): Sleeps {
  intr_disable();
  if (held || (!procrunnable() && cpu_idle_hlt !== 0)) hlt();
  intr_restore(PSL_I);
  yield* $cpupause();
}

/** What the command line of the host is to end with, -1: nobody has said. init and halt set it (machdep.exit_status). */
export let exit_status: int = -1;

/** Ends the machine. Locks: anything. */
export function cpu_halt(): never {
  machine_halt(0);
}

/** Resets it. Locks: anything. */
export function cpu_reset(): never {
  machine_halt(1);
}

/** Registers of a process at the start of a program. Locks: none: p is the running process. Does not sleep. */
export function setregs(p: proc, entry: u32, stack: u32, ps_strings: u32): void {
  const regs = p.p_md_regs;
  bzero($addr(regs), $sizeof<trapframe>());
  frame_xregs(regs).xr_count = 0;
  regs.tf_eip = entry;
  regs.tf_esp = stack;
  regs.tf_eflags = PSL_USER;
  regs.tf_ss = UDATASEL;
  regs.tf_ds = UDATASEL;
  regs.tf_es = UDATASEL;
  regs.tf_fs = UDATASEL;
  regs.tf_cs = UCODESEL;
  regs.tf_ebx = $int(ps_strings);
}

/**
 * The signal trampoline (i386/locore.s), copied to the top of each new program's stack: calls the handler that the frame at the stack
 * pointer names, then makes a sigreturn with the address of its context.
 *
 *     call *SIGF_HANDLER(%esp); lea SIGF_SC(%esp),%eax; pushl %eax; movl $SYS_sigreturn,%eax; pushl %eax; int $0x80
 */
export let sigcode: array<u8, 20> = $init([
  0xff, 0x54, 0x24, 0x10, 0x8d, 0x44, 0x24, 0x14, 0x50, 0xb8, 0x58, 0x01, 0x00, 0x00, 0x50, 0xcd, 0x80, 0x90,
  0x90, 0x90,
]);

/**
 * What the signal trampoline finds on its stack, and the handler that it calls: the number, a code, the context to return to and the fault
 * address.
 * @lock k the process itself
 */
export interface sigframe extends struct {
  sf_signum: int; // (k) signal number
  sf_code: int; // (k) code
  sf_scp: u32; // (k) address of sf_sc
  sf_addr: u32; // (k) fault address
  sf_ahu: u32; // (k) @0x10 the handler: SIGF_HANDLER of the trampoline
  sf_onstack: int; // (k) @0x14 was on the signal stack; the context, SIGF_SC, begins here
  sf_mask: sigset_t; // (k) mask to restore
  sf_regs: embed<trapframe>; // (k) registers to restore
}

/** Bytes of a signal frame with the registers of xregs, which lie behind it. */
const SIGFRAME_SIZE = 592; // sizeof(struct sigframe) + sizeof(struct xregs), rounded up

/** Makes the process run a handler. Locks: its p_mtx held, dropped while the frame is copied out. May sleep. */
export function* sendsig(catcher: u32, sig: int, mask: sigset_t, code: u32): Sleeps {
  const p = curproc();
  const regs = p.p_md_regs;
  const sf = $local<sigframe>();
  const fp = (regs.tf_esp - SIGFRAME_SIZE) & ~15;
  sf.sf_signum = sig;
  sf.sf_code = $int(code);
  sf.sf_scp = fp + $offsetof<sigframe>('sf_onstack');
  sf.sf_addr = $u32(regs.tf_err);
  sf.sf_ahu = catcher;
  sf.sf_onstack = 0;
  sf.sf_mask = mask;
  $copy(sf.sf_regs, regs);
  PROC_UNLOCK(p);
  let error = yield* copyout($addr(sf), fp, $sizeof<sigframe>());
  const xr = frame_xregs(regs);
  if (error === 0) error = yield* copyout($addr(xr), fp + $sizeof<sigframe>(), $sizeof<xregs>());
  yield* PROC_LOCK(p);
  if (error !== 0) {
    /* No room on its stack: nothing it could do with the signal. */
    sigexit_locked(p, SIGILL);
    return;
  }
  xr.xr_count = 0;
  regs.tf_esp = fp;
  regs.tf_eip = PS_STRINGS - SIGCODE_SIZE;
  regs.tf_eflags &= ~PSL_T;
}

/** A handler cannot run: the process gets an uncatchable SIGILL. Locks: its p_mtx held. Does not sleep. */
function sigexit_locked(p: proc, sig: int): void {
  p.p_sigignore &= ~sigmask(sig);
  p.p_sigcatch &= ~sigmask(sig);
  p.p_sigmask &= ~sigmask(sig);
  psignal(p, sig);
}

/** sigreturn(2): back to what a handler interrupted. Locks: Giant. May sleep. */
export function* sigreturn(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<sigreturn_args>(uap);
  const sf = $local<sigframe>();
  const at = $offsetof<sigframe>('sf_onstack');
  let error = yield* copyin(args.sigcntxp, $addr(sf) + at, $sizeof<sigframe>() - at);
  if (error !== 0) return error;
  const regs = p.p_md_regs;
  const r = sf.sf_regs;
  if (
    (r.tf_cs & SEL_UPL) !== SEL_UPL ||
    (r.tf_eflags & (PSL_IOPL | PSL_VM | PSL_NT)) !== 0 ||
    (r.tf_eflags & PSL_I) === 0
  )
    return EINVAL;
  const xr = frame_xregs(regs);
  error = yield* copyin(args.sigcntxp - at + $sizeof<sigframe>(), $addr(xr), $sizeof<xregs>());
  if (error !== 0) return error;
  if ($u32(xr.xr_count) > XREGS_MAX) xr.xr_count = 0;
  $copy(regs, r);
  yield* PROC_LOCK(p);
  p.p_sigmask = sf.sf_mask & ~SIGCANTMASK;
  PROC_UNLOCK(p);
  return EJUSTRETURN;
}

/** Where the machine leaves its words before it calls hw_panic. */
export let hw_panicstr: array<char, 160>;

/** The machine found a state that the kernel cannot go on from; hw_panicstr says which. Locks: anything. Never returns. */
export function hw_panic(): never {
  panic('%s', $addr(hw_panicstr));
}
