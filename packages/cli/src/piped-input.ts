import type { CommandError } from './exit.js';
import { refuseFolderInput, unreadableInput } from './stdin.js';

/** Ctrl-\, by which a person stops the machine and gets the debugger. */
export const STOP_KEY = '\x1c';

/**
 * Standard input that is no terminal: the machine's console and the debugger's prompt take turns with it,
 * each what is its own.
 */
class PipedInput {
  private text = '';
  private ended = false;
  private failure: CommandError | undefined;
  private wake: (() => void) | undefined;

  /** @throws CommandError if it is a directory */
  constructor() {
    refuseFolderInput();
    process.stdin.on('data', (data: Buffer) => {
      this.text += data.toString('latin1');
      this.wake?.();
    });
    process.stdin.on('end', () => {
      this.ended = true;
      this.wake?.();
    });
    process.stdin.on('error', (error) => {
      this.failure = unreadableInput(error);
      this.wake?.();
    });
  }

  /**
   * What is there for the console: up to the stop key, if it is there.
   * @throws CommandError: it cannot be read
   */
  take(): { text: string; stop: boolean; ended: boolean } {
    if (this.failure !== undefined) throw this.failure;
    const at = this.text.indexOf(STOP_KEY);
    const text = at < 0 ? this.text : this.text.slice(0, at);
    this.text = at < 0 ? '' : this.text.slice(at + 1);
    return { text, stop: at >= 0, ended: this.ended && this.text === '' };
  }

  /** The next line, without its end; undefined at the end of input. @throws CommandError as take() does */
  async line(): Promise<string | undefined> {
    for (;;) {
      if (this.failure !== undefined) throw this.failure;
      const at = this.text.indexOf('\n');
      if (at >= 0 || (this.ended && this.text !== '')) {
        const line = at < 0 ? this.text : this.text.slice(0, at);
        this.text = at < 0 ? '' : this.text.slice(at + 1);
        return line;
      }
      if (this.ended) return undefined;
      // One that has ended has no handle: Node would put that off until it connects, again at each call.
      process.stdin.ref?.();
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.wake = undefined;
    }
  }

  /** Nobody will ask any more: the program may end though the pipe is open. */
  close(): void {
    process.stdin.pause();
  }
}

let input: PipedInput | undefined;

/** The program's standard input, which is read from the first call on. */
export function pipedInput(): PipedInput {
  input ??= new PipedInput();
  return input;
}

/** Lets the program end. */
export const closePipedInput = (): void => input?.close();
