import type { Session } from '../session.js';

/** One command of the debugger. */
export interface Command {
  name: string;
  /** Other names; unlike prefixes of the name they are never ambiguous */
  aliases?: readonly string[];
  /** Arguments and modifiers, for help: "[/format] [address][,count]" */
  usage: string;
  /** What it does, one line */
  help: string;
  /** More, for `help COMMAND`: paragraphs */
  manual?: readonly string[];
  /** @param modifiers what followed a slash @param rest the arguments as typed */
  run(session: Session, modifiers: string, rest: string): void;
}

/**
 * A name as a person abbreviates it: exact, else the only one that begins so. 'none' or 'ambiguous' if that
 * is not one.
 */
export function lookUp<T extends { name: string; aliases?: readonly string[] }>(
  table: readonly T[],
  word: string,
): T | 'none' | 'ambiguous' {
  const exact = table.find((c) => c.name === word || c.aliases?.includes(word) === true);
  if (exact !== undefined) return exact;
  const found = table.filter((c) => c.name.startsWith(word));
  if (found.length === 1) return found[0]!;
  return found.length === 0 ? 'none' : 'ambiguous';
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
