/*
 * A report that stands in a string of JSON or of a program has its line ends as `\n`, and other characters as
 * escapes. Several strings, one a line or one after the other, may hold its parts.
 */

import { type Line, spanOf } from './line.js';

/** Beginnings of lines of a report, behind such a line end. */
const LINES =
  /\\n[ >]{0,8}(?:panic: |cpuid = \d|KDB: |Fatal trap \d|fault (?:virtual address|code)|#\d{1,2} +0x|(?:v?panic|db_trace_self_wrapper|trap_fatal|calltrap)\(\) at |--- trap |uvm_fault\(0x|Stopped (?:at|in) |ddb(?:\{\d{1,2}\})?> |cpu\d{1,3}: Begin traceback|fatal page fault in |trap type \d)/g;
/** One may be a program's, which prints it. */
const LINES_MIN = 2;

/** Whether a text has its lines in strings. */
export function isEscaped(text: string): boolean {
  if (!text.includes('\\n')) return false;
  LINES.lastIndex = 0;
  for (let n = 0; LINES.exec(text) !== null; ) if (++n >= LINES_MIN) return true;
  return false;
}

/** Back-slashes that are counted; a run of more is no text. */
const SLASHES_MAX = 16;

/** Whether the character at `i` belongs to an escape: an odd number of back-slashes stands before it. */
function isEscapedAt(text: string, i: number): boolean {
  let n = 0;
  while (n < SLASHES_MAX && text.charCodeAt(i - 1 - n) === 92) n++;
  return n % 2 === 1;
}

/** Where the next of `what` stands that is no part of another escape; the text's length if none does. */
function find(text: string, what: string, from: number): number {
  let at = text.indexOf(what, from);
  while (at >= 0 && isEscapedAt(text, at)) at = text.indexOf(what, at + 1);
  return at < 0 ? text.length : at;
}

/** `\u003c`, as JSON writes what is markup elsewhere. */
const UNICODE = /^\\u([0-9a-f]{4})$/i;

/** Characters [i, j) of a line as the string that they spell, with the places that they come from. */
export function unescaped(line: Line, i: number, j: number): Pick<Line, 'text' | 'at' | 'map'> {
  const at = spanOf(line, i)[0];
  let text = '';
  let map: number[] | null = line.map === null ? null : [0, at];
  for (let k = i; k < j; ) {
    const back = line.text.indexOf('\\', k);
    const end = back < 0 || back >= j ? j : back;
    if (text.length > 0 || map !== null) (map ??= [0, at]).push(text.length, spanOf(line, k)[0]);
    text += line.text.slice(k, end);
    k = end;
    if (k === j) break;
    const escaped = line.text[k + 1]!;
    (map ??= [0, at]).push(text.length, spanOf(line, k)[0]);
    const code = escaped === 'u' ? UNICODE.exec(line.text.slice(k, k + 6)) : null;
    text +=
      code !== null
        ? String.fromCharCode(Number.parseInt(code[1]!, 16))
        : /["'\\/]/.test(escaped)
          ? escaped
          : ' ';
    k += code !== null ? 6 : 2;
  }
  return { text, at, map };
}

/** Where the text goes on behind a string that closed at `from`: what joins two strings is no line. */
function behind(text: string, from: number): number {
  let i = from;
  while (i - from < SLASHES_MAX && i < text.length && ' ,;+)\\\t'.includes(text[i]!)) i++;
  if (text.startsWith('\r\n', i)) return i + 2;
  return text.startsWith('\n', i) ? i + 1 : from;
}

/** The ends of lines and strings in such a text, as it is read from its beginning to its end. */
export class StringEnds {
  private nextEnd = -1;
  private nextQuote = -1;
  /** The latest line ended inside a string. */
  inside = false;

  constructor(private readonly text: string) {}

  /**
   * Where a line from `start` on ends that would end at `end`.
   *
   * @returns its beginning, without what stands before its string, its end, and where the next begins
   */
  cut(start: number, end: number): { start: number; end: number; next: number } | null {
    const { text } = this;
    if (this.nextEnd < start) this.nextEnd = find(text, '\\n', start);
    if (this.inside) {
      if (this.nextQuote < start) this.nextQuote = find(text, '"', start);
      if (this.nextQuote < Math.min(end, this.nextEnd)) {
        this.inside = false;
        return { start, end: this.nextQuote, next: behind(text, this.nextQuote + 1) };
      }
    }
    if (this.nextEnd >= end) {
      this.inside = false;
      return null;
    }
    const stop = this.nextEnd;
    const from = this.inside ? start : this.opens(start, stop);
    this.inside = true;
    return { start: from, end: text.startsWith('\\r', stop - 2) ? stop - 2 : stop, next: stop + 2 };
  }

  /** Where the string begins whose first line ends at `stop`. */
  private opens(start: number, stop: number): number {
    for (let at = stop; at > start; ) {
      at = this.text.lastIndexOf('"', at - 1);
      if (at < start) return start;
      if (!isEscapedAt(this.text, at)) return at + 1;
    }
    return start;
  }
}
