import {
  isOurKernel,
  parseReport,
  printable,
  type RenderOptions,
  type Report,
  ReportError,
  type StructLayouts,
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
  /** The struct layouts of our own kernel; asked for when a report is of it. */
  layouts?: () => Promise<StructLayouts | undefined>;
}

/** A text with what was read from it. */
export interface Reading extends Input {
  report: Report;
}

/** A file of which there is no report, with the reason in one line. */
export interface Unread {
  file: string;
  error: string;
}

/** Reads a file and the report in it. What was wrong with its packing goes to standard error, or with the reason. */
export async function readReport({ file, error }: Found, io: ReportIo): Promise<Reading | Unread> {
  if (error !== undefined) return { file, error };
  const notes: string[] = [];
  try {
    const input = await readInput(file, io.stdin);
    notes.push(...input.notes);
    const report = await parse(input.text, io);
    for (const note of notes) io.stderr(`${printable(file)}: ${note}\n`);
    return { ...input, report };
  } catch (caught) {
    if (!(caught instanceof InputError || caught instanceof ReportError)) throw caught;
    return { file, error: [...notes, caught.message].join('; ') };
  }
}

/** Layouts take longer to load than most reports to read, and are of use in few. */
async function parse(text: string, io: ReportIo): Promise<Report> {
  const report = parseReport(text);
  const layouts = isOurKernel(report) ? await io.layouts?.() : undefined;
  return layouts === undefined ? report : parseReport(text, { layouts });
}

/** Whether a file could not be read as a report. */
export function isUnread(reading: Reading | Unread): reading is Unread {
  return 'error' in reading;
}

/** JSON as every command prints it: two blanks a level, one object, a line end. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
