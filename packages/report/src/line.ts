import type { Beginning } from './dispatch.js';
import { symbolEnd } from './scan.js';
import type { Span } from './types.js';

/** One cleaned line and the way back to the original. */
export interface Line {
  /** Without quote marks, log prefixes, markup, trailing padding and leading blanks. */
  text: string;
  /** Offset in the original of the first character of `text`. */
  at: number;
  /** Offset in the original where the line starts, its prefixes included. */
  from: number;
  /** Number of the line in the text, from 0 on; of one put together, those of its first and last part. */
  row: number;
  endRow: number;
  /** Characters of the line in the original, prefixes included, padding not. */
  width: number;
  /** Offset in the original after the line, padding included. */
  end: number;
  /** Leading blanks that were taken off; kgdb's locals and wrapped lines are told by it. */
  indent: number;
  /** Pairs (position in text, offset in original), ascending; null where the text is one piece. */
  map: number[] | null;
  /** The time stamp of a log line, comparable as text within one format. */
  stamp: string;
  /** The CPU that a prefix of the line names, or -1. */
  cpu: number;
  /** `text` in lower case; empty until `lowOf` is asked for it. */
  low: string;
  /** A blank line stands before it. */
  afterBlank: boolean;
  /** Whether the line begins like one of a report; undefined until somebody asks. */
  start: boolean | undefined;
  /** What stood before it and was taken off, if it stands before what goes on from it as well; or nothing. */
  mark: string;
  /** What its first characters say that it can be; null until somebody asks. */
  beginning: Beginning | null;
  /** What words the line has, as recipe-words.ts tells them; negative until somebody asks. */
  words: number;
  /** Where the name ends that it begins with; negative until somebody asks. */
  wordEnd: number;
}

/** Where the name ends that a line begins with; 0 where it begins with none. Several forms ask. */
export function wordEndOf(line: Line): number {
  if (line.wordEnd < 0) line.wordEnd = symbolEnd(line.text, 0);
  return line.wordEnd;
}

/** The line's text in lower case, with every character in its place. */
export function lowOf(line: Line): string {
  if (line.low === '') line.low = lowerCase(line.text);
  return line.low;
}

/**
 * Lower case of the same length: a few letters beyond ASCII become two characters, which would shift the
 * rest.
 */
function lowerCase(text: string): string {
  const low = text.toLowerCase();
  return low.length === text.length ? low : text.replace(/[A-Z]/g, (c) => c.toLowerCase());
}

/** The place in the original of characters [i, j) of a line. */
export function spanOf(line: Line, i = 0, j = line.text.length): Span {
  if (line.map === null) return [line.at + i, line.at + j];
  const first = originalOffset(line, i);
  if (j <= i) return [first, first];
  // Of a text that is read from its end, the second part of a joined line stands before the first.
  const last = originalOffset(line, j - 1);
  return [Math.min(first, last), Math.max(first, last) + 1];
}

function originalOffset(line: Line, i: number): number {
  const map = line.map;
  if (map === null) return line.at + i;
  let lo = 0;
  let hi = map.length / 2 - 1;
  while (lo < hi) {
    const mid = (lo + hi + 1) >> 1;
    if (map[2 * mid]! <= i) lo = mid;
    else hi = mid - 1;
  }
  return map[2 * lo + 1]! + (i - map[2 * lo]!);
}

/** A line without its first `n` characters (and the blanks after them). */
export function dropFirst(line: Line, n: number): Line {
  const text = line.text;
  while (n < text.length && text.charCodeAt(n) === 32) n++;
  if (n === 0) return line;
  const at = originalOffset(line, n);
  let map: number[] | null = null;
  if (line.map !== null) {
    map = [0, at];
    for (let k = 0; k < line.map.length; k += 2) {
      if (line.map[k]! > n) map.push(line.map[k]! - n, line.map[k + 1]!);
    }
  }
  return {
    text: text.slice(n),
    at,
    from: line.from,
    row: line.row,
    endRow: line.endRow,
    width: line.width,
    end: line.end,
    indent: line.indent + n,
    map,
    stamp: line.stamp,
    low: '',
    cpu: line.cpu,
    afterBlank: line.afterBlank,
    start: undefined,
    beginning: null,
    mark: '',
    words: -1,
    wordEnd: -1,
  };
}

/** The first `n` characters of a line. */
export function cutLine(line: Line, n: number): Line {
  return {
    text: line.text.slice(0, n),
    at: line.at,
    from: line.from,
    row: line.row,
    endRow: line.endRow,
    width: line.width,
    end: line.end,
    indent: line.indent,
    map: line.map,
    stamp: line.stamp,
    low: '',
    cpu: line.cpu,
    afterBlank: line.afterBlank,
    start: undefined,
    beginning: null,
    mark: '',
    words: -1,
    wordEnd: -1,
  };
}

/** Two lines that a mailer or an 80-column console cut apart. */
export function joinLines(a: Line, b: Line, glue: string): Line {
  const map = a.map === null ? [0, a.at] : a.map.slice();
  const shift = a.text.length + glue.length;
  if (glue.length > 0) map.push(a.text.length, Math.max(a.end - 1, 0));
  if (b.map === null) map.push(shift, b.at);
  else for (let k = 0; k < b.map.length; k += 2) map.push(b.map[k]! + shift, b.map[k + 1]!);
  return {
    text: a.text + glue + b.text,
    at: a.at,
    from: a.from,
    row: a.row,
    endRow: b.endRow,
    width: b.width,
    end: b.end,
    indent: a.indent,
    map,
    stamp: a.stamp,
    low: '',
    cpu: a.cpu,
    afterBlank: a.afterBlank,
    start: undefined,
    beginning: null,
    mark: '',
    words: -1,
    wordEnd: -1,
  };
}
