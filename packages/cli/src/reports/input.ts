import type { Dirent, Stats } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
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
 * Reads a file as text: a text, a textdump's archive (`.tar`), either compressed by gzip or xz; `-` is standard input.
 *
 * @throws InputError with one line that says why not
 */
export async function readInput(
  name: string,
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): Promise<Input> {
  const bytes = name === STDIN ? await readBounded(stdin) : await readFileBounded(name);
  if (fileKind(bytes.subarray(0, HEAD_BYTES)) === null) return { name, text: decodeText(bytes), notes: [] };
  const { unpack } = await import('./archive.js');
  return { name, ...(await unpack(bytes)) };
}

async function readFileBounded(path: string): Promise<Uint8Array> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw new InputError(reason(error));
  }
  try {
    const info = await file.stat();
    if (info.isDirectory()) throw new InputError('is a directory');
    if (info.size > SIZE_MAX) await refuse(file, info.size);
    // Pipes and devices have no size beforehand, and a log may grow while it is read.
    return await readBounded(file.createReadStream({ autoClose: false }));
  } catch (error) {
    throw error instanceof InputError ? error : new InputError(reason(error));
  } finally {
    await file.close();
  }
}

/** Says why a file is too large, or rather what it is, if that can be told. */
async function refuse(file: FileHandle, size: number): Promise<never> {
  const head = new Uint8Array(HEAD_BYTES);
  const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
  const kind = fileKind(head.subarray(0, bytesRead));
  if (kind !== null && typeof kind === 'object') throw new InputError(kind.foreign);
  throw new InputError(`${size} bytes are too many; up to ${SIZE_MAX_TEXT} are read`);
}

async function readBounded(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of stream) {
    total += chunk.length;
    if (total > SIZE_MAX) throw new InputError(`more than ${SIZE_MAX_TEXT}; no more is read`);
    chunks.push(chunk);
  }
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
export async function isFolder(name: string): Promise<boolean> {
  return name !== STDIN && (await statOf(name))?.isDirectory() === true;
}

/**
 * The files that the names on a command line stand for: a folder for all regular files below it, in the order of their
 * names. Links to folders are not followed, so that there is an end.
 */
export async function* filesOf(names: readonly string[]): AsyncGenerator<Found> {
  for (const name of names) {
    if (await isFolder(name)) yield* filesUnder(name);
    else yield { file: name };
  }
}

async function* filesUnder(folder: string): AsyncGenerator<Found> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    yield { file: folder, error: reason(error) };
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else if (entry.isFile()) yield { file: path };
    else if (entry.isSymbolicLink() && (await statOf(path))?.isFile() === true) yield { file: path };
  }
}

function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}
