import { placeFile } from '@trap12/system/place-file.js';
import type { SparseFile } from '@trap12/dump';
import { unwritten, usageError, whyNot } from './exit.js';

/**
 * Writes a file with holes, as placeFile() does. If it cannot be written, that is said at the end of the
 * command.
 * @param option what names the file; undefined: it is an argument
 */
export function writeSparse(option: string | undefined, path: string, file: SparseFile): void {
  try {
    placeFile(path, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    unwritten(usageError(`${option ?? 'cannot write'} ${path}: ${whyNot(error)}`));
  }
}

/** A file without holes. */
export { wholeContent as wholeFile } from '@trap12/system/place-file.js';
