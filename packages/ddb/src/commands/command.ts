import type { Session } from '../ddb.js';

/** One command of the debugger. */
export interface Command {
  name: string;
  aliases?: readonly string[];
  /** Arguments and modifiers, for help */
  usage: string;
  /** What it does, one line */
  help: string;
  /** @param modifiers what followed a slash @param rest the arguments as typed */
  run(session: Session, modifiers: string, rest: string): void;
}
