import type { Execution } from './execution.js';
import type { MachineTarget } from './machine-target.js';
import type { SymbolTable } from './symbols.js';
import type { Target, TargetCpu } from './target.js';
import type { Programs } from './user.js';

/**
 * A machine for who looks on while it runs: kernel addresses are looked up by the kernel's own page
 * directory. A processor may be on one that is gone (a process's that has ended, say), or that is another's
 * by now, and goes on by what its TLB still has; what the kernel's own structs say is known all the same. A
 * debugger shows what the processor's directory says: it has MachineTarget itself.
 */
export class Onlooker implements Target {
  private readonly kernelBase: number;
  /** Physical address of the variable that has the kernel's page directory; undefined: a kernel without it */
  private readonly idlePTD: number | undefined;

  constructor(private readonly machine: MachineTarget) {
    const { symbols } = machine;
    this.kernelBase = symbols.constant('KERNBASE') >>> 0;
    // The image is in memory from its beginning on, and KERNBASE is where that is mapped.
    this.idlePTD = symbols.has('IdlePTD') ? symbols.address('IdlePTD') - this.kernelBase : undefined;
  }

  get symbols(): SymbolTable {
    return this.machine.symbols;
  }

  get ramBytes(): number {
    return this.machine.ramBytes;
  }

  get cpu(): TargetCpu {
    return this.machine.cpu;
  }

  get cpus(): readonly TargetCpu[] {
    return this.machine.cpus;
  }

  get programs(): Programs | undefined {
    return this.machine.programs;
  }

  get execution(): Execution | undefined {
    return this.machine.execution;
  }

  read(va: number, length: number): Uint8Array {
    return this.machine.readBy((at) => this.directory(at), va, length);
  }

  word(va: number): number | undefined {
    return this.machine.wordBy(this.directory(va), va);
  }

  write(va: number, bytes: Uint8Array): void {
    this.machine.write(va, bytes);
  }

  readPhysical(pa: number, length: number): Uint8Array {
    return this.machine.readPhysical(pa, length);
  }

  private directory(va: number): number {
    const { machine, idlePTD } = this;
    return idlePTD === undefined || va >>> 0 < this.kernelBase ? machine.cr3 : machine.physicalWord(idlePTD);
  }
}
