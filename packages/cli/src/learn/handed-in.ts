/*
 * Files of answers that a lesson has as lines, for as long as they are tried. None of them is left, whatever
 * ends this process: a process beside it is told of each folder, and removes what is there when it is over.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the other process does: its input ends when this one does. */
const REMOVES = `
let folders = '';
process.stdin.on('data', (chunk) => { folders += chunk; });
process.stdin.on('end', () => {
  for (const folder of folders.split('\\n').slice(0, -1))
    require('node:fs').rmSync(folder, { recursive: true, force: true });
});
`;

let remover: ChildProcess | undefined;

/** Has a folder removed when this process is over. */
function removedAtEnd(folder: string): void {
  if (remover === undefined) {
    // In a group of its own: what ends the whole of ours does not end it.
    remover = spawn(process.execPath, ['-e', REMOVES], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Without it the folder stays, which is no reason to stop.
    remover.on('error', () => {});
    remover.stdin!.on('error', () => {});
    remover.unref();
    (remover.stdin as unknown as { unref(): void }).unref();
  }
  remover.stdin!.write(`${folder}\n`);
}

/** Of files that are there now: where the lesson has the lines. */
const places = new Map<string, string>();

/** How a file is called for a person: one of these by its place in the lesson. */
export const nameOf = (file: string): string => places.get(file) ?? file;

/**
 * Does something with lines as a file of the compiler's.
 * @param where the field of the lesson that has the lines, or what they are
 */
export async function withFile<T>(
  lines: readonly string[],
  where: string,
  work: (file: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'trap12-lesson-'));
  const file = join(folder, 'answer.ts');
  try {
    removedAtEnd(folder);
    places.set(file, where);
    writeFileSync(file, `${lines.join('\n')}\n`);
    return await work(file);
  } finally {
    places.delete(file);
    rmSync(folder, { recursive: true });
  }
}

/**
 * A text with a place of the lesson's in place of one in that file.
 * @param where the field of the lesson that has the lines, or what they are
 */
export const placedIn = (text: string, file: string, where: string): string =>
  text
    .split(file)
    .map((part, i) => {
      if (i === 0) return part;
      const [place = '', line, column] = /^:(\d+)(?::(\d+))?/.exec(part) ?? [];
      const at = line === undefined ? '' : `[${line}]${column === undefined ? '' : `:${column}`}`;
      return `${where}${at}${part.slice(place.length)}`;
    })
    .join('');
