import { closeSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { SparseFile } from '@trap12/dump';
import { unwritten, usageError, whyNot } from './exit.js';

/**
 * Writes a file with holes, in one step, so that there is never half of one. If it cannot be written, that is
 * said at the end of the command.
 */
export function writeSparse(path: string, file: SparseFile): void {
  try {
    const fd = openSync(`${path}.new`, 'w');
    try {
      for (const { offset, bytes } of file.pieces) writeAll(fd, bytes, offset);
      ftruncateSync(fd, file.size);
    } finally {
      closeSync(fd);
    }
    renameSync(`${path}.new`, path);
  } catch (error) {
    removeHalf(`${path}.new`);
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    unwritten(usageError(`cannot write ${path}: ${whyNot(error)}`));
  }
}

/** What stands there may be no file of ours, a folder, and then stays. */
function removeHalf(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}

function writeAll(fd: number, bytes: Uint8Array, offset: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(fd, bytes, done, bytes.length - done, offset + done);
}

/** A file without holes. */
export const wholeFile = (bytes: Uint8Array): SparseFile => ({
  size: bytes.length,
  pieces: [{ offset: 0, bytes }],
});
