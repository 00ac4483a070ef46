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
export async function readInput(name: string, stdin: AsyncIterable<Uint8Array> = process.stdin): Promise<Input> {
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

/** A name on the command line with the files that it stands for. */
export interface Operand {
  name: string;
  /** Whether it is a folder; its files are those of all its subfolders, sorted. */
  folder: boolean;
  files: string[];
  /** Why it could not be looked at. */
  error?: string;
}

/** Finds the files that the names on a command line stand for. */
export async function expandOperands(names: readonly string[]): Promise<Operand[]> {
  return Promise.all(names.map(expandOperand));
}

async function expandOperand(name: string): Promise<Operand> {
  const isFolder = name !== STDIN && (await stat(name).then((info) => info.isDirectory()).catch(() => false));
  if (!isFolder) return { name, folder: false, files: [name] };
  try {
    return { name, folder: true, files: await filesUnder(name) };
  } catch (error) {
    return { name, folder: true, files: [], error: reason(error) };
  }
}

/** All regular files below a folder, and links to such; links to folders are not followed, so that there is an end. */
async function filesUnder(folder: string): Promise<string[]> {
  const out: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile()) out.push(path);
    else if (entry.isSymbolicLink() && (await isRegular(path))) out.push(path);
  }
  return out.sort();
}

function isRegular(path: string): Promise<boolean> {
  return stat(path)
    .then((info) => info.isFile())
    .catch(() => false);
}
