/** How the machine comes into the kernel debugger, and what that finds (i386/i386/db_interface.c). */
import { debugger_on_panic } from '../kern/kern_shutdown.js';
import { printf } from '../kern/subr_prf.js';
import { int3, machine_stop } from './cpufunc.h.js';
import type { trapframe } from './frame.h.js';
import { bcopy } from './support.js';
import { SEL_UPL, T_BPTFLT } from './trap.h.js';

/** What DDB shows as the registers: the frame that stopped the machine. */
export let ddb_regs: embed<trapframe>;
/** Bytes of a frame from kernel mode, where the processor pushes no stack pointer. */
const KERNEL_FRAME = $offsetof<trapframe>('tf_esp');
/** Set if that frame came from user mode (tf_esp and tf_ss are in it). */
export let ddb_user: int = 0;
/** trap number and code of the stop, -1 for Debugger() */
export let ddb_trapno: int = -1;
export let ddb_code: int = 0;

/**
 * Enters the kernel debugger with this frame, if it is wanted. What was set of the registers there is in the frame when it is left.
 * False if there is no debugger. Locks: anything. Does not sleep.
 */
export function kdb_trap(type: int, code: int, frame: trapframe): boolean {
  if (debugger_on_panic === 0) return false;
  bcopy($addr(frame), $addr(ddb_regs), KERNEL_FRAME);
  ddb_user = (frame.tf_cs & SEL_UPL) !== 0 ? 1 : 0;
  ddb_regs.tf_esp = ddb_user !== 0 ? frame.tf_esp : $addr($ref(frame.tf_esp));
  ddb_regs.tf_ss = ddb_user !== 0 ? frame.tf_ss : 0x10;
  ddb_trapno = type;
  ddb_code = code;
  machine_stop(type === T_BPTFLT ? 1 : 0);
  bcopy($addr(ddb_regs), $addr(frame), KERNEL_FRAME);
  ddb_regs.tf_cs = 0;
  return true;
}

/**
 * Enters the debugger by a breakpoint at this place, as a panic does. Returns if no debugger is wanted.
 * Locks: anything. Does not sleep.
 */
export function Debugger(msg: str): void {
  if (debugger_on_panic === 0) return;
  printf('Debugger("%s")\n', msg);
  int3();
}
