import { COMMANDS } from './commands/index.js';
import { meant } from './commands/command.js';
import { ALL, SHOWS } from './commands/show.js';
import { DdbError } from './errors.js';
import { PARTS } from './expression.js';
import type { Session } from './session.js';

/** No list of proposals is longer. */
const MOST = 200;

/** A path of the source's, of which the next part is a field: `curproc->`, `m.` */
const OF_FIELDS = new RegExp(String.raw`([A-Za-z_]\w*${PARTS})(?:\s*->|\.)$`);

/**
 * The words that begin with `word`, where `before` has been typed: the names of commands, of what is shown,
 * symbols of the kernel or, behind its name and a colon, of a program, fields of what the source has a name
 * for, registers and the debugger's settings.
 */
export function completions(session: Session, before: string, word: string): string[] {
  const all = [...COMMANDS, ...session.prompts];
  const commands = all.map((c) => c.name);
  if (before === '') return starting(commands, word);
  const [verb = '', ofAll] = before.split(/\s+/);
  const [command, ...others] = meant(all, ofAll === 'all' ? verb : before);
  const typed = others.length === 0 ? command?.name : undefined;
  if (typed === 'show')
    return starting(
      (ofAll === 'all' ? ALL : SHOWS).map((s) => s.name),
      word,
    );
  if (typed === 'help') return starting(commands, word);
  // `sh:ma`: names of that program alone; behind a function's name and a colon stands a line.
  const owner = /([\w.-]+):$/.exec(before)?.[1];
  if (owner !== undefined) return starting(namesOf(session, owner), word);
  const path = OF_FIELDS.exec(before)?.[1];
  if (path !== undefined) return starting(fieldsOf(session, path), word);
  if (before.endsWith('$'))
    return starting([...Object.keys(session.registers), ...Object.keys(session.settings)], word);
  if (word === '') return [];
  return starting(
    session.memory.symbols.image.symbols.map((s) => s.name),
    word,
  );
}

/** Names of functions and variables behind `sh:` or `kernel:`; none of what is no program. */
function namesOf(session: Session, owner: string): string[] {
  const { programs, symbols } = session.memory.target;
  const { image } = (owner === 'kernel' ? symbols : programs?.named(owner)?.symbols) ?? {};
  return image?.symbols.map(({ name }) => name) ?? [];
}

/** The fields of what a path means, or leads to; none if it means nothing, or is not known. */
function fieldsOf(session: Session, path: string): string[] {
  const { values } = session;
  try {
    const source = session.typed(path);
    // The name of a symbol alone is an address; with a field behind it, it is the variable.
    const of = source ?? values.global(path);
    const parts = of === undefined ? [] : (source?.values ?? values).children(of);
    return parts.map(({ name }) => name).filter((name) => /^\w+$/.test(name));
  } catch (error) {
    if (error instanceof DdbError) return [];
    throw error;
  }
}

const starting = (names: readonly string[], word: string): string[] =>
  names.filter((name) => name.startsWith(word)).slice(0, MOST);
