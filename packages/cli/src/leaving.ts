import type { Interface } from 'node:readline';
import { QUIT } from '@trap12/ddb';

/** What a question that stands is asked with. */
export const LEAVE = 'Leave the debugger, and give the machine up? (y/n) ';

/** What leaves the debugger, and the line that says so. */
const WAYS_OUT = [QUIT.name, ...QUIT.aliases!];
export const HINT = '(`quit` leaves the debugger.)';

/** What people type who want to leave, and is no command here: the words of other debuggers and editors. */
const WANTS_OUT =
  /^(?:q|qu|qui|[:\\]q!?|:wq!?|(?:quit|exit|q) ?(?:\(\)|!|;)|\.(?:exit|quit|q)|bye|logout|leave|abort)$/i;

/** A line at the prompt: does it leave, or does somebody want to and has to be told how? */
export function leavesBy(line: string): 'leaves' | 'told' | undefined {
  const text = line.trim();
  if (WAYS_OUT.includes(text.toLowerCase())) return 'leaves';
  return WANTS_OUT.test(text) ? 'told' : undefined;
}

/**
 * Ctrl-C at the debugger's prompt: takes back what is being typed; on an empty line it names the command that
 * leaves, and once more asks, as Ctrl-D does at once. The machine is never thrown away without an answer.
 */
export class Leaving {
  private presses = 0;
  private asks = false;

  /**
   * Ctrl-C.
   * @param line what is being typed
   * @param pages output waits for a key: it is that which ends, and nothing else
   * @returns what is printed below it, and what stands in the place of the prompt, if not that
   */
  interrupted(line: string, pages = false): { said: string; prompt?: string } {
    if (this.asks) {
      this.asks = false;
      this.presses = 0;
      return { said: '^C' };
    }
    this.presses = line === '' && !pages ? this.presses + 1 : 0;
    if (pages) return { said: '^C' };
    if (line !== '') return { said: '^C' };
    if (this.presses === 1) return { said: `\n${HINT}` };
    this.asks = true;
    return { said: '', prompt: LEAVE };
  }

  /** Ctrl-D on an empty line. @returns as interrupted() */
  ended(): { said: string; prompt?: string } {
    this.presses = 0;
    this.asks = !this.asks;
    return this.asks ? { said: '', prompt: LEAVE } : { said: '^D' };
  }

  /** The question stands: what is entered next answers it, and is no command. */
  get isAsking(): boolean {
    return this.asks;
  }

  /** A line that was entered. @returns undefined: it is no answer, but a command */
  entered(line: string): 'leave' | 'stay' | undefined {
    this.presses = 0;
    if (!this.asks) return undefined;
    this.asks = false;
    return /^y(es)?$/i.test(line.trim()) ? 'leave' : 'stay';
  }
}

/**
 * At a terminal Ctrl-D on an empty line is a key, and no end: the line editor would close. The terminal
 * itself may come to its end all the same, and then it does.
 * @param input what the editor reads
 * @param pressed called in place of its closing
 * @returns takes the key back
 */
export function endKey(input: NodeJS.ReadableStream, lines: Interface, pressed: () => void): () => void {
  const close = lines.close.bind(lines);
  let isKey = false;
  // One looks at a key before the editor, the other one behind it.
  const before = (_: string | undefined, key?: { ctrl?: boolean; name?: string }): void => {
    isKey = key?.ctrl === true && key.name === 'd';
  };
  const behind = (): void => {
    isKey = false;
  };
  input.prependListener('keypress', before);
  input.on('keypress', behind);
  lines.close = () => (isKey ? pressed() : close());
  return () => {
    input.off('keypress', before);
    input.off('keypress', behind);
    lines.close = close;
  };
}
