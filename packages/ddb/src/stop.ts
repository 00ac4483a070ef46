import { kernelConstants, type Memory, stopRegisters } from '@trap12/target';
import { formatLocation, symbolic } from './format.js';

const K = kernelConstants('T_BPTFLT');

/** What the debugger says when the machine stops: the kind of trap and where, from what the kernel left in memory. */
export function stopMessage(memory: Memory): string[] {
  const trapno = memory.global('ddb_trapno') | 0;
  const lines: string[] = [];
  if (trapno >= 0 && trapno !== K(memory).T_BPTFLT)
    lines.push(`kernel: type ${trapno} trap, code=${memory.global('ddb_code') >>> 0}`);
  const { eip } = stopRegisters(memory);
  const { symbols } = memory.target;
  const location =
    symbols.site(eip) === undefined ? `${symbolic(symbols, eip)}:` : formatLocation(symbols, eip);
  lines.push(`Stopped at\t${location}`);
  return lines;
}
