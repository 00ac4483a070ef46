import { R_PCPU, REG_COUNT } from './constants.js';
import { emptyTlb, type TlbState } from './mmu.js';

/**
 * State of one processor that is not in the shared register file while another one runs. Plain data:
 * copyState saves it.
 */
export interface Cpu {
  readonly id: number;
  /** Virtual time of this CPU in ns, without the cycles in REG. */
  timeNs: number;
  /** EFLAGS.IF */
  interruptsEnabled: boolean;
  /** Pending interrupt lines, one bit each. */
  pending: number;
  /** Stopped by hlt until an interrupt. */
  halted: boolean;
  /** Not started yet (application processors before the kernel starts them). */
  parked: boolean;
  /**
   * Depth of page faults taken inside plain kernel functions, where nothing may sleep and no interrupt is
   * polled.
   */
  nested: number;
  /** It stood before a step, by decision: interrupts that have come meanwhile come in there. */
  stalled: boolean;
  /** A double fault is being handled: the next one is the third. */
  doubleFault: boolean;
  /** Fault address of the last page fault. */
  cr2: number;
  /** Ring-0 stack for traps from user mode (the TSS). */
  esp0: number;
  /** Context (an opaque number that the kernel chose) that runs on this CPU. */
  context: number;
  /** Where the context that was switched to goes on. */
  nextEip: number;
  /** End of this CPU's turn, ns. */
  sliceEndNs: number;
  savedRegisters: Int32Array;
  savedTlb: TlbState;
}

/** A processor at power-on; all but the first are parked. */
export function newCpu(id: number, pcpuAddress: number): Cpu {
  const savedRegisters = new Int32Array(REG_COUNT);
  savedRegisters[R_PCPU] = pcpuAddress;
  return {
    id,
    timeNs: 0,
    interruptsEnabled: false,
    pending: 0,
    halted: false,
    parked: id !== 0,
    nested: 0,
    stalled: false,
    doubleFault: false,
    cr2: 0,
    esp0: 0,
    context: 0,
    nextEip: 0,
    sliceEndNs: 0,
    savedRegisters,
    savedTlb: emptyTlb(0),
  };
}
