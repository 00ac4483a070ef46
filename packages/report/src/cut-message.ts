import type { Damage, PanicEvent } from './types.js';

/*
 * The line of a panic can stop before its message does: a writer or a list has left out the rest, the text
 * ends in it, a screen or a terminal had no more columns.
 */

/** The marks by which people and programs show that something is left out. */
const LEFT_OUT = /(?:\.\.\.?|\u2026|\[(?:\.\.\.|snip(?:ped)?|cut|\u2026)\])["')]?$/;

/** Columns below which no screen ends. */
const COLUMNS_MIN = 40;
/** Lines that end at the column at which a screen or a pager has cut them. */
const CUT_MIN = 4;
/** Lines of prose end within so many columns of the widest. */
const RAGGED = 12;

/** The column at which the lines of a text were cut, and how many were; undefined: they were not. */
function columnOfCut(text: string): { column: number; lines: number } | undefined {
  const widths = new Map<number, number>();
  let column = 0;
  for (let from = 0; from <= text.length; ) {
    const next = text.indexOf('\n', from);
    const end = next < 0 ? text.length : next;
    const width = end - from - (text.charCodeAt(end - 1) === 13 ? 1 : 0);
    widths.set(width, (widths.get(width) ?? 0) + 1);
    column = Math.max(column, width);
    from = end + 1;
  }
  const lines = widths.get(column) ?? 0;
  if (column < COLUMNS_MIN || lines < CUT_MIN) return undefined;
  // Of lines that end with a word, most end before the last column.
  let ragged = 0;
  for (let width = column - RAGGED; width < column; width++) ragged += widths.get(width) ?? 0;
  return ragged < lines ? { column, lines } : undefined;
}

type Columns = ReturnType<typeof columnOfCut>;

/** Why a message is likely not whole; undefined: nothing says so. */
function reasonOf(
  text: string,
  { value, span: [from, end] }: NonNullable<PanicEvent['message']>,
  columns: () => Columns,
): string | undefined {
  const mark = LEFT_OUT.exec(value)?.[0];
  if (mark !== undefined) return `it ends in "${mark}"`;
  const begins = text.lastIndexOf('\n', from - 1) + 1;
  // A text of one line is a message that somebody quotes.
  if (end === text.length && begins > 0) return 'the text ends in its line, and not with it';
  const next = text.charCodeAt(end);
  if (end - begins < COLUMNS_MIN || (next !== 10 && next !== 13)) return undefined;
  const cut = columns();
  if (cut === undefined || end - begins !== cut.column) return undefined;
  return `its line ends in column ${cut.column}, as ${cut.lines - 1} others do, and none is longer`;
}

/** Marks the messages that are likely cut, and says by what that is known. */
export function noteCutLines(
  text: string,
  events: readonly Pick<PanicEvent, 'message'>[],
  damage: Damage[],
): void {
  let columns: { of: Columns } | undefined;
  for (const { message } of events) {
    if (message === undefined || message.cut === true) continue;
    const reason = reasonOf(text, message, () => (columns ??= { of: columnOfCut(text) }).of);
    if (reason === undefined) continue;
    message.cut = true;
    damage.push({ kind: 'truncated', what: 'panic message', reason, span: message.span });
  }
}
