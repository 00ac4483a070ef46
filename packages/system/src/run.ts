import type { Machine } from '@trap12/machine';

/** Why a machine came to a stand; 'time': virtual time was up, or the host asked for it. */
export type Ending = ReturnType<Machine['run']>;

/** What a host lends to a run that takes long. */
export interface RunHost {
  /** Lets the host's own events have their turn (nodeTurn of node.ts) */
  turn(): Promise<void>;
  /** Asked between two turns; true ends the run */
  stop?(): boolean;
  /**
   * Calls a function that may never come back: the kernel is ordinary code of the host, and so is an endless
   * loop in it.
   * @throws NoProgressError if it did not come back
   */
  guard?<T>(call: () => T): T;
}

/**
 * The machine has not come to a point where it can stop: the kernel loops where it does not look at the time.
 */
export class NoProgressError extends Error {
  override readonly name = 'NoProgressError';
}

/** A machine, or one with its past (history.ts). */
export interface Runnable {
  /** Virtual time, ns since power-on */
  now(): number;
  /** Runs until it stops or until that time, in ns since power-on. */
  run(untilNs: number): Ending;
}

/** Virtual time between two turns of the host. */
const SLICE_NS = 1e8;

/**
 * Runs a machine until it stops, virtual time is up, or the host wants it to end. Where it is cut into turns
 * has no effect on it.
 * @param sliceNs virtual time between two turns of the host
 * @throws NoProgressError, if the host has a guard
 */
export async function runFor(
  machine: Runnable,
  seconds: number,
  host: RunHost,
  sliceNs = SLICE_NS,
): Promise<Ending> {
  const end = seconds * 1e9;
  let why: Ending = 'time';
  while (why === 'time' && machine.now() < end && host.stop?.() !== true) {
    const slice = (): Ending => machine.run(Math.min(machine.now() + sliceNs, end));
    why = host.guard === undefined ? slice() : host.guard(slice);
    await host.turn();
  }
  return why;
}
