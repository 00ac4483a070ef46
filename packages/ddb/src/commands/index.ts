import { DdbError } from '../errors.js';
import type { Session } from '../session.js';
import { checkModifiers, type Command, lookUp } from './command.js';
import { CONTROL } from './control.js';
import { EXECUTION } from './execution.js';
import { examine } from './examine.js';
import { makeHelp } from './help.js';
import { PAST } from './past.js';
import { print } from './print.js';
import { ps } from './ps.js';
import { search } from './search.js';
import { set } from './set.js';
import { show } from './show.js';
import { trace } from './trace.js';
import { write } from './write.js';

const WITHOUT_HELP: readonly Command[] = [
  trace,
  show,
  ps,
  examine,
  print,
  search,
  set,
  write,
  ...EXECUTION,
  ...PAST,
  ...CONTROL,
];

/** Every command. */
export const COMMANDS: readonly Command[] = [...WITHOUT_HELP, makeHelp(() => COMMANDS)];

const LINE = /^([a-zA-Z]+(?:-[a-zA-Z]+)*)\s*(?:(\/)\s*(\w*))?(.*)$/s;

/** Finds and runs commands, and remembers the last one for empty lines. */
export class CommandTable {
  private last: ((session: Session) => void) | undefined;

  execute(session: Session, line: string): void {
    if (line === '') {
      this.repeat(session);
      return;
    }
    this.last = undefined;
    const match = LINE.exec(line.startsWith('!') ? `call ${line.slice(1)}` : line);
    if (match === null) throw new DdbError('?');
    const [, word = '', slash, modifiers = '', rest = ''] = match;
    const command = lookUp(COMMANDS, word);
    if (command === undefined) throw new DdbError('No such command');
    if (slash !== undefined) checkModifiers(command, modifiers);
    this.last = (s) => command.run(s, modifiers, rest.trim());
    session.continuation = undefined;
    command.run(session, modifiers, rest.trim());
  }

  /** An empty line: the last command goes on where it ended, if it left a way to do so, or runs once more. */
  private repeat(session: Session): void {
    if (session.continuation !== undefined) session.continuation();
    else this.last?.(session);
  }
}
