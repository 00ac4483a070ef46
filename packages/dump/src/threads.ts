import { processes, ShowError } from '@trap12/kernel';
import {
  BadAddress,
  kernelConstants,
  type Memory,
  processRegisters,
  type Registers,
  type StoppedCpu,
  stoppedInDebugger,
} from '@trap12/target';

/* The processes of a machine as a debugger of programs sees them: as threads. */

const K = kernelConstants('PID_MAX', 'SZOMB', 'T_PAGEFLT');

const SIGABRT = 6;
const SIGSEGV = 11;

/** Where a process stands in the kernel; undefined: its stack is not in memory, or cannot be read. */
export function registersOf(memory: Memory, p: number, stop: StoppedCpu): Registers | undefined {
  try {
    const where = processRegisters(memory, p, stop);
    return 'registers' in where ? where.registers : undefined;
  } catch (error) {
    if (error instanceof BadAddress) return undefined;
    throw error;
  }
}

/** The other processes that are no zombies, by number. Where their list is damaged it ends. */
export function threads(memory: Memory, current: number): { p: number; pid: number }[] {
  const { SZOMB } = K(memory);
  const out: { p: number; pid: number }[] = [];
  try {
    for (const p of processes(memory))
      if (p !== current && memory.field('proc', p, 'p_stat') !== SZOMB)
        out.push({ p, pid: threadNumber(memory, p) });
  } catch (error) {
    if (!(error instanceof BadAddress || error instanceof ShowError)) throw error;
  }
  return out.sort((a, b) => a.pid - b.pid);
}

/** The number of a process's thread: its pid. Process 0 has PID_MAX + 1, as debuggers take 0 for none. */
export const threadNumber = (memory: Memory, p: number): number =>
  (p === 0 ? 0 : memory.field('proc', p, 'p_pid')) || K(memory).PID_MAX + 1;

/**
 * What a program would have died of: a page fault or another trap of the kernel, its panic; 0 if it was only
 * looked at.
 */
export function signalOf(memory: Memory): number {
  if (!stoppedInDebugger(memory)) return 0;
  return memory.global('ddb_trapno') === K(memory).T_PAGEFLT ? SIGSEGV : SIGABRT;
}
