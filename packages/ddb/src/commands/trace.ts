import { findPid, isKernelAddress, pidOf } from '@trap12/kernel';
import { DdbError } from '../errors.js';
import { formatTraceItem } from '../format.js';
import { frameOwner, processRegisters, walkStack } from '@trap12/target';
import type { Session } from '../session.js';
import type { Command } from './command.js';

/** Where a walk begins. */
export interface Start {
  eip: number;
  ebp: number;
  /** Of the stop: where the function has no frame yet, its arguments are found by it */
  esp?: number;
}

/** A process's last place, or why there is none. */
function startOfProcess(session: Session, pid: number): Start {
  const p = findPid(session.memory, pid);
  if (p === undefined) throw new DdbError(`pid ${pid} not found`);
  const where = processRegisters(session.memory, p, session);
  if ('missing' in where) throw new DdbError(`pid ${pid} ${where.missing}`);
  return where.registers;
}

/** What the argument of `trace` means: nothing, a frame, or a pid. */
export function traceStart(session: Session, address: number | undefined): Start {
  if (address === undefined) return session.registers;
  if (!isKernelAddress(session.memory, address)) return startOfProcess(session, pidOf(address));
  return startOfFrame(session, address);
}

/** A frame alone does not tell how far its function is, but which one it is. Where not even that is known, the caller is shown instead. */
function startOfFrame(session: Session, address: number): Start {
  const { memory } = session;
  const back = memory.u32(address + 4);
  const name = frameOwner(memory, address);
  if (name !== undefined) return { eip: memory.target.symbols.address(name), ebp: address };
  return { eip: back, ebp: memory.u32(address) };
}

/** A backtrace from the stop, of a process, or from a frame pointer. */
export const trace: Command = {
  name: 'trace',
  aliases: ['bt', 'where', 't'],
  usage: '[pid | frame address][,count]',
  help: 'backtrace of the stop, of a process, or from a frame',
  manual: [
    'Reads the kernel stack from memory: each line is a function with the arguments that the instruction at the return address clears away (popl %ecx one, addl $n,%esp n/4, else five are shown), across traps, system calls and interrupts, to user mode or the first code of the process.',
    'A pid is typed in decimal. A process that is swapped out has no stack in memory.',
  ],
  run(session, _modifiers, rest) {
    const { address, count } = session.arguments(rest);
    const start = traceStart(session, address);
    for (const item of walkStack(session.memory, start.eip, start.ebp, count, start.esp))
      session.print(formatTraceItem(item));
  },
};
