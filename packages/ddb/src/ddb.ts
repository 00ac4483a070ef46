import { BadAddress, type Memory, Memory as MemoryView, type Target } from '@trap12/kernel';
import { COMMANDS } from './commands/index.js';
import { ExpressionError } from './expression.js';
import { stopRegisters, type Registers } from './registers.js';
import { stopMessage } from './stop.js';

/** Thrown by a command to answer with one line. */
export class DdbError extends Error {}

/** State of a session: what the commands work on. */
export interface Session {
  readonly memory: Memory;
  readonly registers: Registers;
  /** The current address of `examine`, `next` behind it */
  dot: number;
  next: number;
  /** Repeats on an empty line */
  last: string;
  print(line: string): void;
  /** Asks the host to go on running; undefined where there is nothing to go on with */
  readonly resume: ((how: 'continue' | 'step' | 'until') => void) | undefined;
}

/** The kernel debugger over a stopped machine. Never throws: bad commands and wild addresses get DDB's own answers. */
export class Ddb {
  readonly session: Session;
  private out: string[] = [];

  constructor(target: Target, resume?: Session['resume']) {
    const memory = new MemoryView(target);
    const registers = stopRegisters(memory);
    this.session = {
      memory,
      registers,
      dot: registers.eip,
      next: registers.eip,
      last: '',
      print: (line) => void this.out.push(line),
      resume,
    };
  }

  /** What is shown on entry. */
  banner(): string[] {
    return stopMessage(this.session.memory);
  }

  /** Executes a command line; the lines it printed. */
  execute(line: string): string[] {
    this.out = [];
    const text = line.trim() === '' ? this.session.last : line.trim();
    if (text === '') return [];
    this.session.last = text;
    try {
      this.dispatch(text);
    } catch (error) {
      if (error instanceof BadAddress) this.out.push(`*** error reading from address ${(error.address >>> 0).toString(16)} ***`);
      else if (error instanceof DdbError || error instanceof ExpressionError) this.out.push(error.message);
      else throw error;
    }
    return this.out;
  }

  private dispatch(text: string): void {
    const match = /^([a-zA-Z][a-zA-Z]*)(?:\/(\S*))?\s*(.*)$/s.exec(text);
    if (match === null) throw new DdbError('No such command');
    const [, word, modifiers = '', rest = ''] = match;
    const found = COMMANDS.filter((c) => c.name === word || c.aliases?.includes(word!));
    const command = found[0] ?? unique(COMMANDS.filter((c) => c.name.startsWith(word!)));
    command.run(this.session, modifiers, rest);
  }
}

function unique<T>(commands: T[]): T {
  if (commands.length === 0) throw new DdbError('No such command');
  if (commands.length > 1) throw new DdbError('Ambiguous');
  return commands[0]!;
}
