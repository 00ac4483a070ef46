import { type Back, BadAddress, type Which, type Written } from '@trap12/target';
import { DdbError } from '../errors.js';
import { formatTraceItem, symbolic } from '../format.js';
import type { Session } from '../session.js';
import { formatContents } from '../stop.js';
import type { Command } from './command.js';
import { events } from './events.js';
import { boundedArea } from './execution.js';
import { history } from './histories.js';
import { madeLines, pastOf, REMEMBERED, shown } from './made.js';
import { who } from './who.js';

const NOWHERE = 'There is no such place since power-on.';

function backwards(name: string, aliases: string[], help: string, how: Back, manual: string): Command {
  return {
    name,
    aliases,
    usage: '[,count]',
    help,
    manual: [manual, REMEMBERED],
    run(session, _modifiers, rest) {
      const past = pastOf(session);
      const { count = 1 } = session.arguments(rest);
      if (!past.back(how, Math.max(1, count))) throw new DdbError(NOWHERE);
      shown(session);
    },
  };
}

const goTo: Command = {
  name: 'goto',
  usage: 'step | seconds | mark',
  help: 'has the machine stand before a step, earlier or later',
  manual: [
    'The number is decimal, as stops show it; with a point or an `s` in it (`0.5`, `2s`) it is virtual time since power-on. A step that the machine has not been at yet cannot be named. A mark that only another history has makes the machine go over to that one.',
    REMEMBERED,
  ],
  run(session, _modifiers, rest) {
    const past = pastOf(session);
    const name = rest.trim();
    const seconds = /^(\d{1,9}(?:\.\d{1,9})?)s?$/.exec(name)?.[1];
    if (seconds !== undefined && /[.s]/.test(name)) {
      if (!past.goToTime(Math.round(Number(seconds) * 1e9)))
        throw new DdbError(`${seconds} s: the machine has not been there`);
      shown(session);
      return;
    }
    const marked = session.marks.get(name);
    const step = /^\d+$/.test(name) ? Number(name) : marked?.step;
    if (step === undefined)
      throw new DdbError(name === '' ? 'goto: a step, a time, or the name of a mark' : `no mark ${name}`);
    if (marked !== undefined && past.histories.every((h) => h.number !== marked.history))
      throw new DdbError(`mark ${name} is of history ${marked.history}, which is forgotten`);
    const over = marked !== undefined && step > past.common(marked.history);
    if (!past.goTo(step, over ? marked.history : past.history))
      throw new DdbError(`step ${step}: accepted: 1 to ${past.end + 1}`);
    shown(session);
  },
};

const mark: Command = {
  name: 'mark',
  usage: '[name]',
  help: 'gives the step where the machine stands a name; alone, lists them',
  manual: [REMEMBERED],
  run(session, _modifiers, rest) {
    const past = pastOf(session);
    const name = rest.trim();
    if (name === '') {
      for (const [known, { step, history }] of session.marks)
        session.print(
          `${String(step).padStart(12)}  ${known}${history === past.history ? '' : `, of history ${history}`}`,
        );
      return;
    }
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new DdbError('a name: letters, digits and _, a letter first');
    session.marks.set(name, { step: past.step + 1, history: past.history });
  },
};

const AREA = [
  'An address, or something of the source: a field (`curproc->p_stat`), a struct of the function that stands (`fs.object`). Size in bytes; 4, or that of the field.',
  '`goto` brings the machine before the step that is named.',
];

/** What is added where nothing was found, for an address that may have been mistyped: '' if it is mapped. */
function mappedNow(session: Session, address: number): string {
  try {
    session.memory.u8(address);
    return '';
  } catch (error) {
    if (error instanceof BadAddress) return '; nothing is mapped there now';
    throw error;
  }
}

/** A command that tells of a store to memory, without going there. */
function writes(which: Which, aliases: string[], help: string, none: string): Command {
  return {
    name: `${which}-write`,
    aliases,
    usage: '[/ct] address[,size]',
    help,
    manual: [
      ...AREA,
      'A store counts even if what it stores was there before; a copy, a disk, a program that fills memory if contents have changed; with /c nothing else does. Where another page was mapped, with other contents, that is told.',
      'With /t the stack of the kernel at that step follows.',
      REMEMBERED,
    ],
    run(session, modifiers, rest) {
      const past = pastOf(session);
      const { address, bytes } = boundedArea(session, rest);
      const written = past.write(which, { address, bytes, changes: modifiers.includes('c') });
      if (written === undefined) throw new DdbError(none + mappedNow(session, address));
      show(session, address, written, modifiers);
    },
  };
}

const nextRead: Command = {
  name: 'next-read',
  aliases: ['nr'],
  usage: '[/t] address[,size]',
  help: 'tells of the next load or copy that reads memory',
  manual: [...AREA, 'As far as the machine has ever been. Of programs single loads are seen.', REMEMBERED],
  run(session, modifiers, rest) {
    const past = pastOf(session);
    const { address, bytes } = boundedArea(session, rest);
    const read = past.nextRead(address, bytes);
    if (read === undefined)
      throw new DdbError(`not read up to step ${past.end}${mappedNow(session, address)}`);
    show(session, address, read, modifiers, 'read');
  },
};

function show(session: Session, address: number, w: Written, modifiers: string, verb?: 'read'): void {
  const contents = formatContents(w.now);
  const name = symbolic(session.names, address);
  session.print(
    verb === undefined ? `${name}\t${formatContents(w.old)}\t=\t${contents}` : `${name}\t${contents}`,
  );
  for (const line of madeLines(w)) session.print(line);
  if (modifiers.includes('t')) for (const item of w.trace) session.print(`\t${formatTraceItem(item)}`);
}

/** Commands that go back. */
export const PAST: readonly Command[] = [
  backwards(
    'rstep',
    ['rs'],
    'goes back by one instruction',
    'step',
    'Of the process that stands, as `step` goes forwards.',
  ),
  backwards(
    'rcontinue',
    ['rc'],
    'goes back to the last place to stop at',
    'continue',
    'To the last breakpoint, or before the last store that changed what is watched.',
  ),
  backwards('runtil', [], 'goes back to the last call or return', 'until', 'Of the process that stands.'),
  backwards(
    'rnext',
    ['rfinish'],
    'goes back to where the function was called that stands',
    'call',
    'Where the function has no frame yet, to the call of its caller.',
  ),
  goTo,
  mark,
  history,
  writes(
    'last',
    ['lw'],
    'tells of the last store to memory before here: when, by whom, from what to what',
    'not stored to since power-on, or since it is mapped',
  ),
  writes(
    'first',
    ['fw'],
    'tells of the first store to memory since its page is mapped',
    'not stored to since power-on, or since it is mapped',
  ),
  writes(
    'next',
    ['nw'],
    'tells of the next store to memory after here, as far as the machine has ever been',
    'not stored to again as far as the machine has been',
  ),
  nextRead,
  who,
  events,
];
