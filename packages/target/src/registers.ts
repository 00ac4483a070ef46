import { EFL_FIXED } from '@trap12/machine';
import { calledBy } from './calls.js';
import { kernelConstants } from './constants.js';
import type { Memory } from './memory.js';
import type { SymbolTable } from './symbols.js';
import type { CpuRegisters } from './target.js';

/** The registers as the debugger shows them; unsigned. */
export type Registers = CpuRegisters;

/** Names in the order of `show registers`. */
export const REGISTER_NAMES: readonly (keyof Registers)[] = [
  'cs',
  'ds',
  'es',
  'fs',
  'ss',
  'eax',
  'ecx',
  'edx',
  'ebx',
  'esp',
  'ebp',
  'esi',
  'edi',
  'eip',
  'efl',
];

const K = kernelConstants(
  'GCODE_SEL',
  'GDATA_SEL',
  'GPRIV_SEL',
  'IDT_SYSCALL',
  'MAXCPU',
  'PAGE_SIZE',
  'SEL_UPL',
  'T_PAGEFLT',
  'UCODESEL',
  'UDATASEL',
  'UPAGES',
);
/** The low three bits of a selector are its table and privilege: 0 for the kernel's. */
const SELECTOR_SHIFT = 3;

/** A register by its name in a trap frame, without tf_. */
export type RegisterName = keyof Registers;

/**
 * What compiled code of this machine uses beside eax, of which the stop tells in one case only
 * (keptRegisters).
 */
const KEPT: readonly RegisterName[] = ['cs', 'ds', 'es', 'fs', 'ss', 'esp', 'ebp', 'eip', 'efl'];

/**
 * The registers whose values mean something. Compiled code keeps its locals nowhere in a register file, so
 * ecx, edx, ebx, esi and edi are never kept; eax is where an access of memory has faulted: the base that its
 * address was made of.
 */
export function keptRegisters(memory: Memory, registers: Registers): Set<RegisterName> {
  const kept = new Set(KEPT);
  const { symbols } = memory.target;
  const stopped = stoppedInDebugger(memory) && memory.global('ddb_trapno') === K(memory).T_PAGEFLT;
  if (stopped && symbols.site(registers.eip)?.instruction.includes('(%eax)')) kept.add('eax');
  return kept;
}

const SEGMENTS = ['cs', 'ds', 'es', 'fs', 'ss'] as const;

/**
 * Did the kernel stop in the debugger? Then the registers are those that it left in ddb_regs, for there a
 * code selector is never 0.
 */
export function stoppedInDebugger(memory: Memory): boolean {
  return frameField(memory, 'cs') !== 0;
}

function frameField(memory: Memory, name: string): number {
  return memory.field('trapframe', memory.target.symbols.address('ddb_regs'), `tf_${name}`) >>> 0;
}

/**
 * The registers of the stop: as the kernel left them in ddb_regs, else of a machine that is between two
 * moments, else of the dump.
 */
export function stopRegisters(memory: Memory): Registers {
  if (stoppedInDebugger(memory)) return debuggerRegisters(memory);
  return cpuRegisters(memory, memory.target.cpu.id) ?? dumpRegisters(memory);
}

function debuggerRegisters(memory: Memory): Registers {
  const out = { efl: frameField(memory, 'eflags') } as Registers;
  for (const name of REGISTER_NAMES) if (name !== 'efl') out[name] = frameField(memory, name);
  for (const name of SEGMENTS) out[name] &= 0xffff;
  return out;
}

/** What savectx left for the dump; zeros if there is not even that. */
function dumpRegisters(memory: Memory): Registers {
  const pcb = memory.target.symbols.address('dumppcb');
  const get = (field: string): number => memory.field('pcb', pcb, `pcb_${field}`) >>> 0;
  return {
    ...kernelSelectors(memory.symbols),
    eax: 0,
    ecx: 0,
    edx: 0,
    ebx: get('ebx'),
    esp: get('esp'),
    ebp: get('ebp'),
    esi: get('esi'),
    edi: get('edi'),
    eip: get('eip'),
    efl: EFL_FIXED,
  };
}

