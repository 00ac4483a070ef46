import { findPid } from '@trap12/kernel';
import {
  linePlaces,
  type Breakpoint,
  kernelConstants,
  type KnownProgram,
  namesWith,
  type Told,
  type WatchKind,
} from '@trap12/target';
import { DdbError } from '../errors.js';
import { ExpressionParser } from '../expression.js';
import { formatLocation, hash, hex, symbolic } from '../format.js';
import type { Arguments, Session } from '../session.js';
import { watchedName } from '../stop.js';
import type { Command } from './command.js';

const K = kernelConstants('EINVAL', 'EWOULDBLOCK');

/** Does what a RangeError says that it cannot be done, as the debugger's own answer. */
function attempt<T>(f: () => T): T {
  try {
    return f();
  } catch (error) {
    if (error instanceof RangeError) throw new DdbError(error.message);
    throw error;
  }
}

const LIVE =
  'Needs a machine that goes on: trap12 boot, run --debug or --break, replay --ddb. One that has stopped in the fast form of the kernel (run --ddb) does not.';

/** Where a breakpoint is wanted. */
interface Wanted extends Omit<Arguments, 'source' | 'pid'> {
  address: number;
  /** Of a line that is not the one asked for */
  line?: number;
}

/** Reads `address[,count]`, dot without one, or `line[,count]`, which may be in several programs. */
function wantedPlaces(session: Session, rest: string): Wanted[] {
  const { line, count } = /^(?<line>[\w./:-]+:\d+)\s*(?:,(?<count>.*))?$/.exec(rest)?.groups ?? {};
  const { execution } = session;
  const places =
    line === undefined ? undefined : attempt(() => linePlaces(session.memory.target, execution, line));
  if (line === undefined || places === undefined) {
    const given = session.arguments(rest);
    return [{ ...given, address: given.address ?? session.dot }];
  }
  const [times, more] = count === undefined ? [] : session.list(count);
  if (count !== undefined && times === undefined) throw new DdbError('Count missing');
  if (more !== undefined) throw new DdbError('?');
  session.dot = places[0]!.address;
  return places.map(({ line: at, ...place }) => ({
    ...place,
    count: times,
    ...(line.endsWith(`:${at}`) ? {} : { line: at }),
  }));
}

/** Adds a breakpoint at the first place from an address on where the machine can stand. */
function addBreak(session: Session, wanted: Wanted, temporary: boolean): void {
  const { address, count, program, line } = wanted;
  const { execution } = session;
  const place = execution.place(address, program);
  if (place === undefined) throw new DdbError(`no instruction to stop at from ${hash(address)} on`);
  attempt(() => execution.break(place, count ?? 1, temporary, program));
  if (place === address >>> 0 && line === undefined) return;
  const name = placeName(session, place, program);
  session.print(`breakpoint at ${name}${line === undefined ? '' : `, line ${line}`}`);
}

/** An address of the kernel or of a program by its symbol. */
const placeName = (session: Session, address: number, program: KnownProgram | undefined): string =>
  symbolic(namesWith(session.memory.symbols, program), address, session.settings.maxoff);

function breaking(name: string, aliases: string[], help: string, temporary: boolean): Command {
  return {
    name,
    aliases,
    usage: '[address|line][,count]',
    help,
    manual: [
      'Without an address at dot. With a count it stops the machine when it comes there for the so-manieth time.',
      'The machine can stand at the beginning of a function, and before each access of memory, each division and system call; elsewhere the next such place in the function is taken.',
      "`PROGRAM:symbol` is a place in a program in user mode (`break sh:main`): it stops any process that executes it. Where the machine stands in a program, its own names come first; `kernel:symbol` is the kernel's.",
      'A line of the sources is `FILE:LINE` (`break vm_fault.ts:514`), `FUNCTION:LINE`, a line of the file that the function is in, or `PROGRAM:FUNCTION:LINE`; its first place is taken, in each program that has the file.',
      LIVE,
    ],
    run(session, _modifiers, rest) {
      for (const wanted of wantedPlaces(session, rest)) addBreak(session, wanted, temporary);
    },
  };
}

const deleteBreak: Command = {
  name: 'delete',
  aliases: ['d'],
  usage: '[address|line]',
  help: 'deletes a breakpoint',
  run(session, _modifiers, rest) {
    const { execution } = session;
    const deleted = wantedPlaces(session, rest).filter(({ address, program }) =>
      execution.deleteBreakpoint(execution.place(address, program) ?? address, program),
    );
    if (deleted.length === 0) throw new DdbError('Not set');
  },
};

