import { isKernelAddress, processOf } from '@trap12/kernel';
import { DdbError } from '../errors.js';
import { formatSource, formatTraceItem } from '../format.js';
import {
  entryFromUser,
  frameOwner,
  frameVariables,
  type Memory,
  processRegisters,
  standAt,
  stoppedInDebugger,
  type TraceItem,
  walkFrom,
  walkStack,
  walkUserStack,
} from '@trap12/target';
import { loopTrace } from '../loop.js';
import { formatVariable } from '../variables.js';
import type { Arguments, Session } from '../session.js';
import type { Command } from './command.js';

/** Where a walk begins. */
export interface Start {
  eip: number;
  ebp: number;
  /** Of the stop: where the function has no frame yet, its arguments are found by it */
  esp?: number;
}

/** What stands behind `trace`. */
type Argument = Pick<Arguments, 'address' | 'pid'>;

/** A process's last place, or why there is none. */
function startOfProcess(session: Session, p: number, pid: number | undefined): Start {
  const where = processRegisters(session.memory, p, session);
  if ('missing' in where) throw new DdbError(`pid ${pid} ${where.missing}`);
  // A process that has never run stands before its first code, which nobody called: only the stop's esp tells
  // of arguments.
  const { registers } = where;
  return registers === session.registers ? registers : { eip: registers.eip, ebp: registers.ebp };
}

/** What the argument of `trace` means: nothing, a frame, or a pid. */
function traceStart(session: Session, { address, pid }: Argument): Start {
  const { memory } = session;
  if (address === undefined) return session.registers;
  if (isKernelAddress(memory, address)) return startOfFrame(session, address);
  return startOfProcess(session, processOf(memory, address, pid), pid);
}

/**
 * A frame alone does not tell how far its function is, but which one it is. Where not even that is known, the
 * caller is shown instead.
 */
function startOfFrame(session: Session, address: number): Start {
  const { memory } = session;
  const back = memory.u32(address + 4);
  const name = frameOwner(memory, address);
  if (name !== undefined) return { eip: memory.target.symbols.address(name), ebp: address };
  return { eip: back, ebp: memory.u32(address) };
}

const FULL = /^full\b/;

/**
 * Is what functions store when they are suspended in the frames of this stack? Not if the kernel's fast form
 * has stopped on it, for then they were not.
 */
function keepsLocals(session: Session, start: Start): boolean {
  const { memory, registers } = session;
  if (memory.target.execution !== undefined || !stoppedInDebugger(memory)) return true;
  return start.ebp !== registers.ebp;
}

/** The stack from where a walk begins; of the stop in user mode there is none of the kernel's. */
const walk = (session: Session, start: Start, count?: number): Iterable<TraceItem> =>
  start === session.registers
    ? walkFrom(session.memory, session.registers, count)
    : walkStack(session.memory, start.eip, start.ebp, count, start.esp);

/** The process that stands. */
const current = ({ memory, pcpu }: Session): number => memory.field('pcpu', pcpu, 'curproc');

/** The stack of a process in user mode: of the running one, or by its pid. */
function traceUser(
  session: Session,
  { address, pid }: Argument,
  count: number | undefined,
  full: boolean,
): void {
  const { memory } = session;
  const p = address === undefined ? current(session) : processOf(memory, address, pid);
  let stand = p === current(session) ? session.user : undefined;
  if (stand === undefined) {
    const start = address === undefined ? session.registers : startOfProcess(session, p, pid);
    const entry = entryFromUser(walk(session, start));
    if (entry === undefined) throw new DdbError('The process is not in the kernel from user mode.');
    stand = standAt(memory, p, entry);
  }
  if (stand === undefined) throw new DdbError("The program's text is not in memory.");
  const { boundary, space } = stand;
  const items = walkUserStack(space, memory, boundary, count);
  printTrace(session, space.memory, items, full ? 'all' : 'none', true);
}

