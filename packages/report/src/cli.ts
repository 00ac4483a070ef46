import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { bucketTable, type Bucketed, bucketOf } from './bucket.js';
import { decodeText } from './normalise.js';
import { parseReport } from './parse-report.js';
import { renderReport } from './render.js';
import { ReportError, type StructLayouts } from './types.js';

/** Texts longer than this are refused; a panic report is a few kilobytes. */
const SIZE_MAX = 64 * 1024 * 1024;

export interface ExplainReportArgs {
  /** A file, or `-` for standard input; not used with `bucket`. */
  input: string;
  json?: boolean;
  title?: boolean;
  /** A directory of reports to sort by signature. */
  bucket?: string;
  layouts?: StructLayouts;
}

/** Where output goes and input comes from; tests and the cli package supply it. */
export interface ReportIo {
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  /** Reads standard input; by default that of the process. */
  stdin?: () => Promise<Uint8Array>;
  /** Whether stderr is a terminal, which gets a progress bar. */
  terminal?: boolean;
}

/**
 * `trap12 explain-report`.
 *
 * @returns the exit status: 0, or 2 if the input cannot be read or is no report
 */
export async function explainReportCommand(args: ExplainReportArgs, io: ReportIo): Promise<number> {
  if (args.bucket !== undefined) return bucketCommand(args, args.bucket, io);
  let bytes: Uint8Array;
  try {
    bytes = await readInput(args.input, io);
  } catch (error) {
    io.stderr(`${args.input}: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  const text = decodeText(bytes);
  try {
    const report = parseReport(text, args.layouts === undefined ? {} : { layouts: args.layouts });
    if (args.json === true) io.stdout(`${JSON.stringify(report, null, 2)}\n`);
    else if (args.title === true) io.stdout(`${report.title}\n`);
    else io.stdout(renderReport(report, text));
    return 0;
  } catch (error) {
    if (!(error instanceof ReportError)) throw error;
    io.stderr(`${args.input}: ${error.message}\n`);
    return 2;
  }
}

async function readInput(input: string, io: ReportIo): Promise<Uint8Array> {
  if (input === '-') {
    const bytes = await (io.stdin ?? readStdin)();
    if (bytes.length > SIZE_MAX) throw new Error(tooLong(bytes.length));
    return bytes;
  }
  const info = await stat(input);
  if (info.isDirectory()) throw new Error('is a directory; --bucket sorts the reports in one');
  if (info.size > SIZE_MAX) throw new Error(tooLong(info.size));
  return readFile(input);
}

function tooLong(bytes: number): string {
  return `${bytes} bytes are too many; reports of up to ${SIZE_MAX} bytes are read`;
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of process.stdin) {
    const piece = chunk as Buffer;
    total += piece.length;
    if (total > SIZE_MAX) throw new Error(`more than ${SIZE_MAX} bytes on standard input`);
    chunks.push(piece);
  }
  return Buffer.concat(chunks);
}

/** Sorts the reports of a directory into a table by signature. */
async function bucketCommand(args: ExplainReportArgs, directory: string, io: ReportIo): Promise<number> {
  let names: string[];
  try {
    names = (await readdir(directory, { withFileTypes: true, recursive: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    io.stderr(`${directory}: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  const found: Bucketed[] = [];
  let refused = 0;
  for (let i = 0; i < names.length; i++) {
    if (io.terminal === true) progress(io, i, names.length);
    try {
      found.push(bucketOf(names[i]!, parseReport(await readInput(names[i]!, io))));
    } catch {
      // Whatever cannot be read or is no report is counted and named in the table's last line.
      refused++;
    }
  }
  if (io.terminal === true) io.stderr('\r\u001b[K');
  const table = bucketTable(found);
  if (args.json === true) io.stdout(`${JSON.stringify(table.rows, null, 2)}\n`);
  else io.stdout(`${table.text}${refused > 0 ? `${refused} of ${names.length} files are no reports\n` : ''}`);
  return found.length > 0 ? 0 : 2;
}

function progress(io: ReportIo, done: number, total: number): void {
  const width = 30;
  const full = Math.floor((done * width) / Math.max(total, 1));
  io.stderr(`\r[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${done}/${total}`);
}
