/** What a question that stands is asked with. */
export const LEAVE = 'Leave the debugger, and give the machine up? (y/n) ';

/**
 * Ctrl-C at the debugger's prompt: takes back what is being typed; on an empty line it names the command that
 * leaves, and once more asks. The machine is never thrown away without an answer.
 */
export class Leaving {
  private presses = 0;
  private asks = false;

  /**
   * Ctrl-C.
   * @param line what is being typed
   * @returns what is printed below it, and what stands in the place of the prompt, if not that
   */
  interrupted(line: string): { said: string; prompt?: string } {
    if (this.asks) {
      this.asks = false;
      this.presses = 0;
      return { said: '^C' };
    }
    this.presses = line === '' ? this.presses + 1 : 0;
    if (line !== '') return { said: '^C' };
    if (this.presses === 1) return { said: '\n(`quit` leaves the debugger.)' };
    this.asks = true;
    return { said: '', prompt: LEAVE };
  }

  /** A line that was entered. @returns undefined: it is no answer, but a command */
  entered(line: string): 'leave' | 'stay' | undefined {
    this.presses = 0;
    if (!this.asks) return undefined;
    this.asks = false;
    return /^y(es)?$/i.test(line.trim()) ? 'leave' : 'stay';
  }
}
