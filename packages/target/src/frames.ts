import { kernelConstants } from './constants.js';
import type { Memory } from './memory.js';
import { inUserMode, type Registers } from './registers.js';
import { BadAddress } from './target.js';

/** One line of a backtrace. */
export interface Frame {
  /** Function's name, or undefined where the address is in no symbol */
  function: string | undefined;
  offset: number;
  pc: number;
  /** Frame pointer of the function's own frame */
  fp: number;
  /** As many as the call's clean-up shows; 5 where it shows nothing; none for assembly labels */
  args: number[];
  /**
   * Of a program's function in which the kernel was entered: what was in registers, by the places from ebp
   * that the words have otherwise
   */
  inRegisters?: ReadonlyMap<number, number>;
}

/** A line between frames: an exception, a system call or an interrupt was taken here. */
export interface Boundary {
  kind: 'trap' | 'syscall' | 'interrupt';
  /** The trap's number, the system call's number, or 0 */
  trapno: number;
  eip: number;
  esp: number;
  ebp: number;
  /** Address of the trap frame */
  frame: number;
  user: boolean;
}

/** A line of a backtrace: a frame, a trap or interrupt between two, an unreadable address, a note. */
export type TraceItem = { frame: Frame } | { boundary: Boundary } | { bad: number } | { note: string };

/**
 * calltrap's `call trap` is the only way into trap, syscall and Xintr_user; they find their trap frame where
 * arguments would be.
 */
const ENTRY_LABEL = 'calltrap';
/** First code of a process: nothing is behind it. */
const FIRST_CODE = 'fork_trampoline';
const INTERRUPT_ENTRY = 'Xintr';
const USER_INTERRUPT = 'Xintr_user';
const DOUBLE_FAULT = 'dblfault_handler';
const DEFAULT_ARGS = 5;
const MAX_FRAMES = 1024;
const K = kernelConstants('KERNBASE', 'SEL_UPL', 'T_DOUBLEFLT');
const POPL_ECX = 0x59;
const ADDL_ESP = [0x83, 0xc4];

/**
 * Arguments of the call that made the frame at `fp`, from the instruction at its return address: popl %ecx
 * takes one away, addl $n,%esp n/4; without either nothing is known and five are shown, as DDB does.
 */
function argumentCount(memory: Memory, fp: number): number {
  const code = memory.target.read(memory.u32(fp + 4), 3);
  if (code[0] === POPL_ECX) return 1;
  if (code[0] === ADDL_ESP[0] && code[1] === ADDL_ESP[1] && code.length === 3) return code[2]! >> 2;
  return DEFAULT_ARGS;
}

/** A function that stands at `pc`, with its frame at `fp`. @param args look for its arguments, too */
export function describeFrame(memory: Memory, pc: number, fp: number, args: boolean): Frame {
  const near = memory.target.symbols.nearest(pc);
  const values: number[] = [];
  try {
    const count = args && fp !== 0 ? argumentCount(memory, fp) : 0;
    for (let i = 0; i < count; i++) values.push(memory.u32(fp + 8 + 4 * i));
  } catch (error) {
    if (!(error instanceof BadAddress)) throw error;
  }
  return { function: near?.symbol.name, offset: near?.offset ?? 0, pc, fp, args: values };
}

/** Reads the trap frame at `tf`. From kernel mode the stack pointer is the address behind what was pushed. */
function boundaryAt(memory: Memory, tf: number, handler: string | undefined): Boundary {
  const get = (field: string): number => memory.field('trapframe', tf, field) >>> 0;
  const user = (get('tf_cs') & K(memory).SEL_UPL) !== 0;
  const kind = handler === 'syscall' ? 'syscall' : handler === USER_INTERRUPT ? 'interrupt' : 'trap';
  return {
    kind,
    trapno: kind === 'syscall' ? get('tf_eax') : kind === 'trap' ? get('tf_trapno') : 0,
    eip: get('tf_eip'),
    esp: user ? get('tf_esp') : memory.address('trapframe', tf, 'tf_esp'),
    ebp: get('tf_ebp'),
    frame: tf >>> 0,
    user,
  };
}

/** The processor's own stack: dblfault_handler's arguments say where it came from. */
function doubleFault(memory: Memory, fp: number): Boundary {
  return {
    kind: 'trap',
    trapno: K(memory).T_DOUBLEFLT,
    eip: memory.u32(fp + 8),
    esp: memory.u32(fp + 12),
    ebp: memory.u32(fp + 16),
    frame: fp,
    user: false,
  };
}

