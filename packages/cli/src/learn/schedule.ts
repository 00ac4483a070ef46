import { printLines, write } from '../console.js';
import { replayLine, sayOfFiles, writeFor } from '../output.js';
import type { Graded } from './grade.js';

export const SCHEDULE_HELP = 'where to write a schedule that fails (default: to standard output)';

/**
 * Shows the first schedule that fails, or writes it to a file, and how it is replayed. If none does, says of
 * the file that it is not written.
 * @param path the file; undefined: to standard output
 */
export function showSchedule(graded: readonly Graded[], path: string | undefined): void {
  const text = graded.find((each) => each.schedule !== undefined)?.schedule;
  if (text === undefined) {
    sayOfFiles({ schedule: path }, 'not written: no schedule failed');
    return;
  }
  if (path === undefined) write(`\n${text}\n`);
  else if (!writeFor('--schedule', path, text)) return;
  printLines([replayLine(path), '']);
}
