import { statSync } from 'node:fs';
import { DumpError, savecore, type SparseFile } from '@trap12/dump';
import { PLATTER_CHUNK, SECTOR } from '@trap12/machine';
import { accepted, inRange, SWAP_BYTES, type System } from '@trap12/system';
import { readWhole } from '@trap12/system/read-file.js';
import { printLines } from './console.js';
import { usageError, whyNot } from './exit.js';
import { headerLines } from './savecore.js';
import { wholeFile, writeSparse } from './sparse-file.js';

/**
 * Reads a disk from a file; undefined if there is none yet.
 * @throws CommandError if it cannot be read, or no machine has such a disk
 */
export function readDisk(path: string): Uint8Array | undefined {
  let bytes: Uint8Array;
  try {
    // Such a device holds nothing: all of it comes again and again, and nothing of it stays.
    if (statSync(path).isCharacterDevice()) throw usageError(`--disk ${path}: it is a character device`);
    bytes = readWhole(path, SWAP_BYTES.high);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (syscall === undefined) throw error;
    const range = code === 'EFBIG' ? `; accepted: ${accepted(SWAP_BYTES)}` : '';
    throw usageError(`--disk ${path}: ${whyNot(error)}${range}`);
  }
  if (inRange(bytes.length, SWAP_BYTES)) return bytes;
  throw usageError(`--disk ${path}: ${bytes.length} bytes; accepted: ${accepted(SWAP_BYTES)}`);
}

/** Gives a machine that has not run yet the disk. */
export function insertDisk({ machine }: System, bytes: Uint8Array): void {
  const chunks = [];
  for (let at = 0; at < bytes.length; at += PLATTER_CHUNK) {
    const chunk = new Uint8Array(PLATTER_CHUNK);
    chunk.set(bytes.subarray(at, at + PLATTER_CHUNK));
    if (chunk.some((byte) => byte !== 0)) chunks.push({ number: at / PLATTER_CHUNK, bytes: chunk });
  }
  machine.disk.restore({ ...machine.disk.save(), platter: { chunks } });
}

/** A machine's disk as a file. */
export function diskFile({ machine }: System): SparseFile {
  const size = machine.disk.sectors * SECTOR;
  const { chunks } = machine.disk.save().platter;
  const pieces = chunks.map(({ number, bytes }) => {
    const offset = number * PLATTER_CHUNK;
    return { offset, bytes: bytes.subarray(0, size - offset) };
  });
  return { size, pieces };
}

/**
 * Takes the dump of a kernel that has died off its disk.
 * @param path where it goes; true: it stays where it is
 */
export function saveDump({ machine, symbols }: System, path: string | true): void {
  try {
    const bytes = savecore((sector) => machine.disk.sector(sector), machine.disk.sectors, symbols);
    printLines(headerLines(bytes, symbols));
    if (path !== true) writeSparse('--dump', path, wholeFile(bytes));
  } catch (error) {
    if (!(error instanceof DumpError)) throw error;
    process.stderr.write(`trap12: no dump: ${error.message}\n`);
  }
}