/** Is told what a walk of a stack comes to, from the innermost frame outwards. */
export interface StackVisitor {
  /**
   * @param entered the way in from a trap, whose words are no arguments of it
   * @returns enough: the walk ends
   */
  frame(pc: number, fp: number, name: string | undefined, entered: boolean): boolean;
  /** A trap, a system call or an interrupt was taken there. */
  boundary?(boundary: Boundary): void;
  /** Why the walk ends, where that is not its natural end. */
  note?(text: string): void;
}

/**
 * Walks the stack from a program counter and frame pointer, across trap frames, to the process's first code
 * or to user mode. All of it is read from memory; where memory cannot be read, or the frame pointers lead in
 * circles, the walk says so and ends.
 * @param esp the stack pointer, by which a function is seen that stands at its first instruction
 */
export function walkStack(
  memory: Memory,
  eip: number,
  ebp: number,
  limit = MAX_FRAMES,
  esp?: number,
): TraceItem[] {
  const items: TraceItem[] = [];
  const visitor: StackVisitor = {
    frame(pc, fp, name, entered) {
      const args = !entered && name !== FIRST_CODE;
      items.push({ frame: describeFrame(memory, pc, fp, args) });
      return false;
    },
    boundary: (boundary) => items.push({ boundary }),
    note: (note) => items.push({ note }),
  };
  try {
    const begins = esp !== undefined && memory.target.symbols.nearest(eip)?.offset === 0;
    // Its caller's frame pointer it has not pushed yet.
    if (begins) visitStack(memory, eip >>> 0, (esp - 4) >>> 0, visitor, limit, ebp >>> 0);
    else visitStack(memory, eip >>> 0, ebp >>> 0, visitor, limit);
  } catch (error) {
    if (!(error instanceof BadAddress)) throw error;
    items.push({ bad: error.address >>> 0 });
  }
  return items;
}

/** walkStack() from registers; of a program, in user mode, there is nothing on the kernel's stack. */
export function walkFrom(memory: Memory, registers: Registers, limit?: number): Iterable<TraceItem> {
  if (inUserMode(memory, registers)) return [];
  return walkStack(memory, registers.eip, registers.ebp, limit, registers.esp);
}

/**
 * walkStack() for who looks often, or for little.
 * @param callers the frame pointer that the first function is still to push
 * @throws BadAddress where memory cannot be read
 */
export function visitStack(
  memory: Memory,
  eip: number,
  ebp: number,
  visitor: StackVisitor,
  limit = MAX_FRAMES,
  callers?: number,
): void {
  const { symbols } = memory.target;
  const { KERNBASE } = K(memory);
  const most = Math.min(limit, MAX_FRAMES);
  let pc = eip;
  let fp = ebp;
  for (let n = 0; n < most; n++) {
    const name = symbols.nearest(pc)?.symbol.name;
    if (visitor.frame(pc, fp, name, false)) return;
    if (name === FIRST_CODE || fp === 0) return;
    const next = n === 0 && callers !== undefined ? callers : memory.u32(fp);
    const caller = memory.u32(fp + 4);
    let boundary: Boundary | undefined;
    if (symbols.nearest(caller)?.symbol.name === ENTRY_LABEL) {
      if (visitor.frame(caller, fp, ENTRY_LABEL, true)) return;
      boundary = boundaryAt(memory, fp + 8, name);
    } else if (name === DOUBLE_FAULT) boundary = doubleFault(memory, fp);
    if (boundary !== undefined) {
      visitor.boundary?.(boundary);
      if (boundary.user) return;
      pc = boundary.eip;
      fp = boundary.ebp;
      continue;
    }
    if (name === INTERRUPT_ENTRY)
      visitor.boundary?.({
        kind: 'interrupt',
        trapno: 0,
        eip: caller,
        esp: fp + 12,
        ebp: next,
        frame: fp,
        user: false,
      });
    if (caller === 0) return;
    if (next !== 0 && next < KERNBASE) {
      visitor.note?.(`frame pointer ${next.toString(16)} leads out of the kernel`);
      return;
    }
    if (next !== 0 && next <= fp) {
      visitor.note?.(`frame pointer ${next.toString(16)} leads back into the stack`);
      return;
    }
    pc = caller;
    fp = next;
  }
}
