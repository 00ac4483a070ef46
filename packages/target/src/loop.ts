import type { Memory } from './memory.js';
import { frameOwner, inUserMode, type Registers } from './registers.js';

/** `pushl %ebp` and `movl %esp,%ebp`, behind which a frame is its function's. */
const PROLOGUE_BYTES = 3;

/**
 * Registers for those who cannot be told that one is not known: of a machine that was taken out of an endless
 * loop of its kernel, whose instruction pointer is older than the loop. It points behind the prologue of the
 * function that its frame is of; where nobody knows which that is, eip, esp and ebp are its caller's.
 */
export function loopRegisters(memory: Memory, registers: Registers): Registers {
  const { ebp } = registers;
  const before = memory.wordAt(ebp);
  const back = memory.wordAt(ebp + 4);
  if (inUserMode(memory, registers) || before === undefined || back === undefined) return registers;
  const owner = frameOwner(memory, ebp);
  if (owner === undefined) return { ...registers, eip: back, ebp: before, esp: ebp + 8 };
  return { ...registers, eip: memory.symbols.address(owner) + PROLOGUE_BYTES };
}