/** No more memory is watched or looked for at once. */
const WATCH_MAX = 4096;

/**
 * Reads `address[,size]`, or something of the source (`curproc->p_stat`, `fs.object`): then the size is its
 * own; else 4, if none is given.
 */
export function area(session: Session, rest: string): { address: number; bytes: number } {
  const { address, count, source } = session.arguments(rest, 'place');
  const bytes = count ?? source?.values.size(source.type) ?? 4;
  return { address: address ?? session.dot, bytes };
}

/** area(), not too much of it. */
export function boundedArea(session: Session, rest: string): { address: number; bytes: number } {
  const wanted = area(session, rest);
  const { bytes } = wanted;
  if (bytes < 1 || bytes > WATCH_MAX) throw new DdbError(`size ${bytes}: accepted: 1 to ${WATCH_MAX}`);
  return wanted;
}

const REGISTERS =
  'A register alone: $esp, $ebp, $efl (the interrupt flag), $cr2, $cr3 of the processor that stands. The others have no value of their own between two steps. What a processor has in memory is watched there: `watch curproc`.';

/** `$cr3`, and nothing else: the register itself, not what its value is the address of (`$esp+4`). */
const registerOf = (rest: string): string | undefined => /^\$(\w+)$/.exec(rest)?.[1];

function watching(name: string, help: string, kind?: WatchKind): Command {
  return {
    name,
    usage: '[address][,size]',
    help,
    manual: [
      'An address, or something of the source: a field (`curproc->p_stat`), a struct of the function that stands (`fs.object`).',
      ...(kind === undefined ? [REGISTERS] : []),
      kind === undefined
        ? 'The machine stops when the contents have changed, whoever changed them: before the next instruction that could be stopped at. A disk changes memory, too; then no instruction is named.'
        : 'The machine stops before the next instruction that could be stopped at, of the kernel or of a program.',
      LIVE,
    ],
    run(session, _modifiers, rest) {
      const { execution } = session;
      const register = registerOf(rest);
      if (register !== undefined) {
        if (kind !== undefined) throw new DdbError(`$${register}: only changes of a register can be watched`);
        attempt(() => execution.watchRegister(register));
        return;
      }
      const { address, bytes } = boundedArea(session, rest);
      attempt(() => execution.watch(address, bytes, kind));
    },
  };
}

function unwatching(name: string, help: string): Command {
  return {
    name,
    usage: '[address]',
    help,
    run(session, _modifiers, rest) {
      const register = registerOf(rest);
      if (register !== undefined && session.execution.deleteRegisterWatch(register)) return;
      const { address } = area(session, rest);
      if (!session.execution.deleteWatchpoint(address)) throw new DdbError('Not set');
    },
  };
}

const cont: Command = {
  name: 'continue',
  aliases: ['c'],
  usage: '',
  help: 'goes on until the next stop',
  manual: [
    'After a panic the kernel goes on to what it does without a debugger: it dumps if it can, and restarts. After a fatal trap the instruction is tried again.',
    LIVE,
  ],
  run: (session) => session.go('continue'),
};

const step: Command = {
  name: 'step',
  aliases: ['s'],
  usage: '[/p][,count]',
  help: 'executes one instruction',
  manual: [
    'In the process that stands, as the trap flag of a processor does: interrupts and page faults are gone over, other processes run when it sleeps. Only instructions that access memory or divide, and the beginnings of functions, are places to stand; the others are executed with the next of those.',
    'With /p each instruction is printed.',
    LIVE,
  ],
  run(session, modifiers, rest) {
    const count = session.arguments(rest).count ?? 1;
    const onStep: Told['onStep'] = ({ site, program }) =>
      session.print(`\t${formatLocation(namesWith(session.memory.symbols, program), site >>> 0)}`);
    session.go('step', Math.max(1, count), modifiers.includes('p') ? { onStep } : {});
  },
};

/** A command that goes on to calls or returns. */
function depthwise(name: string, help: string, how: 'until' | 'match'): Command {
  return {
    name,
    usage: '[/p]',
    help,
    manual: ['With /p each call and return on the way is printed, indented by its depth.', LIVE],
    run(session, modifiers) {
      const onCall: Told['onCall'] = ({ site, program }, depth) =>
        session.print(`${' '.repeat(2 * Math.max(0, depth))}${placeName(session, site >>> 0, program)}`);
      session.go(how, 1, modifiers.includes('p') ? { onCall } : {});
    },
  };
}

