/** Interrupt threads (sys/interrupt.h, sys/bus.h). Code in kern/kern_intr.ts. */
import type { proc } from './proc.h.js';

export const IH_MPSAFE = 0x01;
export const IT_SOFT = 0x01;
export const IT_ENTROPY = 0x02;

/** Software interrupts, in order of priority; each has a thread. */
export const SWI_TTY = 0;
export const SWI_NET = 1;
export const SWI_VM = 4;
export const SWI_TQ = 5;
export const SWI_CLOCK = 6;
/** flag of swi_sched: swi_sched never switches here (it is plain), so callers say so */
export const SWI_NOSWITCH = 0x0001;

export const IRQ_CLK = 0;
export const NHWI = 16;
/** First inter-processor interrupt: IRQ_IPI + n. */
export const IRQ_IPI = 16;
/** Look at the run queue; take a tick of the clock that CPU 0 forwards. */
export const IPI_AST = 0;
export const IPI_CLOCK = 1;
/** No device's: the running process goes back to the run queue, because the machine says so. */
export const IRQ_RESCHED = 30;

export const NITHD = 24;
export const NINTRHAND = 48;

/**
 * A handler of an interrupt.
 * @lock j sched_lock
 * @lock c constant after it was added
 */
export interface intrhand extends struct {
  ih_handler: (arg: u32) => Sleeps; // (c) what to call
  ih_argument: u32; // (c) its argument
  ih_flags: int; // (c) IH_*
  ih_name: str; // (c) name
  ih_ithread: ithd; // (c) thread that calls it
  ih_need: int; // (j) software interrupt: wanted
  ih_next: embed<TAILQ_ENTRY<intrhand>>; // (j) handlers of the thread, by priority
  ih_pri: u8; // (c) priority
}

/**
 * An interrupt thread.
 * @lock j sched_lock
 * @lock c constant after creation
 */
export interface ithd extends struct {
  it_proc: proc; // (c) its process
  it_handlers: embed<TAILQ_HEAD<intrhand>>; // (j) what it calls
  it_interrupted: proc; // (j) process that the last interrupt found running
  it_vector: int; // (c) IRQ, or SWI_* of a software interrupt
  it_need: int; // (j) there is work
  it_flags: int; // (c) IT_*
  it_count: u_int; // (j) interrupts so far
  it_name: array<char, 32>; // (c) name of the process: "irq14: ata0"
}
