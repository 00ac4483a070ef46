import type { Decision } from './decisions.js';

/** What an observer may ask while it is told something. */
export interface MachineView {
  /** Virtual time on the running CPU, ns */
  readonly nowNs: number;
  /** The running context (an opaque number that the kernel chose) */
  readonly context: number;
  readonly cpuId: number;
  /** Happenings told so far: the number of this one */
  readonly happenings: number;
}

/** A request of the disk, at its beginning or its end. */
export interface DiskTransfer {
  /** `other`: a command that the drive does not know */
  op: 'read' | 'write' | 'other';
  /** The first sector, and how many */
  sector: number;
  count: number;
  done: boolean;
  /** At its end: nothing was transferred */
  failed: boolean;
}

/**
 * Is told what happens. It changes nothing in the machine: a run that is observed is the run that nobody
 * sees.
 */
export interface Observer {
  /**
   * The kernel tells of something.
   * @param kind HW_* constant of the kernel (sys/ktr.h.ts), by its name in the image's constants
   * @param object address of what it is about, or a number, as the kind says; addresses are int32, as those
   * of contexts
   * @param arg as the kind says
   */
  happened?(kind: number, object: number, arg: number, view: MachineView): void;
  /** The disk begins a request, or has come to its end. */
  disk?(transfer: DiskTransfer, view: MachineView): void;
  /** A decision was not the standard one. */
  decided?(decision: Decision, choice: number, view: MachineView): void;
}
