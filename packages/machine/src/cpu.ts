import { R_PCPU, REG_COUNT } from './constants.js';
import type { TlbState } from './mmu.js';

/** State of one processor that is not in the shared register file while another one runs. */
export class Cpu {
  /** Virtual time of this CPU in ns, without the cycles in REG. */
  timeNs = 0;
  /** EFLAGS.IF */
  interruptsEnabled = false;
  /** Pending interrupt lines, one bit each. */
  pending = 0;
  /** Stopped by hlt until an interrupt. */
  halted = false;
  /** Not started yet (application processors before the kernel starts them). */
  parked = false;
  /** Depth of page faults taken inside plain kernel functions, where nothing may sleep and no interrupt is polled. */
  nested = 0;
  /** Fault address of the last page fault. */
  cr2 = 0;
  /** Ring-0 stack for traps from user mode (the TSS). */
  esp0 = 0;
  /** Context (an opaque number that the kernel chose) that runs on this CPU. */
  context = 0;
  /** Where the context that was switched to goes on. */
  nextEip = 0;
  /** End of this CPU's turn, ns. */
  sliceEndNs = 0;
  readonly savedRegisters = new Int32Array(REG_COUNT);
  savedTlb: TlbState = { cr3: 0, entries: [], dropped: new Set() };

  constructor(
    readonly id: number,
    pcpuAddress: number,
  ) {
    this.savedRegisters[R_PCPU] = pcpuAddress;
  }
}
