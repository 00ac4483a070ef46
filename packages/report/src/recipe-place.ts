import type { Line } from './line.js';
import { isSettingLine } from './recipe-command.js';
import { insetOf, LineReader } from './normalise.js';
import type { Span } from './types.js';

/** Where the panic stands in its text. */
export interface Place {
  text: string;
  /** Where its first line begins, prefixes included */
  from: number;
  begins: number;
  ends: number;
  /** Blanks before its first line. */
  indent: number;
  /** Which lines of the prose are headings, once somebody has asked. */
  headings: readonly number[] | undefined;
}

/** The place of a panic, its first line looked at alone. */
export function placeOf(text: string, [begins, ends]: Span): Place {
  const from = text.lastIndexOf('\n', begins - 1) + 1;
  const next = text.indexOf('\n', begins);
  const line = new LineReader(text.slice(from, next < 0 ? text.length : next)).next();
  const indent = Math.max(0, (line?.indent ?? 0) - insetOf(text));
  return { text, from, begins, ends, indent, headings: undefined };
}

/** Characters between two lines, blank ones with their prefixes included. */
const BETWEEN_MAX = 400;

/** Lines from the one that ends at `i` to the one in which `j` stands, if nothing stands between them. */
export function linesBetween(text: string, i: number, j: number): number {
  if (j < i || j - i > BETWEEN_MAX) return Infinity;
  const between = text.slice(i, text.lastIndexOf('\n', j - 1) + 1);
  return new LineReader(between).next() === null ? between.split('\n').length - 1 : Infinity;
}

/** Does a line stand at once below another one, or with a blank line between? */
export const isBelow = (line: Line, above: Line): boolean =>
  line.from >= above.end && line.row - above.endRow <= 2;

/** Characters of a line with the mark by which pages set off a block: three back-ticks, a language. */
const FENCE = 14;

/** A prompt with nothing behind it. */
export const isPromptAlone = (text: string): boolean => text.length === 1 && '#$%'.includes(text);

/** The line that stands at once above, or a blank line before it; the one above the mark of a script. */
export function toldAbove(prose: readonly Line[], i: number): string {
  const [above, line] = [prose[i - 1], prose[i]!];
  // Over a prompt with nothing behind it the block of a page can begin.
  const far = isPromptAlone(line.text) ? FENCE : 0;
  if (above === undefined || line.from < above.end || (far === 0 && !isBelow(line, above))) return '';
  if (far > 0 && line.from - above.end > far) return '';
  // The mark of a script, such a prompt, or what sets up the shell for the line.
  if (above.text.startsWith('#!') || isPromptAlone(above.text) || isSettingLine(above.text))
    return toldAbove(prose, i - 1);
  return above.text;
}

/** Does a line follow at once on the one above, and as far to the right? */
export function followsOn(prose: readonly Line[], i: number): boolean {
  const [above, line] = [prose[i - 1], prose[i]!];
  if (above === undefined || line.afterBlank || line.row - above.endRow > 1) return false;
  return line.from >= above.end && line.indent === above.indent;
}
