import { readFileSync } from 'node:fs';
import { usageError, whyNot } from './exit.js';
import { examplePath } from './learn/shipped.js';

/**
 * Of files that a kernel is to be compiled with, before that: what each was to be, and why it is not.
 * @param by what names them, if that is not the command line
 * @throws CommandError of the first that cannot be read
 */
export function refuseUnreadable(file: string | undefined, patches: readonly string[], by?: string): void {
  const prefix = by === undefined ? '' : `${by}: `;
  const all = [
    ...(file === undefined ? [] : [['scenario', file] as const]),
    ...patches.map((patch) => ['patch', patch] as const),
  ];
  for (const [what, path] of all) {
    try {
      readFileSync(examplePath(path));
    } catch (error) {
      throw usageError(`${prefix}${what} ${path}: ${whyNot(error)}`);
    }
  }
}
