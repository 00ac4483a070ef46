import { statSync } from 'node:fs';
import { readText } from '@trap12/system/read-file.js';
import { usageError, whyNot } from './exit.js';
import { examplePath } from './learn/shipped.js';
import { refuseWritten } from './output.js';

/**
 * Of files that a kernel is to be compiled with, before that: what each was to be, and why it is not, or that
 * the command would overwrite it.
 * @param by what names them, if that is not the command line
 * @throws CommandError of the first that cannot be read
 */
export function refuseUnreadable(file: string | undefined, patches: readonly string[], by?: string): void {
  const all = [
    ...(file === undefined ? [] : [['scenario', file] as const]),
    ...patches.map((patch) => ['patch', patch] as const),
  ];
  const prefix = by === undefined ? '' : `${by}: `;
  refuseWritten(all.map(([what, path]) => ({ by: `${prefix}${what}`, path })));
  for (const [what, path] of all) {
    try {
      readText(examplePath(path));
    } catch (error) {
      throw usageError(`${prefix}${what} ${path}: ${whyNot(error)}`);
    }
  }
}

/**
 * Of a file that is to be read at once: a device may have no end.
 * @param by what names it
 * @throws CommandError of one that has more than a text may have
 */
export function refuseEndless(by: string, path: string): void {
  try {
    if (statSync(path).isCharacterDevice()) readText(path);
  } catch (error) {
    // What else is the matter is said by who reads it.
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EFBIG') throw usageError(`${by} ${path}: ${message}`);
  }
}