const call: Command = {
  name: 'call',
  usage: 'function(expression, ...)',
  help: 'calls a kernel function',
  manual: [
    'The function runs on the stack of what stands, in no virtual time, and its result is printed. One that may sleep cannot be called; one that would panic, or that does not come back (Ctrl-C, or ten seconds of the host’s), leaves the machine as it was. `!function(...)` is short for it.',
    LIVE,
  ],
  run(session, _modifiers, rest) {
    const { execution } = session;
    const match = /^([^(\s]+)\s*(?:\((.*)\))?\s*$/s.exec(rest);
    if (match === null) throw new DdbError('?');
    const [, name = '', list = ''] = match;
    const address = new ExpressionParser(name, session).optional();
    const result = attempt(() => execution.call(address ?? 0, session.list(list)));
    session.print(`= ${hash(result)}`);
  },
};

const kill: Command = {
  name: 'kill',
  usage: 'signal,pid',
  help: 'sends a signal to a process',
  manual: ['Both numbers are decimal.', LIVE],
  run(session, _modifiers, rest) {
    const { execution, memory } = session;
    const match = /^(\d+)\s*,\s*(\d+)$/.exec(rest.trim());
    if (match === null) throw new DdbError('kill: signal,pid in decimal');
    const [signal, pid] = [Number(match[1]), Number(match[2])];
    const p = findPid(memory, pid);
    if (p === undefined) throw new DdbError(`pid ${pid} not found`);
    const error = attempt(() => execution.call(memory.target.symbols.address('db_kill'), [p, signal]));
    const { EINVAL, EWOULDBLOCK } = K(memory);
    if (error === EINVAL) throw new DdbError(`no signal ${signal}`);
    if (error === EWOULDBLOCK) throw new DdbError(`pid ${pid}: its lock is held; nothing sent`);
  },
};

/** show breaks */
export function showBreaks(session: Session): void {
  const { breakpoints = [] } = session.memory.target.execution ?? {};
  if (breakpoints.length === 0) session.print('No breakpoints set');
  else session.print(' Map      Count    Address');
  for (const b of breakpoints) session.print(breakRow(session, b));
}

const breakRow = (session: Session, b: Breakpoint): string =>
  `${b.temporary ? 't' : '*'}${(b.program?.name ?? 'kernel').padEnd(7)} ${String(b.count).padStart(6)}    ${placeName(session, b.address, b.program)}`;

/** show watches */
export function showWatches(session: Session): void {
  const { watchpoints = [] } = session.memory.target.execution ?? {};
  if (watchpoints.length === 0) session.print('No watchpoints set');
  else session.print(' Map        Address  Size');
  for (const w of watchpoints)
    session.print(
      w.register !== undefined
        ? `*${'kernel'.padEnd(7)} ${watchedName(session.memory.symbols, w).padStart(10)}  4  of cpu${w.register.cpu}`
        : `*${'kernel'.padEnd(7)} ${hex(w.address).padStart(10)}  ${hex(w.bytes)}  ${session.symbol(w.address)}${w.kind === undefined || w.kind === 'write' ? '' : `, ${w.kind}`}`,
    );
}

/** Commands that have the machine go on and stop elsewhere. */
export const EXECUTION: readonly Command[] = [
  cont,
  step,
  depthwise('next', 'goes on to the matching return', 'match'),
  depthwise('match', 'goes on to the matching return', 'match'),
  depthwise('until', 'goes on to the next call or return', 'until'),
  breaking('break', ['b'], 'sets a breakpoint', false),
  breaking('tbreak', [], 'sets a breakpoint that goes when it has stopped the machine', true),
  breaking('hbreak', [], 'sets a breakpoint, as break: none of them changes the text', false),
  deleteBreak,
  watching('watch', 'sets a watchpoint'),
  watching('rwatch', 'sets a watchpoint on loads and copies that read', 'read'),
  watching('awatch', 'sets a watchpoint on reads, and on stores even of what is there already', 'access'),
  unwatching('dwatch', 'deletes a watchpoint'),
  watching('hwatch', 'sets a watchpoint, as watch: each is as precise as a debug register'),
  unwatching('dhwatch', 'deletes a watchpoint'),
  call,
  kill,
];
