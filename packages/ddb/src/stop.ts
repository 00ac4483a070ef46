import {
  kernelConstants,
  type Memory,
  type Names,
  namesWith,
  type Past,
  type Stop,
  stoppedInDebugger,
  type Watchpoint,
} from '@trap12/target';
import { formatLocation, hex, symbolic } from './format.js';
import type { Session } from './session.js';

const K = kernelConstants('T_BPTFLT');

/**
 * What the debugger says when the machine stops: why and where, from what the kernel left in memory, or from
 * what it was told to stop for.
 */
export function stopMessage({ memory, names, registers }: Session): string[] {
  const { execution } = memory.target;
  const { eip } = registers;
  const location = formatLocation(names, eip);
  if (stoppedInDebugger(memory)) return [...trapMessage(memory), `Stopped at\t${location}`];
  const stop = execution?.stop;
  if (stop?.why === 'watchpoint') return [watchMessage(memory, stop), `Watchpoint at\t${location}`];
  const { steps = 0, loads = 0, stores = 0 } = execution?.counts ?? {};
  const after = stop?.why === 'step' && steps > 1;
  return [
    ...(after ? [`After ${steps} steps (${loads} loads, ${stores} stores),`] : []),
    `${stop?.why === 'breakpoint' ? 'Breakpoint' : 'Stopped'} at\t${location}`,
    ...sourceLine(memory, names, eip),
  ];
}

function trapMessage(memory: Memory): string[] {
  const trapno = memory.global('ddb_trapno') | 0;
  if (trapno < 0 || trapno === K(memory).T_BPTFLT) return [];
  return [`kernel: type ${trapno} trap, code=${memory.global('ddb_code') >>> 0}`];
}

/** Where a place is in the source, and which step it is. */
function sourceLine(memory: Memory, names: Names, eip: number): string[] {
  const site = names.site(eip);
  const past = memory.target.execution?.past;
  const line = [
    ...(site === undefined ? [] : [`${site.file}:${site.line}`]),
    ...(past === undefined ? [] : [`step ${past.step + 1}${ofHistory(past)}`]),
  ];
  return line.length === 0 ? [] : [`\t\t${line.join(', ')}`];
}

/** Which history, if there are several. */
function ofHistory(past: Past): string {
  return past.histories.length < 2 ? '' : ` of history ${past.history}`;
}

/** What is watched. */
export function watchedName(symbols: Names, { address, register }: Watchpoint): string {
  return register === undefined ? symbolic(symbols, address) : `$${register.name}`;
}

function watchMessage(memory: Memory, stop: Extract<Stop, { why: 'watchpoint' }>): string {
  const { watchpoint, old, now, program, site, accessed } = stop;
  const symbols = namesWith(memory.symbols, program);
  const name = watchedName(symbols, watchpoint);
  const { register } = watchpoint;
  if (register !== undefined)
    return `${name}\t${formatContents(old)}\t=\t${formatContents(now)}\tof cpu${register.cpu}`;
  if (accessed === true) return `${name}\t${formatContents(now)}\taccessed by ${symbolic(symbols, site!)}`;
  return `${name}\t${formatContents(old)}\t=\t${formatContents(now)}\tstored ${storedBy(symbols, site)}`;
}

/** Which instruction stored, where that is known: the steps tell of single accesses only. */
export function storedBy(symbols: Names, site: number | undefined): string {
  return site === undefined ? 'by what is not known: no single access' : `by ${symbolic(symbols, site)}`;
}

/** A word as a number, anything else byte by byte. */
export function formatContents(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'not mapped';
  if (bytes.length === 4) return hex(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true));
  return [...bytes].map((b) => b.toString(16).padStart(2, '0')).join(' ');
}
