/** Why a machine stopped for good. */
export type StopWhy = 'panic' | 'debugger' | 'halt' | 'reboot';

/**
 * Thrown to unwind the host when the simulated machine stops. RAM, registers and devices stay as they were, for the
 * debugger; going on is running again from the start (docs/DESIGN: a stop unwinds the host).
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
