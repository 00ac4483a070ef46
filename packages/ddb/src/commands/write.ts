import { DdbError } from '../errors.js';
import { hash } from '../format.js';
import type { Command } from './command.js';
import { readValue, sizeOf } from './size.js';

/** Changes memory. */
export const write: Command = {
  name: 'write',
  aliases: ['w'],
  usage: '[/bhl] address value [value ...]',
  help: 'writes values to memory, one behind the other',
  manual: [
    'Sizes: b one byte, h two, l four (if none is given). Prints what was there and what is there now.',
  ],
  run(session, modifiers, rest) {
    const size = sizeOf(modifiers, 4);
    const [address, ...values] = session.list(rest, 'place');
    if (address === undefined) throw new DdbError('Address missing');
    if (values.length === 0) throw new DdbError('Nothing written.');
    let at = address;
    for (const value of values) {
      const before = readValue(session.memory, at, size, false);
      const bytes = Uint8Array.from({ length: size }, (_, i) => (value >>> (8 * i)) & 0xff);
      session.memory.target.write(at, bytes);
      const after = readValue(session.memory, at, size, false);
      session.print(`${session.symbol(at)}\t\t${hash(before).padStart(8)}\t=\t${hash(after).padStart(8)}`);
      at = (at + size) >>> 0;
    }
    session.dot = address;
    session.prev = (at - size) >>> 0;
    session.next = at;
  },
};
