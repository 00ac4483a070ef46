import { htmlEscape } from 'escape-goat';
import { counted } from '../present/words.js';
import type { LineIndex } from '../present/places.js';
import { printable } from '../present/wrap.js';
import type { Mark } from './marks.js';

/** A text of more lines is shown around its marks only, with this many lines before and after. */
const LINES_SHOWN = 3000;
const CONTEXT_LINES = 20;
/** Characters of a line that are shown. */
const LINE_SHOWN = 1000;

/** The original with its lines numbered, and every piece that facts rest on marked with their numbers. */
export function originalHtml(text: string, index: LineIndex, marks: readonly Mark[]): string {
  const shown = linesShown(index, marks);
  const out: string[] = [];
  let next = 0;
  let active: Mark[] = [];
  let last = 0;
  for (const line of shown) {
    if (line > last + 1) out.push(gap(line - last - 1));
    last = line;
    const start = index.start(line);
    const end = line < index.count ? index.start(line + 1) : text.length;
    active = active.filter((each) => each.end > start);
    while (next < marks.length && marks[next]!.start < end) {
      if (marks[next]!.end > start) active.push(marks[next]!);
      next++;
    }
    const content = contentEnd(text, start, end);
    out.push(
      `<div class="line" id="L${line}" data-n="${line}">${lineHtml(text, start, content, active)}</div>`,
    );
  }
  if (index.count > last) out.push(gap(index.count - last));
  return out.join('\n');
}

function gap(lines: number): string {
  return `<div class="gap">${counted(lines, 'line')} left out</div>`;
}

/** The lines that a page shows: all, or those around the marks. */
function linesShown(index: LineIndex, marks: readonly Mark[]): number[] {
  if (index.count <= LINES_SHOWN) return Array.from({ length: index.count }, (_, i) => i + 1);
  const wanted = new Set<number>();
  for (const { start, end } of marks) {
    const first = Math.max(index.lineOf(start) - CONTEXT_LINES, 1);
    const last = Math.min(index.lineOf(end - 1) + CONTEXT_LINES, index.count);
    for (let line = first; line <= last && wanted.size < LINES_SHOWN; line++) wanted.add(line);
  }
  return [...wanted].sort((a, b) => a - b);
}

function contentEnd(text: string, start: number, end: number): number {
  while (end > start && (text[end - 1] === '\n' || text[end - 1] === '\r')) end--;
  return end;
}

/** A line in pieces: a new one wherever a mark begins or ends. */
function lineHtml(text: string, start: number, end: number, marks: readonly Mark[]): string {
  const limit = Math.min(end, start + LINE_SHOWN);
  // A mark that goes on from the line before begins with the words of this one.
  let words = start;
  while (words < limit && (text[words] === ' ' || text[words] === '\t')) words++;
  const cuts = new Set([start, words, limit]);
  for (const mark of marks)
    for (const at of [mark.start, mark.end]) if (at > words && at < limit) cuts.add(at);
  const sorted = [...cuts].sort((a, b) => a - b);
  let out = '';
  let column = 0;
  for (let i = 0; i + 1 < sorted.length; i++) {
    const [from, to] = [sorted[i]!, sorted[i + 1]!];
    const expanded = expandTabs(printable(text.slice(from, to), '\t'), column);
    column += expanded.length;
    const piece = htmlEscape(expanded);
    const over = from < words ? [] : marks.filter((each) => each.start <= from && each.end >= to);
    const facts = new Set(over.map((each) => each.fact));
    out += facts.size === 0 ? piece : `<mark data-facts="${[...facts].join(' ')}">${piece}</mark>`;
  }
  const more = end - limit;
  return more > 0 ? `${out}<span class="gap">${counted(more, 'character')} left out</span>` : out;
}

/** Tabs as a terminal sets them, for a text that begins in `column`. */
function expandTabs(text: string, column: number): string {
  let out = '';
  for (const [i, part] of text.split('\t').entries()) {
    if (i > 0) out += ' '.repeat(8 - ((column + out.length) % 8));
    out += part;
  }
  return out;
}
