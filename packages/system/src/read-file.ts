import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Of a text of a user's no more is read: what is longer is none, or has no end. */
export const TEXT_MAX = 64 << 20;
/** What is asked of a file at once whose size is not known beforehand. */
const CHUNK = 1 << 20;
/** By so many bytes it can be told what a file is. */
const HEAD = 8;

/** A size for people, rounded down. */
const sizeText = (bytes: number): string =>
  bytes >= 2 ** 30 ? `${Math.floor(bytes / 2 ** 30)} GB` : `${Math.floor(bytes / 2 ** 20)} MB`;

/**
 * All of a file, which may be a pipe, or a device without an end.
 * @param file its name, or 0 for standard input
 * @param max bytes that it may have
 * @param look shown the beginning, 8 bytes at least, as soon as there is that much: may throw, before the
 * rest is read
 * @throws an error of Node's; one with the code EFBIG if it is longer
 */
export function readWhole(
  file: string | 0,
  max: number,
  look: (head: Uint8Array) => void = () => {},
): Uint8Array {
  const fd = file === 0 ? 0 : openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    if (size > max) throw tooLong(max);
    const chunks: Buffer[] = [];
    let seen = false;
    for (let total = 0; ; ) {
      // A file may grow while it is read: the end alone tells.
      const chunk = Buffer.allocUnsafe(Math.max(size - total + 1, CHUNK));
      const length = readSync(fd, chunk);
      if (length === 0) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      total += length;
      if (total > max) throw tooLong(max);
      chunks.push(chunk.subarray(0, length));
      if (seen || total < HEAD) continue;
      seen = true;
      look(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    }
  } finally {
    if (fd !== 0) closeSync(fd);
  }
}

function tooLong(max: number): NodeJS.ErrnoException {
  const error = new Error(`more than ${sizeText(max)}; no more is read`);
  return Object.assign(error, { code: 'EFBIG', syscall: 'read' });
}

/** The same of a text. @throws as readWhole() does */
export const readText = (file: string | 0): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(readWhole(file, TEXT_MAX));
