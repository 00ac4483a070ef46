import type { StepView } from '@trap12/machine';
import type { KnownProgram, Site, Watchpoint } from '@trap12/target';
import type { System } from './system.js';

/** The access of the step before, of a machine that stands or is asked at each step. */
export class LastStep {
  site = 0;
  address = 0;
  /** The program whose step it was; undefined: the kernel's */
  program: KnownProgram | undefined;
  private from = 0;
  private bytes = 0;

  constructor(private readonly system: System) {
    Object.assign(this, system.machine.steps.standing);
    if (system.machine.program !== null) this.program = system.program;
  }

  /** The machine has come to another one. */
  step({ site, user, address, from, bytes }: StepView): void {
    this.program = user ? this.system.program : undefined;
    this.site = site;
    this.address = address;
    this.from = from;
    this.bytes = bytes;
  }

  /** Did it read some memory? @param stores so does it if it stored there, be it what was there already */
  accesses(area: Watchpoint, stores: boolean): boolean {
    const { address, from, bytes } = this;
    const overlaps = (at: number, length: number): boolean =>
      at >>> 0 < area.address + area.bytes && (at >>> 0) + length > area.address;
    if (bytes > 0) return overlaps(from, bytes) || (stores && overlaps(address, bytes));
    if (address === 0) return false;
    const instruction = this.instruction;
    if (instruction === undefined) return false;
    const { kind, width } = instruction;
    const reads = kind === 'load' || kind === 'rmw' || (kind === 'store' && stores);
    return reads && overlaps(address, width);
  }

  private get instruction(): Site | undefined {
    return (this.program ?? this.system).symbols.site(this.site >>> 0);
  }

  /** Was it a single store to some memory? */
  stored(area: Watchpoint): boolean {
    const at = this.address >>> 0;
    const { kind = 'other', width = 0 } = this.instruction ?? {};
    const stores = kind === 'store' || kind === 'rmw';
    return stores && at < area.address + area.bytes && at + width > area.address;
  }
}
