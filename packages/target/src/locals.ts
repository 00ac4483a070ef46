import type { ImageLocal, ImageParameter } from '@trap12/kcc/image.js';
import type { Frame } from './frames.js';
import type { Memory } from './memory.js';
import { BadAddress } from './target.js';

/** A parameter or local variable of a function on a stack. */
export interface FrameVariable {
  name: string;
  /** Index into the image's types */
  type: number;
  parameter: boolean;
  /** Its word, unsigned, or both of a 64-bit value; undefined: nobody has kept it */
  value: number | undefined;
}

/** From ebp to the first argument. */
const ARGUMENTS = 8;

/**
 * The variables of a function on a stack that are alive where it stands, in the order of their declaration.
 * @param kept are the values in the frame that a function stores there when it is suspended? They are of
 * every process that waits, and where the machine stands at a step; not of the functions in which a kernel in
 * its fast form has died
 * @param innermost the function stands before `frame.pc`; of others that is where they go on
 */
export function frameVariables(
  memory: Memory,
  frame: Frame,
  kept: boolean,
  innermost: boolean,
): FrameVariable[] {
  const symbol = memory.target.symbols.nearest(frame.pc)?.symbol;
  if (symbol?.kind !== 'text' || (frame.fp === 0 && frame.inRegisters === undefined)) return [];
  const { params = [], locals = [] } = symbol;
  // Behind a call stands the next instruction, which may be another block's.
  const pc = innermost ? frame.pc : frame.pc - 1;
  // Before its first instruction a function has its arguments only.
  const begun = frame.offset > 0;
  return [
    ...parameters(memory, frame, params, kept && begun),
    ...(begun ? locals : [])
      .filter((local) => pc >= local.from >>> 0 && pc < local.to >>> 0)
      .map((local) => variable(memory, frame, local, kept)),
  ];
}

function parameters(
  memory: Memory,
  frame: Frame,
  params: readonly ImageParameter[],
  kept: boolean,
): FrameVariable[] {
  let at = ARGUMENTS;
  return params.flatMap(({ name, type, saved }) => {
    const from = at;
    at += bytes(memory, type);
    if (['va_list', 'struct'].includes(memory.symbols.type(type).kind)) return [];
    // What was assigned to it is where the function has put it, if it has.
    const place = saved === undefined || frame.offset === 0 ? from : kept ? saved : undefined;
    return [{ name, type, parameter: true, value: read(memory, frame, place, type) }];
  });
}

function variable(memory: Memory, frame: Frame, local: ImageLocal, kept: boolean): FrameVariable {
  const { name, type, saved, address } = local;
  const value =
    address !== undefined ? (frame.fp + address) >>> 0 : read(memory, frame, kept ? saved : undefined, type);
  return { name, type, parameter: false, value };
}

/** Bytes that a value takes on the stack. */
function bytes(memory: Memory, type: number): number {
  const t = memory.symbols.type(type);
  return t.kind === 'int' && t.size === 8 ? 8 : 4;
}

function read(memory: Memory, frame: Frame, offset: number | undefined, type: number): number | undefined {
  if (offset === undefined) return undefined;
  const isLong = bytes(memory, type) === 8;
  const { fp, inRegisters } = frame;
  // What lies in the frame of a function that the kernel was entered in is what was there before.
  if (inRegisters !== undefined && (offset < 0 || fp === 0)) {
    const low = inRegisters.get(offset);
    return low === undefined
      ? undefined
      : (low >>> 0) + (isLong ? ((inRegisters.get(offset + 4) ?? 0) | 0) * 2 ** 32 : 0);
  }
  try {
    const at = (fp + offset) >>> 0;
    const low = memory.u32(at);
    return isLong ? low + memory.i32(at + 4) * 2 ** 32 : low;
  } catch (error) {
    if (error instanceof BadAddress) return undefined;
    throw error;
  }
}
