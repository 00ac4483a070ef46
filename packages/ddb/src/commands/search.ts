import { BadAddress } from '@trap12/target';
import { DdbError } from '../errors.js';
import { ExpressionParser } from '../expression.js';
import { hash } from '../format.js';
import type { Session } from '../session.js';
import type { Command } from './command.js';
import { readValue, type Size, sizeOf } from './size.js';

const PAGE = 4096;

interface Wanted {
  from: number;
  size: Size;
  value: number;
  mask: number;
  count: number;
}

/**
 * Finds the next place with (contents ^ value) & mask == 0, at most `count` places on; memory is read page by
 * page.
 */
function find(session: Session, wanted: Wanted): number | undefined {
  const { from, size, value, mask, count } = wanted;
  const { target } = session.memory;
  let left = Math.min(count, Math.floor(target.ramBytes / size));
  for (let at = from >>> 0; left > 0; ) {
    const room = PAGE - (at & (PAGE - 1));
    const bytes = target.read(at, Math.max(room, size));
    if (bytes.length < size) throw new BadAddress(at + bytes.length);
    for (let i = 0; i + size <= bytes.length && left > 0; i += size, left--) {
      let word = 0;
      for (let k = size - 1; k >= 0; k--) word = (word << 8) | bytes[i + k]!;
      session.prev = (at + i) >>> 0;
      if (((word ^ value) & mask) === 0) return session.prev;
    }
    at = (session.prev + size) >>> 0;
  }
  return undefined;
}

/** Prints the next place that fits; an empty line goes on behind it. */
function searchFrom(session: Session, wanted: Wanted): void {
  const at = find(session, wanted);
  if (at === undefined) {
    session.print('Not found');
    return;
  }
  const { size } = wanted;
  session.dot = at;
  session.last = at;
  session.next = (at + size) >>> 0;
  session.continuation = () => searchFrom(session, { ...wanted, from: session.next });
  session.print(`${session.symbol(at)}:\t${hash(readValue(session.memory, at, size, false))}`);
}

/** Searches memory. */
export const search: Command = {
  name: 'search',
  usage: '[/bhl] address value [mask][,count]',
  help: 'searches memory for a value under a mask',
  manual: [
    'Sizes: b one byte, h two, l four (if none is given). Looks at count places, or on to the end of what is mapped. `.` is then the place found.',
  ],
  run(session, modifiers, rest) {
    const size = sizeOf(modifiers, 4);
    const parser = new ExpressionParser(rest, session);
    const address = parser.optional('place');
    if (address === undefined) throw new DdbError('Address missing');
    const value = parser.optional();
    if (value === undefined) throw new DdbError('Value missing');
    const mask = (parser.optional() ?? 0xffffffff) & (size === 4 ? -1 : (1 << (8 * size)) - 1);
    const count = parser.separator(',') ? parser.optional() : Number.POSITIVE_INFINITY;
    if (count === undefined) throw new DdbError('Count missing');
    parser.end();
    searchFrom(session, { from: address, size, value, mask, count });
  },
};
