/**
 * Trace points (sys/ktr.h). In 2001 CTR0() to CTR5() put a text into a ring of the kernel's own; here a trace
 * point tells the observers of the machine what happens by hw_event(kind, object, arg), if its class is in
 * ktr_mask. Telling changes nothing and takes no time: a run that is traced is the run that nobody sees.
 *
 * The numbers are the kernel's word to its host, which reads them from the image.
 */

/**
 * Classes, the bits of ktr_mask. In BSD's KTR_LOCK are all locks; of sleep and spin mutexes there are so many
 * that they come apart.
 */
export const KTR_LOCK = 0x00000008;
export const KTR_TRAP = 0x00000100;
export const KTR_INTR = 0x00000200;
export const KTR_PROC = 0x00001000;
export const KTR_MTX = 0x02000000;
export const KTR_SPIN = 0x04000000;
/**
 * Tells nothing: with it the machine is asked before each lock and each sleep whether the process goes back
 * to the run queue first.
 */
export const KTR_POINT = 0x08000000;

/**
 * Kinds. Of locks: taken, about to be given back, about to be waited for; object is the lock, arg HW_MTX,
 * HW_SPIN, HW_SX or HW_LOCKMGR, with HW_EXCLUSIVE. Only ownership counts: a mutex that its owner takes again
 * is not told of. An upgrade or downgrade is told as one giving back and one taking. sched_lock passes from
 * process to process at HW_SWITCH.
 */
export const HW_ACQUIRED = 1;
export const HW_RELEASED = 2;
export const HW_CONTESTED = 3;
/** The running process has queued itself on channel object, for at most arg ticks (0: for ever). */
export const HW_SLEEP = 4;
/** Up to arg processes that sleep on channel object are to run. */
export const HW_WAKEUP = 5;
/** The processor passes to process object; arg is the one it leaves. */
export const HW_SWITCH = 6;
/** Interrupt line object is served. */
export const HW_INTR = 7;
/** Trap object, at text address arg. */
export const HW_TRAP = 8;
/** Process object is new; arg is its parent. */
export const HW_FORK = 9;
/** Process object ends, with status arg. */
export const HW_EXIT = 10;

export const HW_MTX = 1;
export const HW_SPIN = 2;
export const HW_SX = 3;
export const HW_LOCKMGR = 4;
export const HW_EXCLUSIVE = 0x100;
