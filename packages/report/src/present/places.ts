import type { Span } from '../types.js';

/** Lines of a text by position. */
export class LineIndex {
  /** Where each line starts. A line ends in LF, CR LF, or CR alone, as the reader counts them. */
  private readonly starts: number[] = [0];

  constructor(text: string) {
    const end = /\r\n|\n|\r/g;
    while (end.exec(text) !== null) this.starts.push(end.lastIndex);
  }

  /** How many lines there are; an empty one after the last line end counts. */
  get count(): number {
    return this.starts.length;
  }

  /** Where line `line` (from 1) starts. */
  start(line: number): number {
    return this.starts[line - 1]!;
  }

  /** The number of the line (from 1) that holds a position. */
  lineOf(position: number): number {
    let lo = 0;
    let hi = this.starts.length - 1;
    while (lo < hi) {
      const mid = (lo + hi + 1) >> 1;
      if (this.starts[mid]! <= position) lo = mid;
      else hi = mid - 1;
    }
    return lo + 1;
  }

  /** The lines in which spans begin, ascending. */
  linesOf(spans: readonly Span[]): number[] {
    return [...new Set(spans.map((span) => this.lineOf(span[0])))].sort((a, b) => a - b);
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
