import { fstatSync } from 'node:fs';
import { type CommandError, usageError, whyNot } from './exit.js';

/** Is standard input a directory (`< /tmp`)? Node has it as a stream that is empty. */
export function isFolderGiven(): boolean {
  try {
    return fstatSync(0).isDirectory();
  } catch {
    // Who reads it says what is the matter.
    return false;
  }
}

/** What is said of standard input that cannot be read. */
export const unreadableInput = (error: unknown): CommandError =>
  usageError(`cannot read standard input: ${whyNot(error)}`);

/** @throws CommandError if standard input is a directory */
export function refuseFolderInput(): void {
  if (isFolderGiven()) throw unreadableInput({ code: 'EISDIR' });
}
