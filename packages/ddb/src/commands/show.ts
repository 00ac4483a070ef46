import { printing, type ShowCommand, showCommands } from '@trap12/kernel';
import { DdbError } from '../errors.js';
import { formatLocation, formatRegisters, hash } from '../format.js';
import type { Session } from '../session.js';
import { showBreaks, showWatches } from './execution.js';
import { type Command, columns, lookUp } from './command.js';

/** A show command of the kernel's or of the debugger's own. */
export interface ShowEntry {
  name: string;
  aliases?: readonly string[];
  usage: string;
  help: string;
  /** Prints by session.print; `rest` is what stands behind the name. */
  run(session: Session, modifiers: string, rest: string): void;
}

/** How many arguments a usage names: `[/f] pid | address [va]` two. */
const takenBy = (usage: string): number =>
  usage
    .replace(/\[\/\w+\]/g, '')
    .replace(/\w+ \| /g, '')
    .match(/\w+/g)?.length ?? 0;

/** More than it takes: what it shows would look like an answer about them. */
function refuseMore(
  { name, usage = '' }: Pick<ShowCommand, 'name' | 'usage'>,
  args: readonly number[],
): void {
  const most = takenBy(usage);
  if (args.length <= most) return;
  const count = ['no argument', 'one argument', 'two arguments'][most] ?? `${most} arguments`;
  throw new DdbError(`show ${name} takes ${count}`);
}

/** One of the debugger's own, which take none. */
const ownEntry = (entry: ShowEntry): ShowEntry => ({
  ...entry,
  run(session, modifiers, rest) {
    refuseMore(entry, session.operands(rest).args);
    entry.run(session, modifiers, rest);
  },
});

function kernelEntry(command: ShowCommand): ShowEntry {
  return {
    name: command.name,
    ...(command.aliases === undefined ? {} : { aliases: command.aliases }),
    usage: command.usage ?? '',
    help: command.help,
    run(session, modifiers, rest) {
      const { args, pid } = session.operands(rest);
      refuseMore(command, args);
      if (args[0] !== undefined) {
        session.dot = args[0];
        session.last = args[0];
      }
      const text = rest.split(/[\s,]/)[0] ?? '';
      let printed = false;
      command.run({
        memory: session.memory,
        args,
        text,
        pid,
        modifiers,
        pcpu: session.pcpu,
        ...printing((line) => {
          printed = true;
          session.print(line);
        }),
      });
      if (!printed) session.print(command.empty ?? 'nothing to show');
    },
  };
}

const registers: ShowEntry = {
  name: 'registers',
  aliases: ['r', 're', 'reg'],
  usage: '',
  help: 'registers of the stop, and the instruction there',
  run(session) {
    const { kept, names, registers } = session;
    for (const line of formatRegisters(registers, kept, names)) session.print(line);
    if (kept.has('eip')) session.print(formatLocation(names, registers.eip));
  },
};

const variables: ShowEntry = {
  name: 'variables',
  usage: '',
  help: 'variables of the debugger: $radix $maxoff $maxwidth $lines $tabstops $srclines',
  run(session) {
    for (const [name, value] of Object.entries(session.settings))
      session.print(`${name.padEnd(12)}${hash(value).padStart(10)}`);
  },
};

/** Everything that `show` shows, by name. */
export const SHOWS: readonly ShowEntry[] = [
  ...showCommands.map(kernelEntry),
  ...[
    registers,
    variables,
    { name: 'breaks', usage: '', help: 'breakpoints', run: showBreaks },
    { name: 'watches', usage: '', help: 'watchpoints', run: showWatches },
  ].map(ownEntry),
].sort((a, b) => (a.name < b.name ? -1 : 1));

/** What `show all` shows, by the name behind it: alllocks, allpcpu, and procs; one of them is `show proc`. */
export const ALL: readonly ShowEntry[] = SHOWS.flatMap((entry) => {
  const stripped = /^all(\w+)$/.exec(entry.name)?.[1];
  if (stripped !== undefined) return [{ ...entry, name: stripped }];
  const isThere = (name: string): boolean => SHOWS.some((other) => other.name === name);
  const isPlural = entry.name.endsWith('s') && isThere(entry.name.slice(0, -1));
  return isPlural && !isThere(`all${entry.name}`) ? [entry] : [];
});

/** show WHAT */
export const show: Command = {
  name: 'show',
  aliases: ['sh'],
  usage: 'what[/modifiers] [arguments]',
  help: 'shows a structure of the kernel; alone, lists what there is',
  manual: ['`help show` lists them all with what they show, `help show WHAT` explains one.'],
  run(session, modifiers, rest) {
    // `show all procs` as DDB spells it, cut short as any name. Else it is what shows all of them anyway.
    const all = /^a(?:ll?)?\s+(?=[a-zA-Z])/.exec(rest);
    const match = /^([a-zA-Z]+)(?:\/(\S*))?\s*(.*)$/s.exec(rest.slice(all?.[0].length ?? 0));
    if (match === null) {
      for (const line of columns(SHOWS.map((s) => s.name))) session.print(line);
      return;
    }
    const [, word = '', own = '', args = ''] = match;
    const found = (all === null ? undefined : lookUp(ALL, word)) ?? lookUp(SHOWS, word);
    if (found === undefined) throw new DdbError('No such command');
    // `show map/f` and, as in later BSDs, `show/f map`; `show map /f` as well, as nothing else can begin with
    // a slash.
    const late = /^\/(\w*)\s*(.*)$/s.exec(args);
    found.run(session, `${modifiers}${own}${late?.[1] ?? ''}`, late?.[2] ?? args);
  },
};
