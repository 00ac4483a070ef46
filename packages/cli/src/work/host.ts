import { nodeTurn } from '@trap12/system/node.js';

/** Seconds of the host's time. */
export const clock = (): number => performance.now() / 1000;

/**
 * Node as the host of a search. From its making to close(), Ctrl-C ends what is being done, and what was
 * found is kept; a second one ends the process.
 */
export class SearchHost {
  interrupted = false;
  readonly turn = nodeTurn;
  readonly clock = clock;
  private readonly told: (() => void)[] = [];
  private readonly onInterrupt = (): void => {
    this.interrupted = true;
    process.removeListener('SIGINT', this.onInterrupt);
    for (const each of this.told) each();
  };

  constructor() {
    process.on('SIGINT', this.onInterrupt);
  }

  readonly stop = (): boolean => this.interrupted;

  /** Calls a function when Ctrl-C comes. */
  onStop(call: () => void): void {
    this.told.push(call);
  }

  /** Ctrl-C is the process's own again. */
  close(): void {
    process.removeListener('SIGINT', this.onInterrupt);
  }
}
