/**
 * Interrupt entry (i386/exception.s, icu_vector.s). Traps enter in host code, which pushes the frame and runs
 * trap() or syscall(); calltrap is the label in whose text their return address lies.
 */
import { intr_execute } from '../kern/kern_intr.js';
import { cpu_delay, intr_disable, intr_restore, irq_pending, read_ebp, slice_expired } from './cpufunc.h.js';
import type { trapframe } from './frame.h.js';
import { curproc } from './pcpu.h.js';
import { PSL_I } from './trap.h.js';
import { ast } from './trap.js';

/** Where trap() and syscall() return to: the text of alltraps. Never called as a function. Locks: none. */
export function calltrap(): void {
  cpu_delay(0);
}

/**
 * Hardware interrupts that arrive in a may-sleep kernel function: kcc puts the poll in. Runs every pending
 * interrupt on the interrupted process's stack; an interrupt thread may be switched to from here. Locks:
 * whatever the interrupted code holds (never a spin lock: those keep interrupts off). May switch.
 */
export function* Xintr(eip: u32): Sleeps {
  const flags = intr_disable();
  const frame = $local<trapframe>();
  for (;;) {
    const irq = irq_pending();
    if (irq < 0) break;
    frame.tf_trapno = irq;
    frame.tf_err = 0;
    frame.tf_eip = eip;
    frame.tf_cs = 8;
    frame.tf_eflags = flags;
    frame.tf_ebp = $int($ld32(read_ebp()));
    frame.tf_esp = read_ebp() + 12;
    yield* intr_execute(irq, frame);
  }
  intr_restore(flags);
  if (slice_expired() !== 0) yield* $cpupause();
}

/**
 * An interrupt that hw_point() has said is pending is taken here, on the way in.
 * Locks: as Xintr. May switch.
 */
export function* interrupted(): Sleeps {}

/**
 * The same when the interrupt found the processor in user mode. Locks: none. May sleep: signals and
 * rescheduling.
 */
export function* Xintr_user(frame: embed<trapframe>): Sleeps {
  curproc().p_md_regs = frame;
  const flags = intr_disable();
  for (;;) {
    const irq = irq_pending();
    if (irq >= 0) {
      yield* intr_execute(irq, frame);
      continue;
    }
    /*
     * Others' turn. What comes meanwhile finds this processor in user mode, where it was: so a tick is
     * counted.
     */
    if (slice_expired() === 0) break;
    yield* $cpupause();
  }
  intr_restore(flags | PSL_I);
  yield* ast(frame);
}
