import { EFL_FIXED } from '@trap12/machine';
import { kernelConstants } from './constants.js';
import type { Memory } from './memory.js';
import { cpuRegisters, kernelSelectors, type Registers } from './registers.js';

const K = kernelConstants('MAXCOMLEN', 'NOCPU', 'PS_INMEM', 'SIDL', 'SZOMB');

/** Command name of the process at address `p`. */
export function commandName(memory: Memory, p: number): string {
  return memory.string(memory.address('proc', p, 'p_comm'), K(memory).MAXCOMLEN + 1);
}

/** The CPU that stopped: its registers and its struct pcpu. */
export interface StoppedCpu {
  readonly registers: Registers;
  readonly pcpu: number;
}

/**
 * Where a process stands in the kernel: the registers of the stop if it is the stopped CPU's current one,
 * those of another CPU that runs it, else what cpu_switch left in its pcb (eip, esp, ebp; the others are kept
 * nowhere and are 0). Or why nobody knows.
 */
export function processRegisters(
  memory: Memory,
  p: number,
  stop: StoppedCpu,
): { registers: Registers } | { missing: string } {
  if (p === memory.field('pcpu', stop.pcpu, 'curproc')) return { registers: stop.registers };
  const get = (field: string): number => memory.field('proc', p, field);
  const { NOCPU, PS_INMEM, SZOMB } = K(memory);
  if (get('p_stat') === SZOMB) return { missing: 'is a zombie: it has no stack' };
  if (isHalfMade(memory, p)) return { missing: 'is being made: its stack is not ready yet' };
  if ((get('p_sflag') & PS_INMEM) === 0) return { missing: 'swapped out: its stack is not in memory' };
  const cpu = get('p_oncpu');
  if (cpu === NOCPU) {
    const pcb = memory.address('user', get('p_addr'), 'u_pcb');
    const isMapped = memory.wordAt(pcb) !== undefined;
    return isMapped ? { registers: switchedOut(memory, pcb) } : { missing: 'has a stack that is not mapped' };
  }
  const registers = cpuRegisters(memory, cpu);
  return registers === undefined
    ? { missing: `runs on cpu ${cpu}, whose registers nobody saved` }
    : { registers };
}

/**
 * Whether a process is in the middle of its fork (SIDL), before cpu_fork has filled in the stack from which
 * it begins: what its structure says until then may be of who had that before.
 */
export function isHalfMade(memory: Memory, p: number): boolean {
  if (memory.field('proc', p, 'p_stat') !== K(memory).SIDL) return false;
  const pcb = memory.address('user', memory.field('proc', p, 'p_addr'), 'u_pcb');
  if (memory.wordAt(pcb) === undefined) return true;
  // It is set last.
  return memory.field('pcb', pcb, 'pcb_eip') >>> 0 !== memory.symbols.address('fork_trampoline');
}

function switchedOut(memory: Memory, pcb: number): Registers {
  const get = (field: string): number => memory.field('pcb', pcb, `pcb_${field}`) >>> 0;
  const none = { eax: 0, ecx: 0, edx: 0, ebx: 0, esi: 0, edi: 0 };
  return {
    ...kernelSelectors(memory.symbols),
    ...none,
    esp: get('esp'),
    ebp: get('ebp'),
    eip: get('eip'),
    efl: EFL_FIXED,
  };
}
