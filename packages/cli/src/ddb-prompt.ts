import { createInterface } from 'node:readline';
import { Ddb, QUIT } from '@trap12/ddb';
import { debuggersCall } from '@trap12/system/node.js';
import type { Target } from '@trap12/target';
import { printLines, write } from './console.js';
import { endKey, HINT, Leaving, leavesBy } from './leaving.js';
import { Pager, pagerKeys } from './pager.js';
import { closePipedInput, pipedInput } from './piped-input.js';
import { WayKeys } from './way-keys.js';
import { sentinel } from './sentinel/sentinel.js';
import { SignalKeys } from './sentinel/signal-keys.js';

const PROMPT = 'db> ';

/** What was typed at any prompt of this program, newest first. */
let history: string[] = [];

/** DDB for a person at a terminal, or for a pipe. */
export class DebuggerPrompt {
  readonly ddb: Ddb;
  private goesOn = false;

  /** @param live the machine can be let run again when ask() says so */
  constructor(
    private readonly target: Target,
    live = false,
  ) {
    const resume = (): void => {
      this.goesOn = true;
    };
    this.ddb = new Ddb(target, live ? resume : undefined);
    this.ddb.session.prompts = [QUIT];
    if (target.execution !== undefined) target.execution.guard = interruptibleCall;
    // What a pipe reads stays in BSD's layout, unless it sets the variable itself.
    if (process.stdin.isTTY === true) this.ddb.session.setVariable('srclines', 1);
  }

  /** Shows that the machine has stopped, and where. */
  showStop(): void {
    printLines(this.ddb.stopped());
  }

  /**
   * Lets somebody work in the debugger until a command has the machine go on (true), or until `quit` or the
   * end of input.
   */
  async ask(): Promise<boolean> {
    this.goesOn = false;
    return process.stdin.isTTY === true ? this.askPerson() : this.askPipe();
  }

  private async askPerson(): Promise<boolean> {
    const leaving = new Leaving();
    const lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      history: [...history],
      // What answers the question is no command.
      completer: (line: string) =>
        leaving.isAsking ? [[], line] : [this.ddb.complete(line), /\w*$/.exec(line)![0]],
    });
    const pager = new Pager(() => ({
      // A terminal that does not know its size says 0.
      rows: process.stdout.rows || 24,
      columns: process.stdout.columns || 80,
    }));
    const prompt = (): void => {
      lines.setPrompt(pager.prompt(PROMPT));
      lines.prompt();
    };
    lines.on('history', (all) => {
      if (leaving.isAsking) all.splice(0, all.length, ...history);
      history = [...all];
    });
    const release = pagerKeys(process.stdin, lines, pager, (page) => {
      write('\n');
      printLines(page);
      prompt();
    });
    const answer = ({ said, prompt = PROMPT }: ReturnType<Leaving['ended']>): void => {
      pager.drop();
      write(`${said}\n`);
      lines.write(null, { ctrl: true, name: 'e' });
      lines.write(null, { ctrl: true, name: 'u' });
      lines.setPrompt(prompt);
      lines.prompt();
    };
    lines.on('SIGINT', () => answer(leaving.interrupted(lines.line, pager.waiting > 0)));
    const releaseEnd = endKey(process.stdin, lines, () => answer(leaving.ended()));
    prompt();
    for await (const line of lines) {
      const entered = leaving.entered(line);
      if (entered === 'leave') break;
      if (entered === 'stay') pager.drop();
      else if (pager.waiting > 0 && line.trim() === '') printLines(pager.next());
      else {
        const keys = new WayKeys();
        if (!this.execute(line, (all) => printLines(pager.show(all)), keys)) break;
        prompt();
        const typed = keys.typed();
        if (typed.length > 0) process.stdin.unshift(typed);
        continue;
      }
      prompt();
    }
    release();
    releaseEnd();
    lines.close();
    return this.goesOn;
  }

  private async askPipe(): Promise<boolean> {
    const input = pipedInput();
    for (let line = await input.line(); line !== undefined; line = await input.line()) {
      write(`db> ${line.trim()}\n`);
      if (!this.execute(line)) break;
    }
    if (!this.goesOn) closePipedInput();
    return this.goesOn;
  }

  /** False if the prompt has done its work. */
  private execute(
    line: string,
    show: (lines: readonly string[]) => void = printLines,
    keys?: WayKeys,
  ): boolean {
    const text = line.trim();
    const leaves = leavesBy(text);
    if (leaves === 'leaves') return false;
    const { past } = this.target.execution ?? {};
    const run = (): string[] => this.ddb.execute(text);
    // Without raw mode Ctrl-C is a signal.
    const withKeys = keys !== undefined && past !== undefined && process.stdout.isTTY === true;
    show(leaves === 'told' ? [HINT] : withKeys ? keys.during(past, run) : run());
    return !this.goesOn;
  }
}

/** Calls a function of the kernel so that Ctrl-C, which is a key at the prompt, takes it back. */
function interruptibleCall<T>(call: () => T): T {
  const keys = process.stdin.isTTY === true ? new SignalKeys() : undefined;
  // One that comes before the call or just behind it ends nothing.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  keys?.on();
  try {
    return debuggersCall(call, () => sentinel.saw());
  } finally {
    keys?.off();
    process.removeListener('SIGINT', ignore);
  }
}

/**
 * The debugger over a machine that does not go on.
 * @param inLoop its kernel was in an endless loop
 * @param stop nobody has said yet where it stands
 */
export async function ddbPrompt(target: Target, inLoop = false, stop = false): Promise<void> {
  const prompt = new DebuggerPrompt(target);
  if (inLoop) prompt.ddb.session.stoppedInLoop();
  if (stop) prompt.showStop();
  await prompt.ask();
}
