/** Why a machine stopped for good. */
export type StopWhy = 'panic' | 'debugger' | 'halt' | 'reboot';

/**
 * Thrown to unwind the host when the simulated machine stops for good. RAM, registers and devices stay as
 * they were, for the debugger. In the kernel's checked form it is left to stand instead wherever it can be
 * gone on with (Machine.stop).
 */
export class MachineStop extends Error {
  constructor(readonly why: StopWhy) {
    super(`machine stopped: ${why}`);
    this.name = 'MachineStop';
  }
}

/** A defect of trap12 itself, not of the simulated kernel. */
export class InternalError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InternalError';
  }
}
