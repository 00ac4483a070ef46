import type { Machine } from '@trap12/machine';
import { checkNeeds, NEED, type Need } from '@trap12/target';

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
  /** Host time in ms. With it a slow host is not taken for a kernel that loops: its turns come sooner */
  elapsedMs?(): number;
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

/** Virtual time between two turns of the host, at most. */
const SLICE_NS = 1e8;
/** So much of it to begin with, and never less. */
const FIRST_PART = 1 / 16;
const SLICE_MIN_NS = 1e4;
/** Host time that may lie between two turns, about: a turn that took longer makes the next one shorter. */
const TURN_MS = 200;

const NEEDS: Readonly<Record<string, Need>> = {
  ...{ machine: NEED.machine, seconds: NEED.seconds, host: NEED.host },
  sliceNs: { is: (value) => typeof value === 'number' && value > 0, text: 'a number above 0, of ns' },
};

/**
 * Runs a machine until it stops, virtual time is up, or the host wants it to end. Where it is cut into turns
 * has no effect on it.
 * @param sliceNs virtual time between two turns of the host, at most
 * @throws NoProgressError, if the host has a guard; RangeError that names what is missing
 */
export async function runFor(
  machine: Runnable,
  seconds: number,
  host: RunHost,
  sliceNs = SLICE_NS,
): Promise<Ending> {
  checkNeeds('runFor', { machine, seconds, host, sliceNs }, NEEDS);
  const end = seconds * 1e9;
  let why: Ending = 'time';
  let ns = host.elapsedMs === undefined ? sliceNs : sliceNs * FIRST_PART;
  while (why === 'time' && machine.now() < end && host.stop?.() !== true) {
    const slice = (): Ending => machine.run(Math.min(machine.now() + ns, end));
    const begun = host.elapsedMs?.() ?? 0;
    why = host.guard === undefined ? slice() : host.guard(slice);
    const took = (host.elapsedMs?.() ?? 0) - begun;
    if (took > TURN_MS) ns = Math.max((ns * TURN_MS) / took, SLICE_MIN_NS);
    else if (took < TURN_MS / 2) ns = Math.min(2 * ns, sliceNs);
    await host.turn();
  }
  return why;
}
