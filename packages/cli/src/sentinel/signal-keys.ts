import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';

/** A call of stty takes milliseconds, unless the terminal does not take output. */
const STTY_MS = 1000;
/** No terminal keeps more for whoever reads it at once. */
const TYPED_MAX = 4096;
/** A Ctrl-C ends stty, too. */
const TRIES = 3;

/**
 * Ctrl-C of a terminal in raw mode, where it is a byte like any other: it can be made a signal for a while.
 * Any other key stays a byte, and what was typed before is not thrown away. Without a terminal, without stty
 * or in the background nothing is changed.
 */
export class SignalKeys {
  private before: string | undefined;

  /**
   * From now on Ctrl-C is a signal.
   * @returns whether it is: not without a terminal, without stty or in the background
   */
  on(): boolean {
    this.before ??= stty(['-g']);
    if (this.before === undefined) return false;
    return stty(['isig', 'noflsh', 'quit', 'undef', 'susp', 'undef']) !== undefined;
  }

  /** What was typed and nobody has read, which is read herewith; after on() has said true. */
  typed(): Buffer {
    const read: Buffer[] = [];
    let tty: number;
    try {
      tty = openSync('/dev/tty', constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch {
      return Buffer.alloc(0);
    }
    try {
      for (;;) {
        const some = Buffer.alloc(TYPED_MAX);
        const length = readSync(tty, some);
        if (length === 0) break;
        read.push(some.subarray(0, length));
      }
    } catch {
      // There is no more.
    } finally {
      closeSync(tty);
    }
    return Buffer.concat(read);
  }

  /** Puts the terminal back as it was before on(). @returns whether there was anything to be put back */
  off(): boolean {
    const { before } = this;
    if (before === undefined) return false;
    this.before = undefined;
    stty([before]);
    return true;
  }
}

/** What stty says; undefined: it did not do it */
function stty(args: readonly string[]): string | undefined {
  let tty: number;
  try {
    tty = openSync('/dev/tty', 'r');
  } catch {
    return undefined;
  }
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      // In this group: one in the background is stopped there, and leaves another's terminal alone.
      const { status, signal, stdout } = spawnSync('stty', args, {
        ...{ stdio: [tty, 'pipe', 'ignore'], encoding: 'latin1', timeout: STTY_MS, killSignal: 'SIGKILL' },
      });
      if (signal !== 'SIGINT') return status === 0 ? stdout.trim() : undefined;
    }
    return undefined;
  } finally {
    closeSync(tty);
  }
}