/** Is it asked for the stack of a process that stands in its program? */
function isInProgram(session: Session, { address, pid }: Argument): boolean {
  if (session.user === undefined || address === undefined) return session.user !== undefined;
  const { memory } = session;
  return !isKernelAddress(memory, address) && processOf(memory, address, pid) === current(session);
}

/** `[file:line]` of a frame. @param exact it stands at its pc; else its call is before that */
function frameLine({ symbols }: Memory, item: TraceItem, exact: boolean): string {
  if (!('frame' in item)) return '';
  const { pc } = item.frame;
  return formatSource(exact ? symbols.site(pc) : symbols.callBefore(pc), '\t');
}

/**
 * The lines of a backtrace, item after item from the innermost on: as DDB prints them, with file and line
 * behind them where $srclines is set.
 * @param exact the first one stands at its pc, not in a call before it
 */
function traceLines({ settings }: Session, memory: Memory, exact: boolean): (item: TraceItem) => string {
  let isExact = exact;
  return (item) => {
    const line = settings.srclines === 0 ? '' : frameLine(memory, item, isExact);
    isExact = 'boundary' in item;
    return `${formatTraceItem(item)}${line}`;
  };
}

/**
 * @param memory what the functions on the stack see, with their symbols
 * @param variables `all`: those too that functions keep in their frames while they are suspended
 * @param interrupted the first of them stands where it was interrupted, not in a call
 */
function printTrace(
  session: Session,
  memory: Memory,
  items: Iterable<TraceItem>,
  variables: 'none' | 'passed' | 'all',
  interrupted: boolean,
): void {
  let innermost = true;
  const lineOf = traceLines(session, memory, interrupted);
  for (const item of items) {
    session.print(lineOf(item));
    if (variables !== 'none' && 'frame' in item)
      for (const v of frameVariables(memory, item.frame, variables === 'all', innermost))
        session.print(`\t${formatVariable(memory, v)}`);
    // Behind a trap stands what it came in on.
    innermost = 'boundary' in item;
  }
}

/** A backtrace from the stop, of a process, or from a frame pointer. */
export const trace: Command = {
  name: 'trace',
  aliases: ['bt', 'where', 't'],
  usage: '[/fu] [full] [pid | frame address][,count]',
  help: 'backtrace of the stop, of a process, or from a frame; full, or /f: with parameters and locals; /u: of its program',
  manual: [
    'Reads the kernel stack from memory: each line is a function with the arguments that the instruction at the return address clears away (popl %ecx one, addl $n,%esp n/4, else five are shown), across traps, system calls and interrupts, to user mode or the first code of the process.',
    'A pid is typed in decimal (or with its base: 0x1f), or read (curproc->p_pid). A process that is swapped out has no stack in memory.',
    'With /u the trace is that of the program in user mode, from where it entered the kernel: read through the page tables of the process, as far as the pages are in memory, with the symbols of the program that it executes.',
    'With $srclines set, as it is at a terminal, a line ends with the file and the line of the source.',
    'With /f or full the parameters and locals that are alive follow, with their types. A function that has not been suspended keeps most of them in no memory; so it is for the functions in which a kernel in its fast form has died.',
  ],
  run(session, modifiers, rest) {
    const full = modifiers.includes('f') || FULL.test(rest);
    const from = session.arguments(rest.replace(FULL, ''));
    const { count } = from;
    if (modifiers.includes('u') || isInProgram(session, from)) {
      traceUser(session, from, count, full);
      return;
    }
    if (from.address === undefined && session.inLoop) {
      const { memory } = session;
      const line = (exact: boolean): ((item: TraceItem) => string) => traceLines(session, memory, exact);
      for (const each of loopTrace(memory, session.registers, line).slice(0, count)) session.print(each);
      return;
    }
    const start = traceStart(session, from);
    const variables = !full ? 'none' : keepsLocals(session, start) ? 'all' : 'passed';
    const interrupted = start === session.registers;
    printTrace(session, session.memory, walk(session, start, count), variables, interrupted);
  },
};
