import { DdbError } from '../errors.js';
import type { Session } from '../session.js';
import { type Command, lookUp } from './command.js';
import type { Page } from './page.js';
import { SHOWS } from './show.js';

const WIDTH = 76;
const USAGE_WIDTH = 32;

/** `examine, x [/bhl axz...] [address][,count]`: the name that is typed first. */
function synopsis(entry: { name: string; usage: string }, prefix = ''): string {
  const joint = entry.usage === '' || entry.usage.startsWith('[/') ? '' : ' ';
  return `${prefix}${entry.name}${joint}${entry.usage}`;
}

/** Two columns; what is too long goes on in lines of its own. */
function row(left: string, right: string): string[] {
  const lines = wrap(right, ' '.repeat(USAGE_WIDTH));
  if (left.length >= USAGE_WIDTH) return [left, ...lines];
  return [`${left.padEnd(USAGE_WIDTH)}${lines[0]!.trimStart()}`, ...lines.slice(1)];
}

/** A text in lines of at most WIDTH columns, indented. */
export function wrap(text: string, indent = '     '): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(/\s+/)) {
    if (line.length + word.length + 1 > WIDTH && line !== indent) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  lines.push(line.trimEnd());
  return lines;
}

function manual(session: Session, page: Page, prefix: string): void {
  const names = [page.name, ...(page.aliases ?? [])].map((n) => `${prefix}${n}`);
  session.print('NAME');
  for (const line of wrap(`${names.join(', ')} - ${page.help}`)) session.print(line);
  session.print('SYNOPSIS');
  session.print(`     ${synopsis(page, prefix)}`);
  if (page.manual === undefined) return;
  session.print('DESCRIPTION');
  for (const text of page.manual) for (const line of wrap(text)) session.print(line);
}

function list(session: Session, commands: readonly Page[]): void {
  for (const c of commands) for (const line of row(synopsis(c), c.help)) session.print(line);
  session.print('');
  listShows(session);
  session.print('');
  session.print(
    'Names may be cut short as far as they are unique. An empty line repeats. `help COMMAND` says more.',
  );
}

function listShows(session: Session): void {
  for (const s of SHOWS) for (const line of row(synopsis(s, 'show '), s.help)) session.print(line);
}

function pick<T extends Page>(table: readonly T[], word: string): T {
  const found = lookUp(table, word);
  if (found === undefined) throw new DdbError('No such command');
  return found;
}

/** help, over the table that it is in. */
export function makeHelp(commands: () => readonly Command[]): Command {
  return {
    name: 'help',
    aliases: ['man'],
    usage: '[command]',
    help: 'lists every command, or explains one',
    run(session, _modifiers, rest) {
      const [word, what] = rest.split(/\s+/);
      const all: readonly Page[] = [...commands(), ...session.prompts];
      if (word === undefined || word === '') {
        list(session, all);
        return;
      }
      const command = pick(all, word);
      if (command.name !== 'show') manual(session, command, '');
      else if (what !== undefined) manual(session, pick(SHOWS, what), 'show ');
      else {
        manual(session, command, '');
        listShows(session);
      }
    },
  };
}
