import {
  type Cpu,
  EFL_FIXED,
  EFL_IF,
  type Machine,
  PAGE_SIZE,
  R_EAX,
  R_EBP,
  R_EBX,
  R_ECX,
  R_EDI,
  R_EDX,
  R_EIP,
  R_ESI,
  R_ESP,
  R_PCPU,
} from '@trap12/machine';
import type { Execution } from './execution.js';
import { Onlooker } from './onlooker.js';
import { kernelSelectors, userSelectors } from './registers.js';
import type { SymbolTable } from './symbols.js';
import type { Programs } from './user.js';
import { BadAddress, type CpuRegisters, type Target, type TargetCpu, type TlbEntry } from './target.js';

/**
 * Words of one entry in the TLB that a CPU left when another one took the machine's arrays: page, then the
 * four addresses.
 */
const SAVED_ENTRY_WORDS = 5;

/** A machine in this process, as it stands. */
export class MachineTarget implements Target {
  execution: Execution | undefined;
  programs: Programs | undefined;
  /** The same machine for who looks on while it runs. */
  readonly onlooker: Target;

  constructor(
    private readonly machine: Machine,
    readonly symbols: SymbolTable,
  ) {
    this.onlooker = new Onlooker(this);
  }

  get ramBytes(): number {
    return this.machine.ram.bytes;
  }

  get cpu(): TargetCpu {
    return this.describe(this.machine.cpu);
  }

  get cpus(): readonly TargetCpu[] {
    return this.machine.cpus.map((cpu) => this.describe(cpu));
  }

  read(va: number, length: number): Uint8Array {
    return this.readBy(() => this.machine.mmu.cr3, va, length);
  }

  word(va: number): number | undefined {
    return this.wordBy(this.machine.mmu.cr3, va);
  }

  /**
   * Memory as read() has it, but by other page directories.
   * @param directory physical address of the one that an address is looked up by
   */
  readBy(directory: (va: number) => number, va: number, length: number): Uint8Array {
    const { mmu, ram } = this.machine;
    const first = mmu.inspect(va | 0, directory(va)).pa;
    if (first < 0) return new Uint8Array(0);
    if (length <= PAGE_SIZE - (va & (PAGE_SIZE - 1)) && first + length <= ram.bytes)
      return ram.u8.slice(first, first + length);
    const out = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const at = (va + done) >>> 0;
      const { pa } = mmu.inspect(at | 0, directory(at));
      if (pa < 0) break;
      const n = Math.min(length - done, PAGE_SIZE - (at & (PAGE_SIZE - 1)));
      out.set(ram.u8.subarray(pa, pa + n), done);
      done += n;
    }
    return out.subarray(0, done);
  }

  /** A word as word() has it, but by that page directory. */
  wordBy(directory: number, va: number): number | undefined {
    const { mmu, ram } = this.machine;
    if ((va & 3) !== 0) return undefined;
    const page = mmu.page(va | 0, directory);
    return page < 0 ? undefined : ram.i32[(page | (va & (PAGE_SIZE - 1))) >>> 2]! >>> 0;
  }

  write(va: number, bytes: Uint8Array): void {
    const { mmu, ram } = this.machine;
    // All of it or nothing: the past is told of what is written.
    const places = Array.from(bytes, (_, i) => {
      const { pa } = mmu.inspect((va + i) | 0);
      if (pa < 0) throw new BadAddress(va + i);
      return pa;
    });
    places.forEach((pa, i) => {
      ram.u8[pa] = bytes[i]!;
      ram.touch(pa);
    });
    this.execution?.past?.changed({ written: va >>> 0, bytes: bytes.length });
  }

  /** The page directory that the running processor has loaded. */
  get cr3(): number {
    return this.machine.mmu.cr3;
  }

  /** A word of physical memory. @param pa a multiple of four, within memory */
  physicalWord(pa: number): number {
    return this.machine.ram.i32[pa >>> 2]!;
  }

  readPhysical(pa: number, length: number): Uint8Array {
    return this.machine.ram.u8.slice(pa, pa + length);
  }

  private describe(cpu: Cpu): TargetCpu {
    const { machine } = this;
    const running = cpu === machine.cpu;
    const file = running ? machine.reg : cpu.savedRegisters;
    return {
      id: cpu.id,
      cr3: running ? machine.mmu.cr3 : cpu.savedTlb.cr3,
      cr2: cpu.cr2 >>> 0,
      pcpu: file[R_PCPU]! >>> 0,
      registers: registersOf(this.symbols, file, cpu.interruptsEnabled, running && machine.program !== null),
      tlb: (va) => (running ? this.runningTlb(va >>> 12) : savedTlb(cpu, va >>> 12)),
    };
  }

  private runningTlb(page: number): TlbEntry | undefined {
    return entry(...this.machine.mmu.entry(page));
  }
}

/** A CPU that stands still is in the kernel, but for the one that stands at a step of a program. */
function registersOf(
  symbols: SymbolTable,
  file: Int32Array,
  interruptsEnabled: boolean,
  user: boolean,
): CpuRegisters {
  const { cs, ds, es, fs, ss } = user ? userSelectors(symbols) : kernelSelectors(symbols);
  return {
    cs,
    ds,
    es,
    fs,
    ss,
    eax: file[R_EAX]! >>> 0,
    ecx: file[R_ECX]! >>> 0,
    edx: file[R_EDX]! >>> 0,
    ebx: file[R_EBX]! >>> 0,
    esp: file[R_ESP]! >>> 0,
    ebp: file[R_EBP]! >>> 0,
    esi: file[R_ESI]! >>> 0,
    edi: file[R_EDI]! >>> 0,
    eip: file[R_EIP]! >>> 0,
    efl: interruptsEnabled ? EFL_FIXED | EFL_IF : EFL_FIXED,
  };
}

function savedTlb(cpu: Cpu, page: number): TlbEntry | undefined {
  const { entries, dropped } = cpu.savedTlb;
  if (dropped.includes(page)) return undefined;
  for (let i = 0; i < entries.length; i += SAVED_ENTRY_WORDS)
    if (entries[i] === page) return entry(entries[i + 1]!, entries[i + 2]!, entries[i + 3]!, entries[i + 4]!);
  return undefined;
}

function entry(
  kernelRead: number,
  kernelWrite: number,
  userRead: number,
  userWrite: number,
): TlbEntry | undefined {
  return kernelRead < 0 && userRead < 0 ? undefined : { kernelRead, kernelWrite, userRead, userWrite };
}
