import type { Back, Past, Written } from '@trap12/target';
import { DdbError } from '../errors.js';
import { symbolic } from '../format.js';
import type { Session } from '../session.js';
import { formatContents, stopMessage, storedBy } from '../stop.js';
import type { Command } from './command.js';
import { area } from './execution.js';

const REMEMBERED = 'Needs a machine whose past is remembered: trap12 boot, run --debug or run --break.';
const NOWHERE = 'There is no such place since power-on.';

function pastOf(session: Session): Past {
  const { past } = session.memory.target.execution ?? {};
  if (past === undefined) throw new DdbError(REMEMBERED);
  return past;
}

/** Shows where the machine stands after it was brought somewhere. */
function shown(session: Session): void {
  session.stopped();
  for (const line of stopMessage(session.memory)) session.print(line);
}

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
  usage: 'step | mark',
  help: 'has the machine stand before a step, earlier or later',
  manual: [
    'The number is decimal, as stops show it. A step that the machine has not been at yet cannot be named.',
    REMEMBERED,
  ],
  run(session, _modifiers, rest) {
    const past = pastOf(session);
    const name = rest.trim();
    const step = /^\d+$/.test(name) ? Number(name) : session.marks.get(name);
    if (step === undefined)
      throw new DdbError(name === '' ? 'goto: a step, or the name of a mark' : `no mark ${name}`);
    if (!past.goTo(step)) throw new DdbError(`step ${step}: accepted: 1 to ${past.end + 1}`);
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
      for (const [known, step] of session.marks) session.print(`${String(step).padStart(12)}  ${known}`);
      return;
    }
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new DdbError('a name: letters, digits and _, a letter first');
    session.marks.set(name, past.step + 1);
  },
};

const lastWrite: Command = {
  name: 'last-write',
  aliases: ['lw'],
  usage: 'address[,size]',
  help: 'tells of the last change of memory before here: when, by whom, from what to what',
  manual: [
    'Size in bytes, 4 if none is given. `goto` brings the machine before the step that is named.',
    REMEMBERED,
  ],
  run(session, _modifiers, rest) {
    const past = pastOf(session);
    const { address, bytes } = area(session, rest);
    const written = past.lastWrite(address, bytes);
    if (written === undefined) throw new DdbError('not changed since power-on, or since it is mapped');
    for (const line of writtenLines(session, address, written)) session.print(line);
  },
};

function writtenLines(session: Session, address: number, w: Written): string[] {
  const { symbols } = session.memory.target;
  const site = w.site === undefined ? undefined : symbols.site(w.site);
  const source = site === undefined ? '' : `\t${site.file}:${site.line}`;
  return [
    `${symbolic(symbols, address)}\t${formatContents(w.old)}\t=\t${formatContents(w.now)}`,
    `\tstep ${w.step}, ${(w.nowNs / 1e9).toFixed(9)} s, ${w.process}`,
    `\t${storedBy(symbols, w.site)}${source}`,
  ];
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
  lastWrite,
];
