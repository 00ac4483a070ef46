import { Builder } from './builder.js';
import { stripCpu } from './cpu-prefix.js';
import { giveNames } from './forms/bare-names.js';
import { classifyMessage } from './forms/classify.js';
import { dispatch, glue, isStart } from './dispatch.js';
import { LineReader } from './normalise.js';
import { lostLineEnds } from './one-line.js';
import { mayArrow, STRING, stripMark, unmarked } from './line-marks.js';
import { CONSOLE_WIDTH, isFull } from './widths.js';
import { cutLine, dropFirst, joinLines, type Line } from './line.js';

const JOINS_MAX = 6;
/** What it says of the system that a logger names its kernel's file. */
const LOGGED = 3;

/** Columns in which a terminal's program breaks a long line, its back-slash in the last of them. */
const [BROKEN_MIN, BROKEN_MAX] = [72, 84];

/** A line of a report that a terminal's program has broken within a word, without the mark of it. */
function withoutBackslash(line: Line): Line | null {
  const { text } = line;
  const end = text.length - 1;
  if (text.charCodeAt(end) !== 92 || text.charCodeAt(end - 1) === 32) return null;
  // What stands before the text may have been there when the line was broken, or have come later.
  const bare = text.length + line.indent;
  const broken = line.width >= BROKEN_MIN && Math.min(bare, line.width) <= BROKEN_MAX && bare <= BROKEN_MAX;
  return broken && isStart(line) ? cutLine(line, end) : null;
}

/** Columns in which quoted-printable breaks a line, its mark in the last; tabs may be blanks by now. */
const [SOFT_MIN, SOFT_MAX] = [66, 79];

/**
 * A line of a report that quoted-printable has broken within a word, in a text that has no other trace of
 * that coding: its mark at the end is no part of it. A mailer breaks at blanks, where no such mark stands.
 */
function withoutSoftBreak(line: Line, next: Line): Line | null {
  const { text } = line;
  const end = text.length - 1;
  if (text.charCodeAt(end) !== 61 || !/[\w%$(),.+-]=$/.test(text)) return null;
  const width = text.length + line.indent;
  const follows = !next.afterBlank && next.indent === 0 && /^[\w%$(),.+-]/.test(next.text);
  // An offset ends with no such sign.
  const isOffset = /\+0x[0-9a-f]*=$/.test(text) && /^[0-9a-f]{1,4}(?:$|[ /])/.test(next.text);
  if (follows && isOffset) return cutLine(line, end);
  if (width < SOFT_MIN || width > SOFT_MAX || !follows) return null;
  return isStart(line) && !isStart(next) ? cutLine(line, end) : null;
}

/**
 * The lines that a fuzzer keeps in front of a console's text: what it made of it, in words of its own. The
 * console below says it by itself.
 */
const HEADER =
  /^(?:TITLE|TYPE|ALT|CORRUPTED|SUPPRESSED|FRAME|EXECUTOR|START|END|REPORT|LOG|PREFIX|REPRO|MANAGER|MAINTAINERS?|RECIPIENTS?)(?: ?\d{1,3})?:(?: |$)/;
/** One of these makes a header of such lines. */
const TITLED = /^(?:TITLE|ALT|FRAME): /;

/** The lines that were one for a mailer, which broke it elsewhere. */
function apart(line: Line): Line[] {
  const out: Line[] = [];
  let rest = line;
  let from = 0;
  for (const start of lostLineEnds(line.text)) {
    const piece = cutLine(rest, start - from);
    piece.text = piece.text.trimEnd();
    out.push(piece);
    rest = dropFirst(rest, start - from);
    from = start;
  }
  return [...out, rest];
}

/**
 * The lines of a log from its end on. One without a stamp goes on from the one that stands above it, which is
 * read after it.
 */
function inOrder(reader: LineReader): () => Line | null {
  let ahead: Line | null = null;
  return () => {
    const line = ahead ?? reader.next();
    ahead = null;
    if (line === null || line.stamp !== '' || isStart(line)) return line;
    ahead = reader.next();
    if (ahead === null || ahead.stamp === '') return line;
    if (ahead.row - line.row !== 1 || !isStart(ahead) || !isFull(ahead, line)) return line;
    const whole = joinLines(ahead, line, ahead.width === CONSOLE_WIDTH && line.indent === 0 ? '' : ' ');
    whole.stamp = ahead.stamp;
    ahead = null;
    return whole;
  };
}

