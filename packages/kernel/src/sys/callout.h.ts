/** Calls to be made at a later tick: callout(9), timeout(9). Code in kern/kern_timeout.ts. */
/** The caller's memory, not one that timeout() borrowed. */
export const CALLOUT_LOCAL_ALLOC = 0x0001;
/** On the wheel, not yet run. */
export const CALLOUT_ACTIVE = 0x0002;
export const CALLOUT_PENDING = 0x0004;
/** The function does not want Giant. */
export const CALLOUT_MPSAFE = 0x0008;

/** Buckets of the wheel (a power of 2) and callouts that timeout() can lend. */
export const CALLWHEELSIZE = 256;
export const CALLWHEELMASK = 255;
export const NCALLOUT = 128;
/** Callouts looked at before softclock lets others run. */
export const MAX_SOFTCLOCK_STEPS = 100;

/**
 * A call to be made.
 * @lock t callout_lock
 */
export interface callout extends struct {
  c_links: embed<TAILQ_ENTRY<callout>>; // (t) bucket of the wheel
  c_time: int; // (t) tick at which it is due
  c_arg: u32; // (t) argument
  c_func: (arg: u32) => Sleeps; // (t) what to call, in the clock's software interrupt thread
  c_flags: int; // (t) CALLOUT_*
}
