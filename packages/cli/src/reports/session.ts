import {
  type ParseOptions,
  parseReport,
  printable,
  type RenderOptions,
  type Report,
  ReportError,
  type Triage,
  triageReport,
} from '@trap12/report';
import { type Found, type Input, InputError, readInput } from './input.js';

/** Where output goes and input comes from; tests supply their own. */
export interface ReportIo {
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  /** Standard input; by default that of the process. */
  stdin?: AsyncIterable<Uint8Array>;
  /** Whether stderr is a terminal, which gets a progress bar. */
  terminal?: boolean;
  /** How pieces of the text are set apart; by default they are not. */
  style?: NonNullable<RenderOptions['style']>;
  /** What the reader is given beside the text. */
  options?: ParseOptions;
}

/** A text with what was read from it. */
export interface Reading<T extends Triage = Report> extends Input {
  report: T;
}

/** A file of which there is no report, with the reason in one line. */
export interface Unread {
  file: string;
  error: string;
}

/**
 * Reads a file and the report in it. What was wrong with its packing goes to standard error, or with the
 * reason.
 */
export function readReport(found: Found, io: ReportIo): Promise<Reading | Unread> {
  return readWith((text) => parseReport(text, io.options), found, io);
}

/** The same for whom a report's title and buckets are enough. */
export function readTriage(found: Found, io: ReportIo): Promise<Reading<Triage> | Unread> {
  return readWith(triageReport, found, io);
}

async function readWith<T extends Triage>(
  read: (text: Input['text']) => T,
  { file, error }: Found,
  io: ReportIo,
): Promise<Reading<T> | Unread> {
  if (error !== undefined) return { file, error };
  const notes: string[] = [];
  try {
    const input = await readInput(file, io.stdin);
    notes.push(...input.notes);
    const report = read(input.text);
    for (const note of notes) io.stderr(`${printable(file)}: ${note}\n`);
    return { ...input, report };
  } catch (caught) {
    if (!(caught instanceof InputError || caught instanceof ReportError)) throw caught;
    return { file, error: [...notes, caught.message].join('; ') };
  }
}

/** Whether a file could not be read as a report. */
export function isUnread(reading: Reading<Triage> | Unread): reading is Unread {
  return 'error' in reading;
}

/** JSON as every command prints it: two blanks a level, one object, a line end. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
