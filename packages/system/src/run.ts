import type { Machine } from '@trap12/machine';

/** Why a machine came to a stand; 'time': virtual time was up, or the host asked for it. */
export type Ending = ReturnType<Machine['run']>;

/** What a host lends to a run that takes long. */
export interface RunHost {
  /** Lets the host's own events have their turn (nodeTurn of node.ts) */
  turn(): Promise<void>;
  /** Asked between two turns; true ends the run */
  stop?(): boolean;
}

/** Virtual time between two turns of the host. */
const SLICE_NS = 1e8;

/** Runs a machine until it stops, virtual time is up, or the host wants it to end. Where it is cut into turns has no effect on it. */
export async function runFor(machine: Machine, seconds: number, host: RunHost): Promise<Ending> {
  const end = seconds * 1e9;
  let why: Ending = 'time';
  while (why === 'time' && machine.now() < end && host.stop?.() !== true) {
    why = machine.run(Math.min(machine.now() + SLICE_NS, end));
    await host.turn();
  }
  return why;
}
