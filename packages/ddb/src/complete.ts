import { COMMANDS } from './commands/index.js';
import { meant } from './commands/command.js';
import { ALL, SHOWS } from './commands/show.js';
import type { Session } from './session.js';

/** No list of proposals is longer. */
const MOST = 200;

/**
 * The words that begin with `word`, where `before` has been typed: the names of commands, of what is shown,
 * or symbols of the kernel.
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
  if (word === '') return [];
  return starting(
    session.memory.symbols.image.symbols.map((s) => s.name),
    word,
  );
}

const starting = (names: readonly string[], word: string): string[] =>
  names.filter((name) => name.startsWith(word)).slice(0, MOST);
