import { BadAddress, type Memory } from '@trap12/kernel';

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
}

/** A line between frames: an exception, a system call or an interrupt was taken here. */
export interface Boundary {
  kind: 'trap' | 'syscall' | 'interrupt';
  trapno: number;
  eip: number;
  esp: number;
  ebp: number;
  /** Address of the trap frame */
  frame: number;
  user: boolean;
}

export type TraceItem = { frame: Frame } | { boundary: Boundary } | { bad: number };

/** calltrap's `call trap` is the only way into these two; they find their trap frame where arguments would be. */
const ENTRY_LABEL = 'calltrap';
/** First code of a process: nothing is behind it. */
const FIRST_CODE = 'fork_trampoline';
const INTERRUPT_ENTRY = 'Xintr';
const DEFAULT_ARGS = 5;
const MAX_FRAMES = 1024;
const KERNBASE = 0xc0000000;

/**
 * Arguments of the call that made the frame at `fp`, from the instruction at its return address: popl %ecx takes one away, addl
 * $n,%esp n/4; without either nothing is known and five are shown, as DDB does.
 */
function argumentCount(memory: Memory, fp: number): number {
  try {
    const code = memory.bytes(memory.u32(fp + 4), 3);
    if (code[0] === 0x59) return 1;
    if (code[0] === 0x83 && code[1] === 0xc4) return code[2]! / 4;
  } catch (error) {
    if (!(error instanceof BadAddress)) throw error;
  }
  return DEFAULT_ARGS;
}

function describe(memory: Memory, pc: number, fp: number, args: boolean): Frame {
  const near = memory.target.symbols.nearest(pc);
  const count = args ? argumentCount(memory, fp) : 0;
  const values: number[] = [];
  for (let i = 0; i < count; i++) {
    try {
      values.push(memory.u32(fp + 8 + 4 * i));
    } catch {
      break;
    }
  }
  return { function: near?.symbol.name, offset: near?.offset ?? 0, pc, fp, args: values };
}

/** Reads the trap frame at `tf`. From kernel mode the stack pointer is the address behind what was pushed. */
function boundaryAt(memory: Memory, tf: number, viaSyscall: boolean): Boundary {
  const cs = memory.field('trapframe', tf, 'tf_cs');
  const user = (cs & 3) !== 0;
  const trapno = memory.field('trapframe', tf, 'tf_trapno');
  return {
    kind: viaSyscall ? 'syscall' : 'trap',
    trapno: viaSyscall ? memory.field('trapframe', tf, 'tf_eax') : trapno,
    eip: memory.field('trapframe', tf, 'tf_eip') >>> 0,
    esp: user ? memory.field('trapframe', tf, 'tf_esp') >>> 0 : memory.address('trapframe', tf, 'tf_esp'),
    ebp: memory.field('trapframe', tf, 'tf_ebp') >>> 0,
    frame: tf >>> 0,
    user,
  };
}

/**
 * Walks the stack from a program counter and frame pointer, across trap frames, to the process's first code or to user mode. All of it is
 * read from memory; where memory cannot be read, the walk ends with the address.
 */
export function* walkStack(memory: Memory, eip: number, ebp: number, limit = MAX_FRAMES): Generator<TraceItem> {
  let pc = eip >>> 0;
  let fp = ebp >>> 0;
  for (let n = 0; n < limit; n++) {
    const name = memory.target.symbols.nearest(pc)?.symbol.name;
    yield { frame: describe(memory, pc, fp, name !== FIRST_CODE) };
    if (name === FIRST_CODE || fp === 0) return;
    let caller: number;
    let next: number;
    try {
      next = memory.u32(fp);
      caller = memory.u32(fp + 4);
    } catch (error) {
      if (!(error instanceof BadAddress)) throw error;
      yield { bad: error.address };
      return;
    }
    if (memory.target.symbols.nearest(caller)?.symbol.name === ENTRY_LABEL) {
      yield { frame: describe(memory, caller, fp, false) };
      try {
        const boundary = boundaryAt(memory, fp + 8, name === 'syscall');
        yield { boundary };
        if (boundary.user) return;
        pc = boundary.eip;
        fp = boundary.ebp;
        continue;
      } catch (error) {
        if (!(error instanceof BadAddress)) throw error;
        yield { bad: error.address };
        return;
      }
    }
    if (name === INTERRUPT_ENTRY)
      yield { boundary: { kind: 'interrupt', trapno: 0, eip: caller, esp: fp + 8, ebp: next, frame: fp, user: false } };
    if (caller === 0 || next < KERNBASE) {
      if (caller === 0 || next !== 0) return;
    }
    pc = caller;
    fp = next;
  }
}