interface Reading {
  builder: Builder;
  undone: Record<string, number>;
}

function feed(line: Line, b: Builder): void {
  if (dispatch(line, b)) b.wasRead(line);
  else b.keepProse(line);
}

/** Characters of a text's end by which it is told whether its last word can be whole. */
const TAIL = 80;

function readOnce(text: string, backwards: boolean): Reading {
  const reader = new LineReader(text, backwards);
  const b = new Builder(classifyMessage, backwards);
  const count = (what: string) => reader.count(what);
  const listing = { last: 0, arrows: mayArrow(text) || reader.quotedPrintable };
  if (!/[\r\n]$/.test(text.slice(-1))) {
    b.cutEnd = text.length;
    b.cutTail = text.slice(-TAIL);
  }
  const next = backwards ? inOrder(reader) : () => reader.next();
  const read = (): Line | null => {
    const found = next();
    return found === null ? null : stripCpu(stripMark(found, listing, count), count);
  };
  let line = read();
  /** The line before: where a blank one stands before each, none of them ends anything. */
  let last: Line | null = null;
  const header: Line[] = [];
  while (line !== null && !backwards && HEADER.test(line.text) && (header.length === 0 || !line.afterBlank)) {
    header.push(line);
    line = read();
  }
  if (!header.some((each) => TITLED.test(each.text))) for (const each of header) feed(each, b);
  while (line !== null) {
    // The header can stand in a mail, or below somebody's greeting.
    if (!backwards && line.text.charCodeAt(0) === 84 && line.text.startsWith('TITLE: ')) {
      do {
        header.push(line);
        line = read();
      } while (line !== null && HEADER.test(line.text) && !line.afterBlank);
      continue;
    }
    let next = read();
    // Nothing that a form reads or that was cut is this short; texts of tiny lines are the costliest
    // otherwise.
    if (line.text.length < 3) {
      b.keepProse(line);
      last = line;
      line = next;
      continue;
    }
    const single = line;
    let whole = true;
    for (let n = 0; n < JOINS_MAX && next !== null && (next.cpu < 0 || next.cpu === line.cpu); n++) {
      if (line.mark === STRING && next.mark !== STRING) break;
      if (next.afterBlank && last?.afterBlank === false) break;
      const rest: Line = unmarked(next, line);
      const broken = withoutBackslash(line) ?? withoutSoftBreak(line, rest);
      const between: string | null = broken === null ? glue(line, rest, whole) : '';
      if (broken !== null) line = broken;
      if (between === null) break;
      // A blank that stood at the console's edge keeps the count of columns.
      const column = (line.text.length + line.indent + between.length) % CONSOLE_WIDTH;
      if (between !== '' && column > 1) whole = false;
      const { mark }: Line = line;
      line = joinLines(line, rest, between);
      line.mark = mark;
      reader.count('wrapped');
      next = read();
    }
    if (line === single) feed(line, b);
    else for (const piece of apart(line)) feed(piece, b);
    last = line;
    line = next;
  }
  // A header alone is all that is left of the event.
  if (b.events.length === 0)
    for (const each of header) {
      const m = /^(?:TITLE|ALT): /.exec(each.text);
      if (m !== null) feed(dropFirst(each, m[0].length), b);
    }
  if (b.names.length > 0) giveNames(b);
  for (const system of reader.loggedBy) b.saw(system, LOGGED, true);
  b.voteByPointers();
  return { builder: b, undone: reader.undone };
}

/** The order of a panic's lines alone, which people rearrange, must be as clear as this. */
const LOOSE = 3;

/** Reads a text; a log table with its newest line first is read from its end. */
export function readText(text: string): Reading {
  const first = readOnce(text, false);
  const { ascending, descending, loosely } = first.builder;
  if (
    descending > ascending &&
    descending >= 2 &&
    (descending > loosely || descending >= LOOSE * ascending)
  ) {
    const second = readOnce(text, true);
    second.undone['newest first'] = 1;
    if (second.builder.ascending > second.builder.descending) {
      second.builder.damage.push({
        kind: 'reordered',
        what: 'lines',
        reason: 'the newest line stands first (a log table); the text was read from its end',
      });
      return second;
    }
  }
  return first;
}
