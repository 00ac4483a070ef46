import { Mmu, PAGE_SIZE, PhysicalMemory } from '@trap12/machine';
import { BadAddress, type SymbolTable, type Target, type TargetCpu } from '@trap12/target';
import type { MachineFacts } from './facts.js';

/** Memory as a dump has it: where no page was dumped, nothing is known. */
export class DumpedMemory {
  readonly ram: PhysicalMemory;
  private readonly present: Uint8Array;

  /** @throws RangeError if no machine has so much memory */
  constructor(ramBytes: number) {
    this.ram = new PhysicalMemory(ramBytes);
    this.present = new Uint8Array(ramBytes / PAGE_SIZE);
  }

  /** Enters bytes at a physical address, whole pages of them; a piece of a page at the end is not taken. */
  put(pa: number, bytes: Uint8Array): void {
    const whole = Math.min(bytes.length - (bytes.length % PAGE_SIZE), this.ram.bytes - pa);
    if (whole <= 0) return;
    this.ram.u8.set(bytes.subarray(0, whole), pa);
    this.present.fill(1, pa / PAGE_SIZE, (pa + whole) / PAGE_SIZE);
  }

  /** Is the page of this physical address in the dump? */
  has(pa: number): boolean {
    return this.present[Math.floor(pa / PAGE_SIZE)] === 1;
  }

  get pages(): number {
    return this.present.reduce((n, page) => n + page, 0);
  }
}

/** A machine as a dump tells of it. Its processors' TLBs nobody knows; of registers, what the dump has. */
export class DumpTarget implements Target {
  readonly cpu: TargetCpu;
  readonly cpus: readonly TargetCpu[];
  private readonly mmu: Mmu;

  constructor(
    readonly symbols: SymbolTable,
    readonly memory: DumpedMemory,
    facts: MachineFacts,
  ) {
    this.cpus = facts.cpus.map((cpu) => ({ ...cpu, tlb: undefined }));
    this.cpu = this.cpus.find((cpu) => cpu.id === facts.stopped)!;
    this.mmu = new Mmu(memory.ram);
    this.mmu.cr3 = this.cpu.cr3;
  }

  get ramBytes(): number {
    return this.memory.ram.bytes;
  }

  read(va: number, length: number): Uint8Array {
    return this.gather(length, (done) => this.translate((va + done) >>> 0));
  }

  write(va: number, bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) {
      const pa = this.translate((va + i) >>> 0);
      if (pa === undefined) throw new BadAddress(va + i);
      this.memory.ram.u8[pa] = bytes[i]!;
    }
  }

  readPhysical(pa: number, length: number): Uint8Array {
    return this.gather(length, (done) => {
      const at = pa + done;
      return at < this.ramBytes && this.memory.has(at) ? at : undefined;
    });
  }

  /**
   * Physical address of a virtual one, if its page is in the dump. Page tables that are not there map
   * nothing.
   */
  private translate(va: number): number | undefined {
    const { pa } = this.mmu.inspect(va | 0);
    return pa >= 0 && this.memory.has(pa) ? pa : undefined;
  }

  private gather(length: number, where: (done: number) => number | undefined): Uint8Array {
    const out = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const at = where(done);
      if (at === undefined) break;
      const n = Math.min(length - done, PAGE_SIZE - (at % PAGE_SIZE));
      out.set(this.memory.ram.u8.subarray(at, at + n), done);
      done += n;
    }
    return out.subarray(0, done);
  }
}
