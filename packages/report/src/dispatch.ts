import type { Builder } from './builder.js';
import type { Form } from './forms/form.js';
import { FORMS } from './forms/index.js';
import type { Line } from './normalise.js';

/** Forms by the first character (lower case) that their lines can have. */
let table: (readonly Form[])[] | null = null;

function build(): (readonly Form[])[] {
  const out: Form[][] = Array.from({ length: 128 }, () => []);
  for (const form of FORMS) {
    const chars = new Set<number>();
    for (const lead of form.leads ?? []) chars.add(lead.charCodeAt(0));
    for (const c of form.first ?? '') chars.add(c.charCodeAt(0));
    for (const c of chars) out[c]!.push(form);
  }
  return out;
}

function formsFor(c: number): readonly Form[] {
  table ??= build();
  if (c >= 65 && c <= 90) c += 32;
  return c < 128 ? table[c]! : [];
}

/** Offers the line to the forms; whether one took it. */
export function dispatch(line: Line, b: Builder): boolean {
  b.setLine(line);
  for (const form of formsFor(line.text.charCodeAt(0))) {
    if (form.line?.(b.line, b) === true) return true;
  }
  return false;
}

/**
 * What to put between a line that was cut and its continuation; null if it was not cut.
 *
 * @param whole whether `line` is as long as it was printed: not yet joined, or joined without a blank
 */
export function glue(line: Line, next: Line, whole: boolean): string | null {
  // Most lines are whole and followed by another: nothing to join, unless the line ends in the middle of something.
  if (!endsOpen(line.text) && isStart(next.text)) return null;
  // A line that fills the console to its last column was cut there, wherever that is.
  const hard = whole ? consoleWrap(line, next) : null;
  if (hard !== null) return hard;
  for (const form of formsFor(line.text.charCodeAt(0))) {
    const found = form.joins?.(line.text, next.text);
    if (found === false) return null;
    if (found !== undefined && found !== null) return found;
  }
  return (whole ? consoleBlank(line, next) : null) ?? mailWrap(line, next);
}

/** Whether a line ends where none does, or is of a kind whose middle looks like the beginning of another. */
function endsOpen(text: string): boolean {
  const c = text.charCodeAt(text.length - 1);
  if (c === 44 || c === 64 || c === 58 || c === 40 || c === 43 || c === 61) return true;
  if (text.endsWith(' at')) return true;
  opens ??= FORMS.flatMap((form) => form.open ?? []);
  return opens.some((lead) => text.startsWith(lead));
}

let opens: readonly string[] | null = null;

/** Width of the text console and of the default terminal. */
export const CONSOLE_WIDTH = 80;

/** Beginnings of lines by their first character. */
let leads: string[][] | null = null;

function leadTable(): string[][] {
  const out: string[][] = Array.from({ length: 128 }, () => []);
  for (const form of FORMS) for (const lead of form.leads ?? []) out[lead.charCodeAt(0)]!.push(lead);
  return out;
}

/** Numbered frames, frames, registers: lines that have no fixed beginning. */
const STARTS =
  /^(?:#\d|[a-z_][\w.]*\(|(?:[c-gs]s|[er](?:[a-d]x|[sb]p|[sd]i|ip)|r\d+|efl|rfl\w*)[ :=]+[0-9a-f])/i;

/** Whether a text begins like a line of a report. */
function isStart(text: string): boolean {
  leads ??= leadTable();
  let c = text.charCodeAt(0);
  if (c >= 65 && c <= 90) c += 32;
  if (c < 128 && leads[c]!.length > 0) {
    const low = text.slice(0, 24).toLowerCase();
    for (const lead of leads[c]!) if (low.startsWith(lead)) return true;
  }
  return STARTS.test(text);
}

/** A console breaks a line at its last column, wherever that is; a blank that went to the next line stays there. */
function consoleWrap(line: Line, next: Line): string | null {
  const width = line.text.length + line.indent;
  if (width % CONSOLE_WIDTH !== 0 || width === 0) return null;
  if (!isStart(line.text) || isStart(next.text)) return null;
  return next.indent > 0 ? ' ' : '';
}

/** The blank in the last column of a console line is taken for padding; the line then seems one short. */
function consoleBlank(line: Line, next: Line): string | null {
  if ((line.text.length + line.indent) % CONSOLE_WIDTH !== CONSOLE_WIDTH - 1) return null;
  return isStart(line.text) && !isStart(next.text) ? ' ' : null;
}

/** Mailers break lines between these widths. */
const MAIL_MIN = 40;
const MAIL_MAX = 80;
const MAIL_WIDTH = 70;
/** A continuation follows at once: at most a line end lies between. */
const MAIL_DISTANCE = 2;

/** A mailer breaks a line at a blank because the next word would not have fitted. */
function mailWrap(line: Line, next: Line): string | null {
  // What stands before the text may have been there when the mailer counted, or have come later.
  const bare = line.text.length + line.indent;
  const least = Math.min(line.width, bare);
  const most = Math.max(line.width, bare);
  if (most < MAIL_MIN || least > MAIL_MAX || next.from - line.end > MAIL_DISTANCE) return null;
  // A logger stamps every line of its own, so a line without a stamp after one with it is a continuation.
  if (line.stamp !== '' && next.stamp !== '') return null;
  const blank = next.text.indexOf(' ');
  const word = blank < 0 ? next.text.length : blank;
  if (isStart(next.text)) return null;
  const full = most + 1 + word > MAIL_WIDTH;
  // After a stamped line, one without a stamp is a continuation whatever the line is.
  if (line.stamp !== '') return full || isStart(line.text) ? ' ' : null;
  return full && isStart(line.text) ? ' ' : null;
}
