import { isStart } from './dispatch.js';
import { cutLine, dropFirst, type Line } from './line.js';
import { unescaped } from './escaped.js';
import { stripLogPrefix } from './prefixes.js';

/*
 * What stands before a line of a report and is no part of it: the prompt that the console had printed, the
 * mark of a comment or of a difference. It is taken off only where a line of a report follows, so that shell
 * prompts, numbered frames and rows of tables stay as they are.
 */

const LOGIN = /^(?:[\w.-]{1,40} )?(?:login|password): ?(?=\S)/i;
/** Fields that go on from the line above stand far behind the mark. */
const COMMENT = /^(?:[#*+%;|$]|\/\/|--|REM)[ \t]{1,48}(?=\S)/;
/** A comment that quotes a line: `# "Fatal trap 12: page fault while in kernel mode" seen.` */
const QUOTING =
  /^(?:#|\*|\/\/|;|--)[ \t]{1,8}"(?=[^"]{12,200}"[ .,;]*(?:(?:was |is )?(?:seen|reported|fixed)\b|$))/;
const DIFFERENCE = /^\+(?=[A-Za-z#])/;
const MARKS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [LOGIN, 'console prompt'],
  [COMMENT, 'comment'],
  [DIFFERENCE, 'comment'],
];

/** A line of a program that is a string and little else: `"panic: zorp\n" +`, `"trap number\t= 12",`. */
const LITERAL = /^\$?["']((?:[^"'\\]|\\[abefnrtv0"'\\]){4,400})["'] {0,8}(?:[,;+)\\\]]|$)/;
/** The mark of a line that was a string: only another string goes on from it. */
export const STRING = '"';

/** Line ends at the beginning of a string, and the first of its lines. */
const LEADING = /^(?:\\[rn])*/;
const FIRST_LINE = /^(?:[^\\]|\\[^rn0])*/;

/** The text of a line of a report that a program holds as a string. */
function literal(line: Line, count: (what: string) => void): Line {
  const m = LITERAL.exec(line.text);
  if (m === null) return line;
  const lead = LEADING.exec(m[1]!)![0].length;
  const inner = FIRST_LINE.exec(m[1]!.slice(lead))![0];
  const from = (line.text.charCodeAt(0) === 36 ? 2 : 1) + lead;
  const rest = dropFirst(
    {
      ...line,
      ...unescaped(line, from, from + inner.length),
      indent: 0,
      low: '',
      beginning: null,
      wordEnd: -1,
    },
    0,
  );
  if (!isStart(rest)) return line;
  rest.mark = STRING;
  count('string literal');
  return rest;
}

/** The number of a line in a listing (`grep -n`), without a blank behind it. */
const NUMBER = /^\d{1,6}:(?=[^\s:])/;
const NUMBERED = /^\d{1,6}:[ \t]+/;

/** A line that goes on from one whose mark was taken off, without that mark. */
export function unmarked(line: Line, before: Line): Line {
  if (before.mark === '' || before.mark === STRING) return line;
  if (before.mark === '1:') {
    const m = NUMBERED.exec(line.text);
    return m === null ? line : dropFirst(line, m[0].length);
  }
  return line.text.startsWith(before.mark) ? dropFirst(line, before.mark.length) : line;
}

/** Numbers that a listing can leave out: empty lines, and lines whose colon was lost. */
const LEFT_OUT = 8;

/** What goes before a line: whether it stands in a numbered listing, and at which number. */
export interface Listing {
  last: number;
  /** Whether a line of the text can have an arrow. */
  arrows: boolean;
}

/** Whether a text has what an arrow begins with, or what it can be written with. */
export const mayArrow = (text: string): boolean =>
  text.includes('<') || text.includes('\u2190') || text.includes('&') || text.includes('\\');

/** A line of a numbered listing: one that begins like a line of a report, or that goes on from one. */
function numbered(line: Line, listing: Listing, count: (what: string) => void): Line {
  const m = NUMBER.exec(line.text);
  if (m === null) return line;
  const number = Number.parseInt(m[0], 10);
  const rest = dropFirst(line, m[0].length);
  const goesOn = listing.last > 0 && number > listing.last && number <= listing.last + LEFT_OUT;
  if (!goesOn && !isStart(rest)) return line;
  listing.last = number;
  rest.indent = line.indent;
  rest.mark = '1:';
  count('line number');
  return rest;
}

/** An item of a list, and marks that set off what it begins with. */
const ITEM = /^(?:([-+*\u2022]|\d{1,3}[.)])[ \t]{1,4})?(\*\*|__)?(`)?(?=[A-Za-z])/;
/** Of an item that sets nothing off, lines that no sentence begins like. */
const LISTED =
  /^(?:fatal (?:trap \d|double fault|(?:data|instruction) abort|page fault)|(?:fault virtual address|fault code|(?:instruction|stack|frame) pointer|code segment|processor eflags|current process|trap number)\s*=|(?:far|elr|esr|spsr|x\d{1,2}): *(?:0x)?[0-9a-f]{1,16}\b)/i;
/** Between what an item sets off and what its writer says of it. */
const SAID_OF_IT = /^[*_]{0,2}(?:$|[.,;:]$|:? +[-\u2013\u2014] |: )/;

/** A line of a report as the item of a list, or set off at the head of one: `  - \`far: 0x18\``. */
function listed(line: Line): Line | null {
  const { text } = line;
  const m = ITEM.exec(text);
  if (m === null || m[0] === '') return null;
  const [head, bullet, bold, tick] = m;
  const close = tick ?? bold;
  if (close === undefined) return LISTED.test(text.slice(head.length)) ? dropFirst(line, head.length) : null;
  const end = text.indexOf(close, head.length);
  if (end < 0) return null;
  const behind = text.slice(end + close.length);
  // Of anything but a panic that is set off in a sentence, the sentence may be about something else.
  const whole = /^[*_]{0,2}[.,;:]?$/.test(behind);
  const heads = (bullet !== undefined || bold !== undefined) && SAID_OF_IT.test(behind);
  if (!whole && !(heads && /^panic: /i.test(text.slice(head.length)))) return null;
  const rest = dropFirst(cutLine(line, end), head.length);
  if (!isStart(rest) || isProse(rest.text)) return null;
  // The next line is none of what was set off.
  rest.mark = STRING;
  return rest;
}

/** What opens and closes a text within a page that is a program: {`Fatal trap 12: ..`} */
const [BRACED, UNBRACED] = [/^\{`(?=[A-Za-z#])/, /`\}[;,)]?$/];

/** A line without the brace and the back-tick by which such a text begins, or ends. */
function unbraced(line: Line): Line {
  const from = BRACED.exec(line.text)?.[0].length ?? 0;
  const to = UNBRACED.exec(line.text)?.index ?? line.text.length;
  if (from === 0 && to === line.text.length) return line;
  const rest = dropFirst(cutLine(line, to), from);
  if (!isStart(rest)) return line;
  rest.indent = line.indent;
  return rest;
}

/** What a writer has put behind a line, with an arrow to it: `zorp_get() at zorp_get+0x1c   <-- null here`. */
const NOTES = ['\u2190', '<--', '<=='];

/** Takes off the note behind a line of a report. */
function stripNote(line: Line, count: (what: string) => void): Line {
  const { text } = line;
  if (!text.includes('<') && !text.includes(NOTES[0]!)) return line;
  for (const arrow of NOTES) {
    const at = text.indexOf(arrow);
    if (at < 4 || text.charCodeAt(at - 1) !== 32) continue;
    const rest = cutLine(line, at);
    rest.text = rest.text.trimEnd();
    if (!isStart(rest)) continue;
    count('note');
    return rest;
  }
  return line;
}

/** The line that a comment quotes; a panic in quotation marks is read as one where it stands. */
function quotedLine(line: Line): Line | null {
  const m = QUOTING.exec(line.text);
  if (m === null) return null;
  const rest = dropFirst(cutLine(line, line.text.indexOf('"', m[0].length)), m[0].length);
  if (!isStart(rest) || /^panic/i.test(rest.text)) return null;
  // The next line of the comment is no part of it.
  rest.mark = STRING;
  return rest;
}

/** Takes off the mark before a line of a report, and the note behind it. */
export function stripMark(marked: Line, listing: Listing, count: (what: string) => void): Line {
  const noted = listing.arrows ? stripNote(marked, count) : marked;
  const line = mayBrace(noted.text) ? unbraced(noted) : noted;
  const { text } = line;
  const first = text.charCodeAt(0);
  if (mayList(first)) {
    const item = listed(line);
    if (item !== null) {
      count('markdown');
      return item;
    }
  }
  if (first === 34 || first === 39 || first === 36) {
    const found = literal(line, count);
    if (found !== line) return found;
  }
  if (first >= 48 && first <= 57) return numbered(line, listing, count);
  if (!canMark(first, text)) return line;
  const quoted = text.includes('"') ? quotedLine(line) : null;
  if (quoted !== null) {
    count('comment');
    return quoted;
  }
  for (const [pattern, what] of MARKS) {
    const m = pattern.exec(text);
    if (m === null) continue;
    let rest = dropFirst(line, m[0].length);
    // The kernel stamps its line, whatever stands before it on the console.
    const stamp = pattern === LOGIN ? stripLogPrefix(rest.text) : null;
    if (stamp !== null) rest = dropFirst(rest, stamp.length);
    if (!isStart(rest) || isProse(rest.text)) continue;
    rest.indent = line.indent;
    if (pattern === COMMENT) rest.mark = m[0];
    count(what);
    return rest;
  }
  return line;
}

/** `# dump -0af /dev/nsa0` begins like the dump line of a console, and is a command. */
function isProse(text: string): boolean {
  return /^(?:dump -|savecore |version |release |current (?!(?:process|thread)\s*=)|processor (?!eflags\s*=))/i.test(
    text,
  );
}

/** Whether a line can begin or end as `unbraced` looks for. */
function mayBrace(text: string): boolean {
  const end = text.length - 1;
  const last = text.charCodeAt(end);
  // `{`; `}`, also in front of `;` and `)`
  if (text.charCodeAt(0) === 123 || last === 125) return true;
  return (last === 59 || last === 41) && text.charCodeAt(end - 1) === 125;
}

/** Whether a line with this first character can be an item of a list, or be set off. */
const mayList = (c: number): boolean =>
  c === 45 || c === 42 || c === 43 || c === 95 || c === 0x2022 || (c >= 48 && c <= 57);

function canMark(c: number, text: string): boolean {
  if (c < 48) return c === 35 || c === 42 || c === 43 || c === 37 || c === 36 || c === 47 || c === 45;
  if (c === 59 || c === 124) return true;
  return c === 80 ? text.startsWith('Password:') : text.indexOf('ogin: ') > 0;
}
