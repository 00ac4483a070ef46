import { type Cpu, EFL_FIXED, EFL_IF, type Machine, R_EBP, R_ESP } from '@trap12/machine';
import type { WatchedRegister, Watchpoint } from '@trap12/target';

/** Registers that a processor of this machine has between two steps; of one that does not run, put aside. */
const READ: Record<WatchedRegister, (machine: Machine, cpu: Cpu, runs: boolean) => number> = {
  esp: ({ reg }, cpu, runs) => (runs ? reg : cpu.savedRegisters)[R_ESP]!,
  ebp: ({ reg }, cpu, runs) => (runs ? reg : cpu.savedRegisters)[R_EBP]!,
  efl: (_machine, cpu) => (cpu.interruptsEnabled ? EFL_FIXED | EFL_IF : EFL_FIXED),
  cr2: (_machine, cpu) => cpu.cr2,
  cr3: ({ mmu }, cpu, runs) => (runs ? mmu.cr3 : cpu.savedTlb.cr3),
};

const NOT_KEPT = 'compiled code keeps it nowhere between two steps; watch what it was loaded from';
const OF_MODE = 'it tells kernel from program and changes with nothing else; break in either';

/** Why the others cannot be watched. */
const OTHERS: Readonly<Record<string, string>> = {
  eip: 'each step changes it: break, step and until stop by it',
  ...Object.fromEntries(['eax', 'ecx', 'edx', 'ebx', 'esi', 'edi'].map((name) => [name, NOT_KEPT])),
  ...Object.fromEntries(['cs', 'ds', 'es', 'fs', 'ss'].map((name) => [name, OF_MODE])),
};

/** @throws RangeError that says why not, or which can be watched */
export function watchedRegister(name: string): WatchedRegister {
  if (Object.hasOwn(READ, name)) return name as WatchedRegister;
  const why = Object.hasOwn(OTHERS, name) ? OTHERS[name] : 'there is no such register';
  throw new RangeError(`$${name}: ${why}; accepted: ${Object.keys(READ).join(' ')}`);
}

/** A register of one processor of which somebody wants to know when it changes; to be asked at each step. */
export class RegisterWatch {
  private readonly read: (machine: Machine, cpu: Cpu, runs: boolean) => number;
  private readonly cpu: number;
  private last: number;
  /** The last step of that processor, as far as it is known */
  private step: number;

  constructor(
    private readonly machine: Machine,
    readonly watchpoint: Watchpoint & Required<Pick<Watchpoint, 'register'>>,
  ) {
    const { name, cpu } = watchpoint.register;
    this.read = READ[name];
    this.cpu = cpu;
    this.step = machine.steps.number;
    this.last = this.now();
  }

  private now(): number {
    const { machine } = this;
    const cpu = machine.cpus[this.cpu]!;
    return this.read(machine, cpu, cpu === machine.cpu) >>> 0;
  }

  /** What it was before and is now, and behind which step of the processor that changed. */
  changed(number: number): { old: Uint8Array; now: Uint8Array; after: number } | undefined {
    if (this.machine.cpu.id !== this.cpu) return undefined;
    const { last, step } = this;
    const now = this.now();
    this.last = now;
    this.step = number;
    return now === last ? undefined : { old: word(last), now: word(now), after: step };
  }
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
