import { DdbError } from '../errors.js';
import type { Session } from '../session.js';

/** One command of the debugger. */
export interface Command {
  name: string;
  /** Other names; unlike prefixes of the name they are never ambiguous */
  aliases?: readonly string[];
  /** Arguments and modifiers, for help: "[/format] [address][,count]" */
  usage: string;
  /** Letters that may follow a slash, if not those of the usage, as "[/letters]" */
  letters?: string;
  /** What it does, one line */
  help: string;
  /** More, for `help COMMAND`: paragraphs */
  manual?: readonly string[];
  /** @param modifiers what followed a slash @param rest the arguments as typed */
  run(session: Session, modifiers: string, rest: string): void;
}

/**
 * Refuses what may not follow a slash; a command that takes nothing there passes over it.
 * @throws DdbError that says what is accepted
 */
export function checkModifiers({ usage, letters, aliases, name }: Command, modifiers: string): void {
  const [, said] = /^\[\/([a-zA-Z ]+)\]/.exec(usage) ?? [];
  const known = letters ?? said;
  if (known === undefined && modifiers !== '') return;
  if (modifiers !== '' && [...modifiers].every((letter) => known!.includes(letter))) return;
  const accepted = said === undefined ? '' : `; accepted: ${said}`;
  // As gdb has it.
  const count = /^(\d+)([a-zA-Z]+)$/.exec(modifiers);
  const behind =
    count === null ? '' : ` (a count stands behind: ${aliases?.[0] ?? name}/${count[2]} ADDRESS,${count[1]})`;
  throw new DdbError(`Bad modifier${accepted}${behind}`);
}

/** So many names are told of one that is cut too short. */
const NAMES_MAX = 8;

interface Named {
  name: string;
  aliases?: readonly string[];
}

/** What a person may mean by a name: the one that is called so, else those that begin so. */
export function meant<T extends Named>(table: readonly T[], word: string): T[] {
  const exact = table.find((c) => c.name === word || c.aliases?.includes(word) === true);
  return exact === undefined ? table.filter((c) => c.name.startsWith(word)) : [exact];
}

/**
 * A name as a person abbreviates it: exact, else the only one that begins so.
 * @returns undefined: there is none
 * @throws DdbError if there are several
 */
export function lookUp<T extends Named>(table: readonly T[], word: string): T | undefined {
  const found = meant(table, word);
  if (found.length <= 1) return found[0];
  const names = found.slice(0, NAMES_MAX).map(({ name }) => name);
  throw new DdbError(`Ambiguous: ${names.join(', ')}${found.length > NAMES_MAX ? ', ...' : ''}`);
}

/** Names in columns of 12, as DDB lists commands. */
export function columns(names: readonly string[], width = 79): string[] {
  const lines: string[] = [];
  let line = '';
  for (const name of names) {
    const cell = name.padEnd(12);
    if (line.length + cell.trimEnd().length > width) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += name.length < 12 ? cell : `${name} `;
  }
  if (line !== '') lines.push(line.trimEnd());
  return lines;
}
