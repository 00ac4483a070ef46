import { printing, type Owned, whoOwns } from '@trap12/kernel';
import type { Written } from '@trap12/target';
import { DdbError } from '../errors.js';
import { formatTraceItem } from '../format.js';
import type { Session } from '../session.js';
import type { Command } from './command.js';
import { area } from './execution.js';
import { madeLines, pastOf, REMEMBERED } from './made.js';

/** Lines of a stack: deeper is how the process came into the kernel. */
const STACK_LINES = 10;

export const who: Command = {
  name: 'who',
  usage: 'address',
  help: 'tells what an address belongs to, and who allocated and freed it last, with their stacks',
  manual: [
    'An item of a zone, a block of malloc(9), a struct vm_page; of other memory, the page that is mapped there. An address, or something of the source.',
    'Who that was is found in the past: by the last store of the allocator to its own books of that piece of memory.',
    REMEMBERED,
  ],
  run(session, modifiers, rest) {
    const past = pastOf(session);
    if (rest.trim() === '') throw new DdbError('who: an address');
    const { address } = area(session, rest);
    const { memory, pcpu } = session;
    const context = { memory, pcpu, args: [address], text: rest, modifiers, ...printing(session.print) };
    const owned = whoOwns(context, past, address >>> 0);
    for (const line of owned.lines) session.print(line);
    if (!owned.lasting) tell(session, owned);
  },
};

function tell(session: Session, { allocated, freed }: Owned): void {
  const isFree = freed !== undefined && (allocated === undefined || freed.step > allocated.step);
  made(session, isFree ? 'last allocated' : 'allocated', allocated);
  made(session, isFree ? 'freed' : 'last freed', freed);
}

function made(session: Session, what: string, written: Written | undefined): void {
  if (written === undefined) {
    session.print(`${what}: not known; not by its allocator since power-on`);
    return;
  }
  session.print(`${what}:`);
  for (const line of madeLines(written)) session.print(line);
  for (const item of written.trace.slice(0, STACK_LINES)) session.print(`\t${formatTraceItem(item)}`);
}
