import { DdbError } from '../ddb.js';
import { formatLocation, formatRegisters } from '../format.js';
import type { Command } from './command.js';

/** show WHAT */
export const show: Command = {
  name: 'show',
  aliases: ['sh'],
  usage: 'what [address]',
  help: 'shows a structure of the kernel; `show` alone lists them',
  run(session, _modifiers, rest) {
    const what = rest.split(/\s+/)[0] ?? '';
    if (what === '' || !'registers'.startsWith(what)) throw new DdbError(what === '' ? 'registers' : 'No such command');
    const { symbols } = session.memory.target;
    for (const line of formatRegisters(session.registers, symbols)) session.print(line);
    session.print(formatLocation(symbols, session.registers.eip));
  },
};
