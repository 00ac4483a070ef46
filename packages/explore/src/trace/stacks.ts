import { frameOwner, type Memory, type StackVisitor, visitStack } from '@trap12/target';
import { ifMapped } from '../processes.js';

/** The first functions of what is entered without a call. */
const HANDLERS = ['calltrap', 'Xintr', 'Xintr_user'];
/** No stack of this kernel is deeper. */
const FRAMES_MAX = 64;

/**
 * The functions on the stack of the running processor before a trace point, outermost first. Their frames are
 * in memory; which is the innermost its caller tells.
 * @param entered a handler has begun: what came before it was what it has interrupted; nothing: user mode
 */
export function functionsBefore(memory: Memory, entered: boolean): string[] {
  const ebp = memory.target.cpu.registers?.ebp ?? 0;
  const owner = ifMapped(() => frameOwner(memory, ebp));
  if (owner === undefined) return [];
  const out: string[] = [];
  const visitor: StackVisitor = {
    frame(_pc, _fp, name) {
      if (name !== undefined) out.push(name);
      return false;
    },
  };
  ifMapped(() => visitStack(memory, memory.symbols.address(owner), ebp, visitor, FRAMES_MAX));
  out.reverse();
  const handler = entered ? out.findLastIndex((name) => HANDLERS.includes(name)) : -1;
  return handler < 0 ? out : out.slice(0, handler);
}
