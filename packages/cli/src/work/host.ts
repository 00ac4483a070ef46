import { Interruption } from '@trap12/system/interruption.js';
import { nodeTurn } from '@trap12/system/node.js';
import { unlessCut } from '@trap12/explore';
import { Interrupted } from '../exit.js';
import { sentinel } from '../sentinel/sentinel.js';

/** Seconds of the host's time. */
export const clock = (): number => performance.now() / 1000;

/**
 * Node as the host of a search. From its making to close(), Ctrl-C ends what is being done, and what was
 * found is kept; a second one ends the process. It is heard during a machine's run, too.
 */
export class SearchHost {
  private readonly interruption = new Interruption({ twiceEnds: true, whileBusy: true });
  readonly turn = nodeTurn;
  readonly clock = clock;

  get interrupted(): boolean {
    return this.interruption.interrupted;
  }

  /** What it is within was interrupted before it began. */
  get wasBefore(): boolean {
    return this.interruption.wasBefore;
  }

  readonly stop = (): boolean => this.interrupted;
  /** Asked in the middle of a run as well */
  readonly cut = this.stop;

  constructor() {
    sentinel.start();
  }

  /** Calls a function when Ctrl-C comes; at once, if it has come. */
  onStop(call: () => void): void {
    this.interruption.onPress(call);
  }

  /** Ctrl-C is the process's own again. */
  close(): void {
    this.interruption.close();
  }
}

/**
 * Makes runs without which there is no result. Within a work that was interrupted they are made to their end:
 * who makes them then wants them all the same.
 * @param lost what is not known without them
 * @throws Interrupted if Ctrl-C has come in the middle of them, or at once before
 */
export async function orInterrupted<T>(lost: string, runs: () => T): Promise<T> {
  const host = new SearchHost();
  const { wasBefore } = host;
  try {
    // One that came just before, but as nobody was busy, is told now.
    await host.turn();
    const made = unlessCut(wasBefore ? undefined : host.cut, runs);
    if (made === undefined) throw new Interrupted(lost);
    return made.is;
  } finally {
    host.close();
  }
}
