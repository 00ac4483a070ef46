import { BadAddress, type Memory, type StackVisitor, visitStack } from '@trap12/target';

/** A place in the kernel: a function and the source line that it has come to. */
export interface Place {
  function: string;
  file: string;
  line: number;
}

/** Functions in these files stand between a process and what it wants with a lock. */
export const LOCK_FILES: ReadonlySet<string> = new Set([
  'kern/kern_mutex.ts',
  'kern/kern_sx.ts',
  'kern/subr_witness.ts',
]);
/** The same for whoever waits: sleeps, lockmgr, interrupts. */
export const WAIT_FILES: ReadonlySet<string> = new Set([
  ...LOCK_FILES,
  'kern/kern_lock.ts',
  'kern/kern_synch.ts',
  'kern/kern_intr.ts',
  'i386/exception.ts',
]);

/**
 * The running context's stack, innermost first, without functions of `skipped` files. The function that is
 * running has no return address and is left out.
 */
export function runningStack(memory: Memory, depth: number, skipped: ReadonlySet<string>): Place[] {
  const frame = memory.target.cpu.registers?.ebp ?? 0;
  let caller: [pc: number, ebp: number];
  try {
    caller = [memory.u32(frame + 4), memory.u32(frame)];
  } catch (error) {
    if (!(error instanceof BadAddress)) throw error;
    // A kernel that loses its own stack's mapping goes on until the processor has to look it up.
    return [];
  }
  return stackPlaces(memory, ...caller, depth, skipped);
}

/** The stack from a text address and a frame on. */
export function stackPlaces(
  memory: Memory,
  pc: number,
  ebp: number,
  depth: number,
  skipped: ReadonlySet<string>,
): Place[] {
  const { symbols } = memory.target;
  const out: Place[] = [];
  let interrupted = false;
  const visitor: StackVisitor = {
    frame(at) {
      // A caller's call is the instruction before the return address.
      const site = symbols.site(interrupted ? at : at - 1);
      interrupted = false;
      if (site === undefined) return true;
      const { file, line } = site;
      if (!skipped.has(file)) out.push({ function: site.function.name, file, line });
      return out.length === depth;
    },
    boundary({ kind }) {
      interrupted = kind !== 'interrupt';
    },
  };
  try {
    visitStack(memory, pc >>> 0, ebp >>> 0, visitor);
  } catch (error) {
    if (!(error instanceof BadAddress)) throw error;
  }
  return out;
}

/** Who did something in the kernel, when and where. */
export interface Doer {
  process: string;
  pid: number;
  /** Virtual time, ns since power-on */
  ns: number;
  /** Innermost first */
  stack: Place[];
}

/** Something that an account of a failing run names: an access, the beginning of a wait. */
export interface Mark extends Doer {
  does: string;
}

/** As a report has it: function (file:line). */
export const placeText = ({ function: name, file, line }: Place): string => `${name} (${file}:${line})`;
