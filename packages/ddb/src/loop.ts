import {
  type Boundary,
  describeFrame,
  frameOwner,
  inUserMode,
  type Memory,
  type Registers,
  type TraceItem,
  walkFrom,
  walkStack,
} from '@trap12/target';
import { hash, hex, symbolic } from './format.js';

/**
 * The stack of a machine that was taken out of an endless loop of its kernel. Between two places where it can
 * be left, compiled code keeps its instruction pointer nowhere: what the register holds is older than the
 * loop, of another function or of the program. So the innermost function is taken from its frame: the call
 * behind which it returns names it, but for one through a pointer.
 * @param lines what an item's line is; `exact`: the first one stands at its pc, not in a call before it
 */
export function loopTrace(
  memory: Memory,
  registers: Registers,
  lines: (exact: boolean) => (item: TraceItem) => string,
): string[] {
  const { ebp } = registers;
  const before = memory.wordAt(ebp);
  const back = memory.wordAt(ebp + 4);
  if (inUserMode(memory, registers) || before === undefined || back === undefined)
    return [...walkFrom(memory, registers)].map(lines(true));
  const owner = frameOwner(memory, ebp);
  if (owner !== undefined) {
    const items = walkStack(memory, memory.symbols.address(owner), ebp);
    return [...items.map(lines(true)), `How far ${owner} is, is not known.`];
  }
  const callers = walkStack(memory, back, before);
  const { args } = describeFrame(memory, back, ebp, true);
  const passed = args.map(hex).join(',');
  return [`not known(${passed}), ${throughPointer(memory, back, callers)}`, ...callers.map(lines(false))];
}

/** What is known of a function that was called through a pointer and returns to `back`. */
function throughPointer(memory: Memory, back: number, callers: readonly TraceItem[]): string {
  const called = `called through a pointer, just before ${symbolic(memory.symbols, back)}`;
  const entry = callers.map(boundaryOf).find((boundary) => boundary !== undefined);
  if (memory.symbols.nearest(back)?.symbol.name !== 'syscall' || entry?.kind !== 'syscall') return called;
  // A call that has changed the trap frame, as execve and sigreturn do, may have changed the number, too.
  const { size } = memory.symbols.struct('sysent_t');
  const { address, size: whole } = memory.symbols.symbol('sysent');
  const row = entry.trapno * size < whole ? address + entry.trapno * size : address;
  const name = memory.symbols.nearest(memory.field('sysent_t', row, 'sy_call'))?.symbol.name;
  return name === undefined ? called : `${called}; for call ${hash(entry.trapno)} sysent has ${name}`;
}

const boundaryOf = (item: TraceItem): Boundary | undefined =>
  'boundary' in item ? item.boundary : undefined;
