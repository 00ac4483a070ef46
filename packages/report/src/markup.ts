import type { Line } from './line.js';
import { hexEnd, isAlpha } from './scan.js';

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  '#39': "'",
  '#34': '"',
  '#32': ' ',
  '#9': ' ',
  '#160': ' ',
};

/** `<br>` whose brackets are entities. */
const ESCAPED_BREAK = /^&lt;br ?\/?&gt;/;
const ESCAPED_MAX = 12;

/** Tags that trackers and mail archives wrap around a text. Anything else in angle brackets is text. */
const TAGS = new Set(
  'a b body blockquote br code dd details div dl dt em font h1 h2 h3 h4 html i li ol p pre samp span strong summary table tbody td th tr tt u ul'.split(
    ' ',
  ),
);
const BREAKS = new Set(['br', 'p', 'div', 'li', 'tr', 'pre', 'details', 'summary', 'blockquote']);

/** Builds the cleaned pieces of a line, remembering where every run of characters came from. */
class Pieces {
  readonly lines: Line[] = [];
  private text = '';
  private map: number[] = [];
  private expected = -1;
  /** Characters of tags and entities that a page does not show. */
  hidden = 0;
  /** A tag has ended the line. */
  broken = false;

  constructor(private readonly source: Line) {}

  /** Appends characters that stand together in the original from `origin` on. */
  add(run: string, origin: number): void {
    if (origin !== this.expected) this.map.push(this.text.length, origin);
    this.text += run;
    this.expected = origin + run.length;
  }

  /** Makes the next character start a new run. */
  jump(): void {
    this.expected = -1;
  }

  backspace(): void {
    if (this.text.length === 0) return;
    this.text = this.text.slice(0, -1);
    while (this.map.length > 0 && this.map[this.map.length - 2]! >= this.text.length) this.map.length -= 2;
    this.expected = -1;
  }

  flush(): void {
    const { text, map } = this;
    this.text = '';
    this.map = [];
    this.expected = -1;
    let i = 0;
    while (i < text.length && text.charCodeAt(i) <= 32) i++;
    let j = text.length;
    while (j > i && text.charCodeAt(j - 1) <= 32) j--;
    if (i >= j) return;
    const shifted: number[] = [];
    for (let k = 0; k < map.length; k += 2) {
      const pos = map[k]!;
      const next = k + 2 < map.length ? map[k + 2]! : text.length;
      if (next <= i || pos >= j) continue;
      shifted.push(Math.max(pos - i, 0), pos >= i ? map[k + 1]! : map[k + 1]! + (i - pos));
    }
    const at = shifted[1]!;
    this.lines.push({
      text: text.slice(i, j),
      at,
      from: this.lines.length === 0 ? this.source.from : at,
      row: this.source.row,
      endRow: this.source.endRow,
      // What a page shows of it: tags have no width.
      width: this.broken ? j : this.source.width - this.hidden,
      end: this.source.end,
      indent: this.lines.length === 0 ? this.source.indent + i : i,
      map: shifted.length === 2 ? null : shifted,
      stamp: '',
      low: '',
      cpu: -1,
      afterBlank: false,
      start: undefined,
      beginning: null,
      mark: '',
      words: -1,
      wordEnd: -1,
    });
  }
}

/**
 * Undoes HTML (entities, tags), terminal control sequences, back-spaces, pager prompts, Markdown fences and
 * the tar headers of a textdump. One line can become several.
 *
 * @param coded what the text has of MIME's quoted-printable
 */
export function stripMarkup(line: Line, count: (what: string) => void, coded: Coded = 'nothing'): Line[] {
  const s = line.text;
  const out = new Pieces(line);
  let i = 0;
  while (i < s.length) {
    const c = s.charCodeAt(i);
    let next = i + 1;
    if (c === 38) next = entity(s, i, line.at, out, count);
    else if (c === 61 && isCoded(s, i, coded)) next = quotedByte(s, i, line.at, out, count);
    else if ((c === 0x201c || c === 0x201d) && OF_CHECK.test(s)) out.add('"', line.at + i);
    else if (c === 60) next = tag(s, i, line.at, out, count);
    else if (c === 27) {
      next = escapeEnd(s, i);
      out.jump();
      count('terminal');
    } else if (c === 8 || c === 127) {
      out.backspace();
      count('terminal');
    } else if (c === 96) {
      // Code fences, and spans around a whole line. Inside a line it is a quote mark, which the recipe is
      // told by.
      if (i === 0 && s.startsWith('```')) {
        out.jump();
        next = fenceEnd(s);
        count('markdown');
      } else if (i === 0 || (i === s.length - 1 && !closesInside(s))) {
        out.jump();
        count('markdown');
      } else if (closesSpan(s, i)) {
        next = s.length;
        out.jump();
        count('markdown');
      } else out.add('`', line.at + i);
    } else if (c === 0xa0) out.add(' ', line.at + i);
    else if (c < 32 || c === 0x200b) out.jump();
    else {
      while (
        next < s.length &&
        !isOdd(s.charCodeAt(next)) &&
        (coded === 'nothing' || s.charCodeAt(next) !== 61)
      )
        next++;
      out.add(s.slice(i, next), line.at + i);
    }
    i = next;
  }
  out.flush();
  return out.lines;
}

