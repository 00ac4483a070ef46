import {
  closeSync,
  existsSync,
  type Dirent,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { decodeText } from '@trap12/report';
import { fileKind, HEAD_BYTES } from './file-kinds.js';
import { InputError, SIZE_MAX, SIZE_MAX_TEXT } from './input-error.js';

export { InputError } from './input-error.js';

/** A text to be explained. */
export interface Input {
  /** As it was named on the command line, or the path that was found in a folder. */
  name: string;
  text: string;
  /** What was wrong with its packing. */
  notes: string[];
}

/** Standard input, by the name it has on the command line. */
export const STDIN = '-';

/**
 * Reads a file as text: a text, a textdump's archive (`.tar`), either compressed by gzip, xz, zstd or
 * bzip2; `-` is standard input.
 *
 * @throws InputError with one line that says why not
 */
export async function readInput(
  name: string,
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): Promise<Input> {
  if (name === STDIN && stdin === process.stdin) {
    const { isFolderGiven } = await import('../stdin.js');
    if (isFolderGiven()) throw new InputError('is a directory');
  }
  const bytes = name === STDIN ? await readBounded(stdin) : readFileBounded(await placeOf(name));
  if (fileKind(bytes.subarray(0, HEAD_BYTES)) === null) return { name, text: decodeText(bytes), notes: [] };
  const { unpack } = await import('./archive.js');
  return { name, ...(await unpack(bytes)) };
}

/** A file that is not there may be one that comes with the command; what knows where is loaded then only. */
async function placeOf(name: string): Promise<string> {
  return existsSync(name) ? name : (await import('../learn/shipped.js')).examplePath(name);
}

/** What is asked of a file at once whose size is not known beforehand. */
const CHUNK = 1 << 16;

function readFileBounded(path: string): Uint8Array {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const info = fstatSync(file);
    if (info.isDirectory()) throw new InputError('is a directory');
    if (info.size > SIZE_MAX) throw new InputError(tooLarge(file, info.size));
    // Pipes and devices have no size beforehand, and a log may grow while it is read: the end alone tells.
    const chunks: Uint8Array[] = [];
    for (let total = 0; ; ) {
      const chunk = Buffer.allocUnsafe(Math.max(info.size - total + 1, CHUNK));
      const length = readSync(file, chunk);
      if (length === 0) return joined(chunks);
      chunks.push(chunk.subarray(0, length));
      total = grown(total, length);
    }
  } catch (error) {
    throw error instanceof InputError ? error : new InputError(reason(error));
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Says that a file is too large, or rather what it is, if that can be told. */
function tooLarge(file: number, size: number): string {
  const head = new Uint8Array(HEAD_BYTES);
  const kind = fileKind(head.subarray(0, readSync(file, head)));
  if (kind !== null && typeof kind === 'object') return kind.foreign;
  return `${size} bytes are too many; up to ${SIZE_MAX_TEXT} are read`;
}

async function readBounded(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const chunk of stream) {
      total = grown(total, chunk.length);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof InputError ? error : new InputError(reason(error));
  }
  return joined(chunks);
}

function grown(total: number, length: number): number {
  if (total + length > SIZE_MAX) throw new InputError(`more than ${SIZE_MAX_TEXT}; no more is read`);
  return total + length;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** The system's reason in its own words, without the call and the path (`EACCES: permission denied`). */
export function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^E[A-Z0-9]+: [^,]+/.exec(message)?.[0] ?? message;
}

/** A file that the command line names, by itself or by a folder that it is in. */
export interface Found {
  file: string;
  /** Why it, or the folder of that name, cannot be looked into. */
  error?: string;
}

/** Whether a name on the command line is a folder's. */
export function isFolder(name: string): boolean {
  return name !== STDIN && statOf(name)?.isDirectory() === true;
}

/**
 * The files that the names on a command line stand for: a folder for all regular files below it, in the order
 * of their names. Links to folders are not followed, so that there is an end.
 */
export function* filesOf(names: readonly string[]): Generator<Found> {
  for (const name of names) {
    if (isFolder(name)) yield* filesUnder(name);
    else yield { file: name };
  }
}

function* filesUnder(folder: string): Generator<Found> {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    yield { file: folder, error: reason(error) };
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else if (entry.isFile()) yield { file: path };
    else if (entry.isSymbolicLink() && statOf(path)?.isFile() === true) yield { file: path };
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
