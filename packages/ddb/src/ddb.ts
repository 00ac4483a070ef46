import { ShowError } from '@trap12/kernel';
import { branchLines, newestHistory } from './commands/histories.js';
import { CommandTable } from './commands/index.js';
import { completions } from './complete.js';
import { DdbError, OutputFull } from './errors.js';
import { formatBadAddress } from './format.js';
import { type JsonRegister, type JsonTraceItem, registersJson, traceJson } from './json.js';
import {
  BadAddress,
  checkConstants,
  checkNeeds,
  GivenUp,
  Memory,
  NEED,
  optional,
  type Target,
} from '@trap12/target';
import { type Resume, Session } from './session.js';
import { stopMessage } from './stop.js';

/** No line that a person types is longer. */
const LINE_MAX = 1024;

/**
 * The kernel debugger over a stopped machine. Never throws: bad commands and wild addresses get DDB's own
 * answers.
 */
export class Ddb {
  readonly session: Session;
  private readonly table = new CommandTable();

  /**
   * @param resume asks the host to let the machine run; without it the debugger says that there is nothing to
   * go on with
   * @throws Error that names the constants which a command needs and the kernel of the target does not have;
   * RangeError if that is no target
   */
  constructor(target: Target, resume?: Resume) {
    checkNeeds('Ddb', { target, resume }, { target: NEED.target, resume: optional(NEED.call) });
    checkConstants(target.symbols);
    this.session = new Session(new Memory(target), resume);
  }

  /** The machine went on and has stopped again: what is shown of that. */
  stopped(): string[] {
    const onTheWay = this.session.takeLines();
    this.session.stopped();
    return [...onTheWay, ...this.banner()];
  }

  /** What a line that is being typed may go on with: commands, what `show` shows, symbols. */
  complete(line: string): string[] {
    checkNeeds('complete', { line }, { line: NEED.text });
    const word = /[\w]*$/.exec(line)![0];
    const before = line.slice(0, line.length - word.length).trim();
    return completions(this.session, before, word);
  }

  /** What is shown on entry. */
  banner(): string[] {
    return stopMessage(this.session);
  }

  /**
   * Executes a command line (an empty one repeats the last command); the lines it printed.
   * @throws RangeError if that is no string
   */
  execute(line: string): string[] {
    checkNeeds('execute', { line }, { line: NEED.text });
    const { session } = this;
    const past = session.memory.target.execution?.past;
    const newest = newestHistory(past);
    try {
      if (line.length > LINE_MAX) throw new DdbError('Line too long');
      this.table.execute(session, line.trim());
    } catch (error) {
      return [...session.takeLines(), answer(error), ...branchLines(past, newest)];
    }
    return [...session.takeLines(), ...branchLines(past, newest)];
  }

  /** The backtrace of the stop, for programs. */
  traceJson(limit?: number): JsonTraceItem[] {
    const { memory, registers } = this.session;
    return traceJson(memory, registers, limit);
  }

  /** The registers of the stop for programs; those that mean nothing are marked. */
  registersJson(): JsonRegister[] {
    const { registers, kept, names } = this.session;
    return registersJson(registers, kept, names);
  }
}

/** What a person reads instead of an exception. */
function answer(error: unknown): string {
  if (error instanceof BadAddress) return formatBadAddress(error.address);
  const isOwn = error instanceof DdbError || error instanceof OutputFull || error instanceof GivenUp;
  if (isOwn || error instanceof ShowError) return error.message;
  return `*** internal error of the debugger: ${error instanceof Error ? error.message : String(error)} ***`;
}
