import { writeFileSync } from 'node:fs';
import { usageError, whyNot } from './exit.js';

/** Writes the file that an option names. */
export function writeFor(option: string, path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw usageError(`${option} ${path}: ${whyNot(error)}`);
  }
}
