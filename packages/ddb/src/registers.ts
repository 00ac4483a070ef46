import { type Memory, SystemTarget } from '@trap12/kernel';

/** The registers as the debugger shows them; unsigned. */
export interface Registers {
  cs: number;
  ds: number;
  es: number;
  fs: number;
  ss: number;
  eax: number;
  ecx: number;
  edx: number;
  ebx: number;
  esp: number;
  ebp: number;
  esi: number;
  edi: number;
  eip: number;
  efl: number;
}

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

export type RegisterName = keyof Registers;

/** What compiled code of this machine uses beside eax, of which the stop tells in one case only (keptRegisters). */
const KEPT: readonly RegisterName[] = ['cs', 'ds', 'es', 'fs', 'ss', 'esp', 'ebp', 'eip', 'efl'];
const T_PAGEFLT = 12;

/**
 * The registers whose values mean something. Compiled code keeps its locals nowhere in a register file, so ecx, edx, ebx, esi and edi
 * are never kept; eax is where an access of memory has faulted: the base that its address was made of.
 */
export function keptRegisters(memory: Memory, registers: Registers): Set<RegisterName> {
  const kept = new Set(KEPT);
  const { symbols } = memory.target;
  const stopped = stoppedInDebugger(memory) && memory.global('ddb_trapno') === T_PAGEFLT;
  if (stopped && symbols.site(registers.eip)?.instruction.includes('(%eax)')) kept.add('eax');
  return kept;
}

const SEGMENTS = ['cs', 'ds', 'es', 'fs', 'ss'] as const;
/** Selectors of the kernel. */
const KERNEL_SELECTORS = { cs: 0x8, ds: 0x10, es: 0x10, fs: 0x18, ss: 0x10 };
/** The register file of the machine (docs/kernel-language.md): esp, ebp, and from 4 on eax ecx edx ebx esi edi. */
const FILE = { esp: 0, ebp: 1, eax: 4, ecx: 5, edx: 6, ebx: 7, esi: 8, edi: 9 };
const MAXCPU = 8;
const STACK_BYTES = 0x2000;

/** Did the kernel stop in the debugger? Then the registers are those that it left in ddb_regs, for there a code selector is never 0. */
export function stoppedInDebugger(memory: Memory): boolean {
  return frameField(memory, 'cs') !== 0;
}

function frameField(memory: Memory, name: string): number {
  return memory.field('trapframe', memory.target.symbols.address('ddb_regs'), `tf_${name}`) >>> 0;
}

/** The registers of the stop: as the kernel left them in ddb_regs, else of a machine that is between two moments, else of the dump. */
export function stopRegisters(memory: Memory): Registers {
  if (stoppedInDebugger(memory)) return debuggerRegisters(memory);
  const { target } = memory;
  if (target instanceof SystemTarget) return cpuRegisters(memory, target.system.machine.cpu.id)!;
  return dumpRegisters(memory);
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
    ...KERNEL_SELECTORS,
    eax: 0,
    ecx: 0,
    edx: 0,
    ebx: get('ebx'),
    esp: get('esp'),
    ebp: get('ebp'),
    esi: get('esi'),
    edi: get('edi'),
    eip: get('eip'),
    efl: 2,
  };
}

/** Registers of a CPU of a machine in this process that did not stop in the debugger; undefined for other targets. */
export function cpuRegisters(memory: Memory, cpuId: number): Registers | undefined {
  const { target } = memory;
  if (!(target instanceof SystemTarget)) return undefined;
  const { machine } = target.system;
  const cpu = machine.cpus[cpuId];
  if (cpu === undefined) return undefined;
  const file = cpu === machine.cpu ? machine.reg : cpu.savedRegisters;
  const out = { ...KERNEL_SELECTORS, eip: 0, efl: cpu.interruptsEnabled ? 0x202 : 2 } as Registers;
  for (const [name, i] of Object.entries(FILE)) out[name as keyof Registers] = file[i]! >>> 0;
  out.eip = pausedAt(memory, out.ebp);
  return out;
}

/** Where a CPU is that gave way to the host: its eip is in no register, but its frame tells the function. */
function pausedAt(memory: Memory, ebp: number): number {
  const name = frameOwner(memory, ebp);
  return name === undefined ? 0 : pauseSite(memory, name);
}

/**
 * The function whose frame is at ebp. The frame returns behind a call of it; the host enters trap(), syscall() and Xintr_user() behind
 * the call in calltrap; only Xintr is entered between two instructions without a call. Undefined where a pointer was called.
 */
export function frameOwner(memory: Memory, ebp: number): string | undefined {
  const { symbols } = memory.target;
  if (ebp >>> 0 === 0 || memory.target.read(ebp + 4, 4).length < 4) return undefined;
  const back = memory.u32(ebp + 4);
  if (symbols.nearest(back)?.symbol.name === 'calltrap') return trapHandler(memory, ebp + 8);
  const call = symbols.site(back - 1);
  if (call?.kind !== 'call' || call.address + call.length !== back) return 'Xintr';
  const called = /^call\s+(\w+)$/.exec(call.instruction)?.[1];
  return called !== undefined && symbols.has(called) ? called : undefined;
}

const TRAPNO_SYSCALL = 0x80;

function trapHandler(memory: Memory, frame: number): string {
  const trapno = memory.field('trapframe', frame, 'tf_trapno');
  const user = (memory.field('trapframe', frame, 'tf_cs') & 3) !== 0;
  if (trapno === TRAPNO_SYSCALL) return 'syscall';
  return user && trapno === 0 ? 'Xintr_user' : 'trap';
}

/** In a function, the place behind the call of slice_expired, which comes before giving way; else behind its last call. */
function pauseSite(memory: Memory, name: string): number {
  const { symbols } = memory.target;
  const { image } = symbols;
  const index = image.symbols.findIndex((s) => s.name === name);
  if (index < 0) return 0;
  let at = symbols.address(name) + 3;
  for (const row of image.sites) {
    if (row[1] !== index || image.siteKinds[row[5]] !== 'call') continue;
    at = (row[0] >>> 0) + row[6];
    if (/\bslice_expired$/.test(image.strings[row[9]]!)) break;
  }
  return at;
}

/** struct pcpu of the CPU that stopped: the one whose process stands on the stack that esp lies in; else the first. */
export function stoppedPcpu(memory: Memory, registers: Registers): number {
  const { target } = memory;
  const { symbols } = target;
  if (target instanceof SystemTarget) return target.system.machine.pcpu >>> 0;
  const base = symbols.address('__globaldata');
  const { size } = symbols.struct('pcpu');
  for (let i = 0; i < Math.min(memory.global('mp_ncpus'), MAXCPU); i++) {
    const p = memory.field('pcpu', base + i * size, 'curproc');
    if (p === 0) continue;
    const stack = memory.field('proc', p, 'p_addr');
    if (registers.esp >= stack && registers.esp < stack + STACK_BYTES) return base + i * size;
  }
  return base;
}
