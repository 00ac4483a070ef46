import { isBreak, isDebuggerEntry, isPanicHelper, isTrapHelper, isWayIn } from './functions/index.js';
import type { Boundary, Frame, Trace } from './types.js';

/*
 * Where a backtrace crosses a trap or an interrupt, and no line of it says so: the entry code in it does.
 */

/** Entry code of traps: the frame outside it is the interrupted one. */
const ENTRY =
  /^_?(?:calltrap|alltraps\w*|Xpage|Xprot|Xdblfault|handle_el1h_sync|cpu_exception_handler_supervisor|exception_exit|faultstkadj\w*|k_general|[Mm]ips\w*KernGenException|sh_vector_(?:generic|tlbmiss))$/;

/** Whether a name is of entry code; most names are told by their first letter. */
function isEntry(name: string): boolean {
  return 'caXhe_fkmMs'.includes(name.charAt(0)) && ENTRY.test(name);
}

/** Entry code of interrupts of kernels whose debuggers print no boundary there: the same. */
const INTERRUPT_ENTRY =
  /^_?(?:sparc_intr_retry|sparc_interrupt|sparc_intr_check_flag|k_intr|[Mm]ips\w*KernIntr|sh_vector_interrupt|intrhand\w*|intr_dispatch|extint_call)$/;

function isInterruptEntry(name: string): boolean {
  return 'skmMi_e'.includes(name.charAt(0)) && INTERRUPT_ENTRY.test(name);
}

/** What dispatches interrupts where they come in by the entry of traps. */
const DISPATCHER =
  /^(?:riscv_cpu_intr|intr_irq_handler|riscv_(?:timer|ipi|ext)_intr\w*|plic_intr|ipi_handler)$/;
/** Frames inside such an entry: the handler of traps, the dispatcher. */
const TO_DISPATCHER = 3;

/** Whether an entry that traps and interrupts share was taken for an interrupt: what it called says so. */
function handlesInterrupt({ frames, boundaries }: Trace, entry: number): boolean {
  for (let i = entry - 1; i >= 0 && entry - i <= TO_DISPATCHER; i--) {
    if (boundaries.some((each) => each.after === i)) return false;
    if (DISPATCHER.test(frames[i]!.function)) return true;
  }
  return false;
}

/** Adds to a trace the boundaries that its functions alone show. */
export function implyBoundaries(trace: Trace): void {
  trace.frames.forEach((frame, i) => {
    const next = trace.frames[i + 1];
    if (next === undefined) return;
    if (isInterruptEntry(frame.function)) {
      implyInterrupt(trace, i);
      return;
    }
    // gdb of the 1990s steps over the entry code: the frame outside trap() itself is the interrupted one.
    if (isNetbsdTrapFrame(trace, i)) {
      trace.boundaries.push({ after: i, what: 'trap', ip: next.address!, span: frame.span });
      trace.boundaries.sort((a, b) => a.after - b.after);
      return;
    }
    const direct = trace.style === 'kgdb' && frame.function === 'trap' && !isEntry(next.function);
    if (!direct && !isEntry(frame.function)) return;
    if (trace.boundaries.some((each) => each.after === i || each.after === i - 1)) return;
    if (isDebuggersTrap(trace.frames, i)) return;
    const what = handlesInterrupt(trace, i) ? 'interrupt' : 'trap';
    trace.boundaries.push({ after: i, what, implied: true, span: frame.span });
    trace.boundaries.sort((a, b) => a.after - b.after);
  });
}

/**
 * `tf ffffc00000a5fa10 el1_trap() at ..`: the handler's line is that of the trap frame, and the next has the
 * address where the trap came. With the frame itself in the trace, that says so.
 */
function isNetbsdTrapFrame({ style, frames, boundaries }: Trace, i: number): boolean {
  const next = frames[i + 1]!;
  if (style !== 'netbsd' || frames[i]!.function !== 'el1_trap' || next.address === undefined) return false;
  if (isTrapHelper(next.function)) return false;
  return !boundaries.some((each) => each.after === i || each.after === i - 1);
}

/** An interrupt between two frames, told by the first; where it came in a dispatcher, the last of those. */
function implyInterrupt(trace: Trace, i: number): void {
  const [frame, next] = [trace.frames[i]!, trace.frames[i + 1]!];
  if (isInterruptEntry(next.function) || isWayIn(next.function)) return;
  if (trace.boundaries.some((each) => each.after === i)) return;
  trace.boundaries.push({ after: i, what: 'interrupt', implied: true, span: frame.span });
  trace.boundaries.sort((a, b) => a.after - b.after);
}

/**
 * Whether the handlers of a trap only led into the debugger: that was the breakpoint by which a panic enters
 * it, and nothing went wrong there. FreeBSD's faults pass through trap_fatal; NetBSD's go to the debugger at
 * once, and there no panic stands outside them.
 */
function isDebuggersTrap(frames: readonly Frame[], entry: number): boolean {
  const at = frames.findIndex((frame) => frame.function === 'kdb_trap' || frame.function === 'trap_fatal');
  if (at < 0 || at > entry) return false;
  for (let i = at; i <= entry; i++) if (frames[i]!.function === 'trap_fatal') return false;
  const isOfPanic = ({ function: name }: Frame) => isPanicHelper(name) || isDebuggerEntry(name);
  return frames.findLastIndex(isOfPanic) > entry;
}

/** Whether a trap's line is that of the breakpoint by which a panic enters the debugger. */
export function entersDebugger(frames: readonly Frame[], { what, after, number }: Boundary): boolean {
  // A trace that counts its lines has this one among them.
  if (number !== undefined) return false;
  const stopped = frames[after + 1];
  return what === 'trap' && stopped !== undefined && isBreak(stopped.function);
}
