import { R_EBP, R_ESP } from '@trap12/machine';
import type { System } from '@trap12/system';
import { callBegins, stoppedInDebugger } from '@trap12/target';
import { frameBytes } from './code-points.js';
import type { Position } from './passing.js';

/** Before a call. */
export interface CallPosition extends Position {
  /** Where it returns to */
  readonly back: number;
}

/** Does a thread stand within a call: at what it pushes, or at the call itself? */
export const isAt = ({ eip, ebp }: Position, call: CallPosition): boolean =>
  eip >= call.eip && eip < call.back && (ebp === undefined || ebp === call.ebp);

/**
 * Where a function begins the machine can stand; gdb, which comes there by a step, is to see its call before.
 * Nothing lies between but what is pushed.
 */
export function beforeCall(
  { memory, symbols, machine }: System,
  range: { from: number; to: number } | undefined,
): CallPosition | undefined {
  const { standing } = machine.steps;
  if (standing === undefined || symbols.nearest(standing.site)?.offset !== 0) return undefined;
  // gdb is shown where the kernel was when it entered its debugger, not where it is in that.
  if (stoppedInDebugger(memory)) return undefined;
  const esp = machine.reg[R_ESP]! >>> 0;
  const back = memory.u32(esp);
  const call = symbols.site(back - 1);
  if (call?.kind !== 'call' || call.address + call.length !== back) return undefined;
  const { address: eip } = callBegins(symbols, call);
  if (range !== undefined && eip >= range.from && eip < range.to) return undefined;
  const ebp = machine.reg[R_EBP]! >>> 0;
  return { eip, ebp, esp: ebp - frameBytes(symbols, call.function), back };
}
