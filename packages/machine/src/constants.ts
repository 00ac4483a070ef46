/** Facts of the i386 that machine, kernel and debugger share (Intel's manuals, volume 3). */

/** Page-table entry bits. */
export const PTE_P = 0x001;
export const PTE_W = 0x002;
export const PTE_U = 0x004;
export const PTE_A = 0x020;
export const PTE_D = 0x040;
export const PTE_PS = 0x080;
export const PTE_FRAME = 0xfffff000 | 0;

/** Bits of a page-fault error code. */
export const PF_P = 1;
export const PF_W = 2;
export const PF_U = 4;

/** EFLAGS. Bit 1 is always set. */
export const EFL_FIXED = 0x2;
export const EFL_IF = 0x200;
export const EFL_RF = 0x10000;

/**
 * Indexes into the register file `REG`, which lowered kernel code uses directly (docs/kernel-language.md).
 */
export const R_ESP = 0;
export const R_EBP = 1;
/** Cycles since the machine last took the time. */
export const R_CYCLES = 2;
/** An interrupt poll is due when R_CYCLES >= R_DEADLINE. */
export const R_DEADLINE = 3;
export const R_EAX = 4;
export const R_ECX = 5;
export const R_EDX = 6;
export const R_EBX = 7;
export const R_ESI = 8;
export const R_EDI = 9;
/** Address of the running CPU's pcpu (what %fs:0 reaches). */
export const R_PCPU = 10;
/** Text address at which the running CPU goes on, while no code of the kernel is on the host's stack. */
export const R_EIP = 11;
/** Not 0 while lowered code leaves the host's stack: why it does (YIELD_SWITCH, YIELD_PAUSE). */
export const R_WAIT = 12;
/** How many of the registers beyond the frame's are in use, in user mode. */
export const R_NSAVED = 13;
/** In user mode: number of the trap that it takes (WAIT_TRAP). */
export const R_TRAPNO = 14;
/**
 * In the kernel: not 0 while frames that were left for the host's sake alone have to be put back as they
 * were.
 */
export const R_UNDO = 14;
/** Flags of user mode. */
export const R_EFLAGS = 15;
/**
 * In the kernel's checked form: not 0 while the machine stands at the beginning of a function, which has no
 * frame yet.
 */
export const R_BEGIN = 16;
/**
 * In the checked form, in user mode: frames up to this address are those of functions that would be on the
 * host's stack if the machine had not stood; 0: none. The three behind it are eax, edx and the limit of the
 * stack as they would be.
 */
export const R_HELD = 17;
export const REG_COUNT = 21;

export const DEADLINE_NOW = -0x80000000;
export const DEADLINE_NEVER = 0x7fffffff;

export const PAGE_SIZE = 4096;
/** One cycle is one nanosecond of virtual time. */
export const NS_PER_SECOND = 1_000_000_000;

/** Interrupt lines. */
export const IRQ_CLOCK = 0;
export const IRQ_CONSOLE = 1;
export const IRQ_NET = 11;
export const IRQ_ATA = 14;
export const IRQ_IPI = 16;
/** No device's: the running process goes back to the run queue, because a decider says so. */
export const IRQ_RESCHED = 30;

/**
 * Why lowered code leaves the host's stack: another context is to run, or other CPUs are to have their turn.
 */
export const YIELD_SWITCH = 1;
export const YIELD_PAUSE = 2;

/**
 * Why a compiled program leaves the host's stack for the kernel: a page fault, a system call, an interrupt
 * poll, another trap.
 */
export const WAIT_FAULT = 3;
export const WAIT_SYSCALL = 4;
export const WAIT_INTERRUPT = 5;
export const WAIT_TRAP = 6;
/** In the checked form: the machine is to stand at a step, of the kernel or of a program. */
export const YIELD_STEP = 8;
