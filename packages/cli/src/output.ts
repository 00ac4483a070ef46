import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type CommandError, unwritten, usageError, whyNot } from './exit.js';

/** Options of commands that name a file to be written, a text's or a disk's; `-` is standard output. */
const TEXTS = ['html', 'schedule', 'certificate', 'junit', 'results', 'disk'];
/** And those whose file is put in place of an old one in one step. */
const WHOLE = ['core', 'trace', 'dump', 'textdump', 'saveAt'];

/**
 * Looks, before any work is done, whether the files can be written that a command's options name.
 * @param options as the parser has them
 * @throws CommandError of the first one that cannot
 */
export function checkOutputs(options: Readonly<Record<string, unknown>>): void {
  for (const name of [...TEXTS, ...WHOLE]) {
    const given = options[name];
    for (const each of Array.isArray(given) ? (given as unknown[]) : [given]) {
      const path = typeof each === 'object' && each !== null && 'file' in each ? each.file : each;
      if (typeof path !== 'string' || path === '-') continue;
      const why = whyUnwritable(path);
      if (why !== undefined)
        throw usageError(WHOLE.includes(name) ? `cannot write ${path}: ${why}` : `--${name} ${path}: ${why}`);
    }
  }
}

/** Why a file cannot be written, as far as that can be told without trying; undefined: nothing is known. */
function whyUnwritable(path: string): string | undefined {
  const folder = dirname(path);
  try {
    const found = statSync(folder, { throwIfNoEntry: false });
    if (found === undefined) return `no such directory: ${folder}`;
    if (!found.isDirectory()) return `${folder} is not a directory`;
    if (!existsSync(path)) accessSync(folder, constants.W_OK | constants.X_OK);
    else if (statSync(path).isDirectory()) return 'it is a directory';
    else accessSync(path, constants.W_OK);
    return undefined;
  } catch (error) {
    return whyNot(error);
  }
}

/**
 * Writes the file that an option names; if it cannot be written, that is said at the end of the command.
 * @returns whether it is written
 */
export function writeFor(option: string, path: string, text: string): boolean {
  try {
    writeNow(option, path, text);
    return true;
  } catch (error) {
    unwritten(error as CommandError);
    return false;
  }
}

/**
 * The same where nothing is lost by ending at once.
 * @throws CommandError if it cannot be written
 */
export function writeNow(option: string, path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw usageError(`${option} ${path}: ${whyNot(error)}`);
  }
}
