import { isLoneReturn } from '../scan.js';
import type { Span } from '../types.js';

/** Line ends are counted up to every so many characters; a lookup counts on from there. */
const BLOCK = 4096;
const LF = 10;

/**
 * Lines of a text by position, and the other way round. A line ends in LF with the CR beside it, or in CR
 * alone, as the reader counts them: a BSD console writes LF CR, others CR LF. It takes little memory whatever
 * the text is: a list of all lines of 64 MB can be larger than the text.
 */
export class LineIndex {
  /** How many lines end before each block. */
  private readonly endsBefore: number[] = [];
  /** How many lines there are; an empty one after the last line end counts. */
  readonly count: number;

  constructor(private readonly text: string) {
    let ends = 0;
    for (let from = 0; from < text.length; from += BLOCK) {
      this.endsBefore.push(ends);
      ends += this.ends(from, from + BLOCK);
    }
    this.count = ends + 1;
  }

  /** The number of the line (from 1) that holds a position. */
  lineOf(position: number): number {
    const at = Math.min(position, this.text.length);
    const block = Math.min(Math.floor(at / BLOCK), Math.max(this.endsBefore.length - 1, 0));
    return (this.endsBefore[block] ?? 0) + this.ends(block * BLOCK, at) + 1;
  }

  /** Where line `line` (from 1) starts. */
  start(line: number): number {
    if (line <= 1) return 0;
    let low = 0;
    let high = this.endsBefore.length - 1;
    while (low < high) {
      const mid = (low + high + 1) >> 1;
      if (this.endsBefore[mid]! < line - 1) low = mid;
      else high = mid - 1;
    }
    let left = line - 1 - (this.endsBefore[low] ?? 0);
    let at = low * BLOCK;
    for (; at < this.text.length && left > 0; at++) if (this.isEnd(at)) left--;
    return at;
  }

  /** The lines in which spans begin, ascending. */
  linesOf(spans: readonly Span[]): number[] {
    return [...new Set(spans.map((span) => this.lineOf(span[0])))].sort((a, b) => a - b);
  }

  private ends(from: number, to: number): number {
    const end = Math.min(to, this.text.length);
    let ends = 0;
    for (let at = from; at < end; at++) if (this.isEnd(at)) ends++;
    return ends;
  }

  /** Whether the character is the last one of a line. */
  private isEnd(at: number): boolean {
    const { text } = this;
    return text.charCodeAt(at) === LF ? !isLoneReturn(text, at + 1) : isLoneReturn(text, at);
  }
}

/** `line 7`, `lines 7, 9-12`, or nothing. */
export function linesText(lines: readonly number[]): string {
  if (lines.length === 0) return '';
  const runs: [first: number, last: number][] = [];
  for (const line of lines) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === line - 1) run[1] = line;
    else runs.push([line, line]);
  }
  const words = runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
  return `line${lines.length > 1 ? 's' : ''} ${words.join(', ')}`;
}
