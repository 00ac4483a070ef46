/** Kernel processes (sys/kthread.h). Code in kern/kern_kthread.ts. */

/**
 * Describes a kernel process that kproc_start makes at boot.
 * @lock c constant
 */
export interface kproc_desc extends struct {
  arg0: str; // (c) its name
  kp_func: (arg: u32) => Sleeps; // (c) what it runs
  global_procpp: ptr<proc>; // (c) where to leave a pointer to it, or null
}
