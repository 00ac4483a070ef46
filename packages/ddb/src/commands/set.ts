import { DdbError } from '../errors.js';
import { ExpressionParser } from '../expression.js';
import type { Command } from './command.js';

/** Sets a variable or a register. */
export const set: Command = {
  name: 'set',
  usage: '$variable [=] expression',
  help: 'sets a register or a variable of the debugger',
  manual: [
    'Registers are those of `show registers`: $eax, $eip ... . Variables: $radix (base of numbers: 8, 10 or 16), $maxoff (an offset from a symbol as large as this is none), $maxwidth (columns), $tabstops (columns from one tab stop to the next), $lines (most lines that a command prints; 0 prints all), $srclines (1: backtraces and instructions have file and line behind them, as they have at a terminal).',
  ],
  run(session, _modifiers, rest) {
    const match = /^\$(\w+)\s*=?(.*)$/s.exec(rest);
    if (match === null) throw new DdbError('Unknown variable');
    if (!session.hasVariable(match[1]!)) throw new DdbError('Unknown variable');
    const parser = new ExpressionParser(match[2]!, session);
    const value = parser.optional();
    if (value === undefined) throw new DdbError('No value');
    parser.end();
    session.setVariable(match[1]!, value);
  },
};