/** What a text has of MIME's quoted-printable: all of it, or equals signs in it alone. */
export type Coded = 'nothing' | 'equals signs' | 'all';

function isCoded(s: string, i: number, coded: Coded): boolean {
  return coded === 'all' || (coded === 'equals signs' && s.startsWith('=3D', i));
}

/** A failed check's words, whose quotation marks a mailer or a page has bent. */
const OF_CHECK = /(?:assertion|file:?) \u201c/i;

/** `=3D`, `=20`, and the `=` that ends a line which goes on in the next. */
function quotedByte(s: string, i: number, at: number, out: Pieces, count: (what: string) => void): number {
  out.jump();
  count('quoted-printable');
  if (i === s.length - 1) return i + 1;
  if (hexEnd(s.slice(i + 1, i + 3), 0) < 2) {
    out.add('=', at + i);
    return i + 1;
  }
  const code = Number.parseInt(s.slice(i + 1, i + 3), 16);
  if (code >= 32 && code < 127) out.add(String.fromCharCode(code), at + i);
  else if (code === 9 || code === 0xa0) out.add(' ', at + i);
  out.jump();
  return i + 3;
}

/** Characters beyond those of one byte that are looked at: a blank of no width, bent quotation marks. */
const isWide = (c: number): boolean => c === 0x200b || c === 0x201c || c === 0x201d;

function isOdd(c: number): boolean {
  return c < 32 || c === 38 || c === 60 || c === 96 || c === 127 || c === 0xa0 || isWide(c);
}

/** What stands within the back-ticks that a line begins with: nothing of a fence; null if there are none. */
export function codeSpan(s: string): [number, number] | null {
  let from = 0;
  if (s.startsWith('```')) from = fenceEnd(s);
  else if (s.charCodeAt(0) === 96) from = 1;
  if (from === 0) return null;
  let to = s.length;
  while (to > from && s.charCodeAt(to - 1) === 96) to--;
  return [from, to];
}

/** Whether the back-tick at the end of a line is one of a pair whose other half stands inside it. */
function closesInside(s: string): boolean {
  return s.charCodeAt(0) !== 96 && s.split('`').length % 2 === 1;
}

/** Whether the line from `i` on is the end of a span of several back-ticks that began with the line. */
function closesSpan(s: string, i: number): boolean {
  let end = i;
  while (s.charCodeAt(end) === 96) end++;
  // A fence closes at the end of a line, wherever it opened.
  return end === s.length && (s.charCodeAt(0) === 96 || end - i >= 3);
}

function fenceEnd(s: string): number {
  let i = 3;
  while (s.charCodeAt(i) === 32) i++;
  while (i < s.length && (isAlpha(s.charCodeAt(i)) || s.charCodeAt(i) === 96)) i++;
  return i === s.length ? i : 3;
}

function entity(s: string, i: number, at: number, out: Pieces, count: (what: string) => void): number {
  // The search is bounded: a line of nothing but ampersands must stay linear.
  const semi = s.slice(i + 1, i + 9).indexOf(';');
  if (semi > 0) {
    const name = s.slice(i + 1, i + 1 + semi).toLowerCase();
    // A line end that was written as one and then once more for a page.
    const twice = name === 'lt' ? ESCAPED_BREAK.exec(s.slice(i, i + ESCAPED_MAX)) : null;
    if (twice !== null) {
      count('html');
      out.flush();
      out.broken = true;
      return i + twice[0].length;
    }
    let value = ENTITIES[name];
    if (value === undefined && name.startsWith('#x')) {
      const code = Number.parseInt(name.slice(2), 16);
      if (code >= 32 && code < 127) value = String.fromCharCode(code);
    }
    if (value !== undefined) {
      count('html');
      out.jump();
      out.add(value, at + i);
      out.jump();
      out.hidden += 1 + semi;
      return i + 2 + semi;
    }
  }
  out.add('&', at + i);
  return i + 1;
}

function tag(s: string, i: number, at: number, out: Pieces, count: (what: string) => void): number {
  let j = i + 1;
  if (s.charCodeAt(j) === 47) j++;
  const nameStart = j;
  while (j < s.length && j - nameStart < 12 && isTagChar(s.charCodeAt(j))) j++;
  const name = s.slice(nameStart, j).toLowerCase();
  if (TAGS.has(name)) {
    const close = s.slice(j, j + 400).indexOf('>');
    const plain = close === 0 || s.charCodeAt(j) === 32 || s.charCodeAt(j) === 47;
    if (close >= 0 && plain) {
      count('html');
      if (BREAKS.has(name)) {
        out.flush();
        out.broken = true;
      } else out.jump();
      out.hidden += j + close + 1 - i;
      return j + close + 1;
    }
  }
  out.add('<', at + i);
  return i + 1;
}

function isTagChar(c: number): boolean {
  return isAlpha(c) || (c >= 49 && c <= 52);
}

/** End of the terminal control sequence at `i`. */
function escapeEnd(s: string, i: number): number {
  const c = s.charCodeAt(i + 1);
  if (c === 91) {
    let j = i + 2;
    while (j < s.length && j < i + 32) {
      const d = s.charCodeAt(j);
      j++;
      if (d >= 64 && d <= 126) return j;
    }
    return j;
  }
  return Math.min(i + 2, s.length);
}
