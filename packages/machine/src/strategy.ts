/**
 * A schedule strategy decides which contexts are kept waiting although they could run. A machine without one never does that. It sees
 * what it needs to decide: where interrupts are let in again (which is where locks have just been given back), and the locks that
 * the kernel takes and gives back. All it may do is to delay; it changes no state of the machine.
 *
 * Strategies live in packages/explore, one a file. They draw from a generator of their own, so that a machine with a strategy that
 * holds nobody runs as one without.
 */
export interface ScheduleStrategy {
  /** Interrupts are being let in in this context. True: an interrupt comes right here, and from now on isHeld decides. */
  interruptsEnabled(context: number, nowNs: number): boolean;
  /** Is this context to be kept waiting, now that the kernel chooses whom to run? */
  isHeld(context: number, nowNs: number): boolean;
  /** The running context has taken a lock. */
  acquired?(context: number, lock: number, exclusive: boolean, nowNs: number): void;
  /** The running context is about to give a lock back. */
  released?(context: number, lock: number, exclusive: boolean, nowNs: number): void;
}

/** Kinds of events that the kernel tells of by hw_event(kind, lock, exclusive). */
export const EVENT_ACQUIRED = 1;
export const EVENT_RELEASED = 2;
