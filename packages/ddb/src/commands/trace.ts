import { evaluate } from '../expression.js';
import { formatTraceItem } from '../format.js';
import { walkStack } from '../trace.js';
import type { Command } from './command.js';

/** A backtrace from the stop, or from a frame pointer. */
export const trace: Command = {
  name: 'trace',
  aliases: ['bt', 'where', 't'],
  usage: '[frame pointer][,count]',
  help: 'backtrace of the stopped code, or from a frame',
  run(session, _modifiers, rest) {
    const { memory, registers } = session;
    const [address = '', count = ''] = rest.split(',').map((s) => s.trim());
    const limit = count === '' ? undefined : evaluate(count, memory, registers, session.dot);
    let eip = registers.eip;
    let ebp = registers.ebp;
    if (address !== '') {
      ebp = evaluate(address, memory, registers, session.dot);
      eip = memory.u32(ebp + 4);
    }
    for (const item of walkStack(memory, eip, ebp, limit)) session.print(formatTraceItem(item));
  },
};
