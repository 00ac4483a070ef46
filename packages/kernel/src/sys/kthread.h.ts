/** Kernel processes (sys/kthread.h). Code in kern/kern_kthread.ts. */
import type { trapframe } from '../i386/frame.h.js';
import type { proc } from './proc.h.js';

/**
 * Describes a kernel process that kproc_start makes at boot.
 * @lock c constant
 */
export interface kproc_desc extends struct {
  arg0: str; // (c) its name
  kp_func: (arg: u32, frame: trapframe) => Sleeps; // (c) what it runs
  global_procpp: ptr<proc>; // (c) where to leave a pointer to it, or null
}