/** Segment registers of a CPU that runs the kernel. */
export function kernelSelectors(symbols: SymbolTable): Pick<CpuRegisters, 'cs' | 'ds' | 'es' | 'fs' | 'ss'> {
  const { GCODE_SEL, GDATA_SEL, GPRIV_SEL } = K({ symbols });
  const data = GDATA_SEL << SELECTOR_SHIFT;
  return { cs: GCODE_SEL << SELECTOR_SHIFT, ds: data, es: data, fs: GPRIV_SEL << SELECTOR_SHIFT, ss: data };
}

/** Segment registers of a CPU in user mode. */
export function userSelectors(symbols: SymbolTable): Pick<CpuRegisters, 'cs' | 'ds' | 'es' | 'fs' | 'ss'> {
  const { UCODESEL, UDATASEL } = K({ symbols });
  return { cs: UCODESEL, ds: UDATASEL, es: UDATASEL, fs: UDATASEL, ss: UDATASEL };
}

/** Are those registers of a program, in user mode? */
export const inUserMode = (memory: Memory, { cs }: Pick<Registers, 'cs'>): boolean =>
  (cs & K(memory).SEL_UPL) !== 0;

/** Registers of a CPU that did not stop in the debugger; undefined if nobody knows them. */
export function cpuRegisters(memory: Memory, cpuId: number): Registers | undefined {
  return memory.target.cpus.find((cpu) => cpu.id === cpuId)?.registers;
}

/**
 * The function whose frame is at ebp. The frame returns behind a call of it; the host enters trap(),
 * syscall() and Xintr_user() behind the call in calltrap; only Xintr is entered between two instructions
 * without a call. Undefined where a pointer was called.
 */
export function frameOwner(memory: Memory, ebp: number): string | undefined {
  const { symbols } = memory.target;
  const back = ebp >>> 0 === 0 ? undefined : memory.wordAt(ebp + 4);
  if (back === undefined) return undefined;
  if (symbols.nearest(back)?.symbol.name === 'calltrap') return trapHandler(memory, ebp + 8);
  // Its argument is where it returns to. It may do so behind a call, where the processor stood before a step.
  if (memory.wordAt(ebp + 8) === back) return 'Xintr';
  const call = symbols.callBefore(back);
  return call === undefined ? 'Xintr' : calledBy(symbols, call)?.name;
}

function trapHandler(memory: Memory, frame: number): string {
  const trapno = memory.field('trapframe', frame, 'tf_trapno');
  const { IDT_SYSCALL, SEL_UPL } = K(memory);
  const user = (memory.field('trapframe', frame, 'tf_cs') & SEL_UPL) !== 0;
  if (trapno === IDT_SYSCALL) return 'syscall';
  return user && trapno === 0 ? 'Xintr_user' : 'trap';
}

/**
 * struct pcpu of the CPU that stopped: the one whose process stands on the stack that esp lies in; else the
 * first.
 */
export function stoppedPcpu(memory: Memory, registers: Registers): number {
  const { symbols, cpu } = memory.target;
  if (cpu.pcpu !== undefined) return cpu.pcpu;
  const { MAXCPU, PAGE_SIZE, UPAGES } = K(memory);
  const base = symbols.address('__globaldata');
  const { size } = symbols.struct('pcpu');
  for (let i = 0; i < Math.min(memory.global('mp_ncpus'), MAXCPU); i++) {
    const p = memory.field('pcpu', base + i * size, 'curproc');
    if (p === 0) continue;
    const stack = memory.field('proc', p, 'p_addr');
    if (registers.esp >= stack && registers.esp < stack + UPAGES * PAGE_SIZE) return base + i * size;
  }
  return base;
}
