import { cutLine, dropFirst, joinLines, type Line } from './line.js';
import { isEscaped, StringEnds, unescaped } from './escaped.js';
import { codeSpan, type Coded, stripMarkup } from './markup.js';
import { lostLineEnds, partOf } from './one-line.js';
import { stripLogPrefix, stripQuote, tarHeader } from './prefixes.js';
import { isLoneReturn, skipBlanks } from './scan.js';

/**
 * Lines longer than this are cut: no kernel prints one, and it bounds what any scanner can spend on a line.
 */
const LINE_MAX = 4096;

/** What is counted of lines that held several. */
export const ONE_LINE = 'one line';

/** The kernel's file at the end of a logger's prefix. */
const KERNEL_FILE = /(?:^| )\/(bsd|netbsd)(?:\.\w{1,12})?:$/;

/** Lines that breaks of quoted-printable can have made of one. */
const SOFT_BREAKS_MAX = 64;

/** How far into a text the headers of a mail can stand. */
const HEADERS_MAX = 65536;

const SAYS_SO = /^content-transfer-encoding: *quoted-printable/im;

/** The end of a line as it writes them; padding behind it counts for nothing, and a web page adds its own. */
const BREAK = /=(?:20)?[ \t]*(?:<br ?\/?>)?[\r\n]/;
/** A web page's line end at the end of a line. */
const PAGE_BREAK = /[ \t]*<br ?\/?>$/i;

/** The same behind quotation marks, or the prefix of a logger. */
const MARKED_SO = /^[^\n]{0,60}[\s>|:]content-transfer-encoding: *quoted-printable *$/im;

/** Whether a text is in MIME's quoted-printable: it says so, or it has both of its marks. */
function isQuotedPrintable(text: string): boolean {
  if (text.includes('uoted-printable')) {
    const head = text.slice(0, HEADERS_MAX);
    // Somebody may have put his own marks before the headers.
    if (SAYS_SO.test(head) || (MARKED_SO.test(head) && BREAK.test(text))) return true;
  }
  return text.includes('=3D') && BREAK.test(text);
}

/** An equals sign of a trap's block, where the archive of a list has lost the headers and the breaks. */
const SIGN = /[ \t]=3D[ \t]/;
const OTHER_SIGN = /=(?!3D)/;

/** Whether equals signs are written as MIME does it: those of a block, or several and no other. */
function hasCodedSigns(text: string): boolean {
  const at = text.indexOf('=3D');
  if (at < 0) return false;
  return SIGN.test(text) || (text.includes('=3D', at + 1) && !OTHER_SIGN.test(text));
}

/** Two lines without a blank one between them. */
const SINGLE = /\S[ \t\r]*\n[ \t]*\S/;
/** Lines of a text whose spacing can be told; a few less where it had blank lines of its own. */
const SPACED = /^(?:\s*\S[^\n]*\n){8}/;
const SPACED_OUT = /^(?:\s*\S[^\n]*\n){3}/;
const OWN_BLANK = /\n[ \t\r]*\n[ \t\r]*\n[ \t\r]*\n/;

/** Whether a blank line stands behind each line of a text, as some web pages and mailers put it there. */
function isDoubled(text: string): boolean {
  return (
    text.includes('\n\n') &&
    !SINGLE.test(text) &&
    (SPACED.test(text) || (SPACED_OUT.test(text) && OWN_BLANK.test(text)))
  );
}

/** Lines by which it can be told that a text is indented as a whole. */
const INSET_LINES = 3;

/** Blanks that stand before every line of a text: whoever indented it has put them there. */
export function insetOf(text: string): number {
  let least = Infinity;
  let lines = 0;
  for (let from = 0; from < text.length; ) {
    const next = text.indexOf('\n', from);
    const end = next < 0 ? text.length : next;
    let i = from;
    while (i < end && isPadding(text.charCodeAt(i))) i++;
    if (i < end) {
      if (i === from) return 0;
      least = Math.min(least, i - from);
      lines++;
    }
    from = end + 1;
  }
  return lines < INSET_LINES ? 0 : least;
}

/** Characters that need a closer look: control characters, markup, hard blanks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ODD = /[\u0000-\u0008\u000b\u000c\u000e-\u001f&<`\u007f\u00a0\u200b\u201c\u201d]/g;
const TABS = /\t/g;

/** Of the coding, at the beginning of a text. */
const MARK = 0xfeff;

function isPadding(c: number): boolean {
  return c === 32 || c === 9 || c === 0 || c === 10 || c === 13 || c === 160 || c === MARK;
}

/**
 * Turns bytes into text: UTF-16 by its mark, UTF-8 if it is valid, else one character a byte (no byte is
 * refused).
 */
export function decodeText(input: string | Uint8Array): string {
  if (typeof input === 'string') return input;
  // Not every caller has a compiler that looks.
  if (!((input as unknown) instanceof Uint8Array))
    throw new RangeError('a report is a string or a Uint8Array of its bytes');
  if (input.length >= 2 && input[0] === 0xff && input[1] === 0xfe)
    return new TextDecoder('utf-16le').decode(input);
  if (input.length >= 2 && input[0] === 0xfe && input[1] === 0xff)
    return new TextDecoder('utf-16be').decode(input);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(input);
  } catch {
    return new TextDecoder('latin1').decode(input);
  }
}

/** A row of a table ends in its own bar. */
function dropBar(line: Line): Line {
  let end = line.text.length;
  if (line.text.charCodeAt(end - 1) !== 124) return line;
  end--;
  while (end > 0 && line.text.charCodeAt(end - 1) === 32) end--;
  return { ...line, text: line.text.slice(0, end), low: '', start: undefined, beginning: null, wordEnd: -1 };
}

/**
 * Reads a text line by line, undoing on the way what mailers, loggers and terminals did to it. It holds one
 * line at a time, so that memory does not grow with the text.
 */
export class LineReader {
  /** What was undone, and on how many lines. */
  readonly undone: Record<string, number> = {};
  /** Systems by the kernels that loggers name in front of lines. */
  readonly loggedBy = new Set<'OpenBSD' | 'NetBSD'>();
  private pos: number;
  private nextCr: number;
  private nextLf: number;
  /** Where the next odd character stands, from the latest line on; behind the end if there is none. */
  private nextOdd = -1;
  private limit: number;
  private readonly queue: Line[] = [];

  /** `backwards` gives the lines last first: log tables list the newest line first. */
  constructor(
    private readonly text: string,
    private readonly backwards = false,
  ) {
    this.pos = 0;
    this.limit = text.length;
    this.quotedPrintable = !backwards && isQuotedPrintable(text);
    if (this.quotedPrintable) this.coded = 'all';
    else if (hasCodedSigns(text)) this.coded = 'equals signs';
    this.strings = !backwards && isEscaped(text) ? new StringEnds(text) : null;
    this.doubled = isDoubled(text);
    this.inset = insetOf(text);
    this.tabs = text.includes('\t');
    this.tar = text.includes('ustar');
    this.nextCr = text.indexOf('\r');
    this.nextLf = text.indexOf('\n');
    if (this.nextCr < 0) this.nextCr = text.length;
    if (this.nextLf < 0) this.nextLf = text.length;
  }

  count(what: string): void {
    this.undone[what] = (this.undone[what] ?? 0) + 1;
  }

  /** The next line that holds anything, or null at the end. */
  next(): Line | null {
    let line = this.nextLine();
    if (!this.quotedPrintable) return line;
    for (let n = 0; n < SOFT_BREAKS_MAX && line !== null && this.soft; n++) {
      const blank = this.softBlank;
      this.goesOn = true;
      this.quotesOf = this.quotes;
      this.barsOf = this.bars;
      this.logsOf = this.logs;
      const more = this.nextLine();
      this.goesOn = false;
      if (more === null) break;
      line = joinLines(line, more, blank || more.indent > 0 ? ' ' : '');
    }
    return line;
  }

  private nextLine(): Line | null {
    this.soft = false;
    let blanks = 0;
    for (;;) {
      if (this.queue.length > 0) return this.queue.shift()!;
      const raw = this.backwards ? this.rawBackwards() : this.rawForwards();
      if (raw < 0) return null;
      this.row++;
      const line = this.clean(raw, this.rawEnd);
      if (line === null) {
        blanks++;
        continue;
      }
      // Of a text that is read from its end, the blank line stands after it.
      line.afterBlank = blanks > (this.doubled ? 1 : 0) && !this.backwards;
      return line;
    }
  }

  private rawEnd = 0;
  /** Number of the latest raw line. */
  private row = -1;
  /** A blank line stands behind every line: it ends nothing. */
  private readonly doubled: boolean;
  /** Blanks before every line of the text. */
  private readonly inset: number;
  /**
   * The text is a mail as it is stored: `=3D` is an equals sign, and an `=` at the end of a line a break to
   * undo.
   */
  readonly quotedPrintable: boolean;
  private readonly coded: Coded = 'nothing';
  /** The text has tabs. */
  private readonly tabs: boolean;
  /** The text has the word that the headers of tar have. */
  private readonly tar: boolean;
  /** The lines of the text stand in strings. */
  private readonly strings: StringEnds | null;
  /** The latest line ends in such a break. */
  private soft = false;
  /** A blank stands before it. */
  private softBlank = false;
  /** The line that is read goes on where another was broken: it has no prefixes of its own. */
  private goesOn = false;
  /** Quotation marks, bars, loggers' prefixes before the latest line, and before the one that goes on. */
  private quotes = 0;
  private quotesOf = 0;
  private bars = 0;
  private barsOf = 0;
  private logs = 0;
  private logsOf = 0;

  private rawForwards(): number {
    const { text } = this;
    if (this.pos >= text.length) return -1;
    const start = this.pos;
    if (this.nextLf < start) {
      this.nextLf = text.indexOf('\n', start);
      if (this.nextLf < 0) this.nextLf = text.length;
    }
    if (this.nextCr < start) {
      this.nextCr = text.indexOf('\r', start);
      if (this.nextCr < 0) this.nextCr = text.length;
    }
    let end = Math.min(this.nextLf, this.nextCr);
    const cut = this.strings?.cut(start, Math.min(end, start + LINE_MAX)) ?? null;
    if (cut !== null) {
      this.count('string literal');
      this.pos = cut.next;
      this.rawEnd = cut.end;
      return cut.start;
    }
    if (end - start > LINE_MAX) {
      end = start + LINE_MAX;
      // The search for a blank stays inside the piece: over the whole text it would be quadratic.
      const blank = text.slice(start, end).lastIndexOf(' ');
      if (blank > LINE_MAX / 2) end = start + blank;
      this.count('long line');
      this.pos = end;
    } else {
      this.pos = end + 1;
      // A carriage return in front of a line feed, or behind it, ends the same line; on its own it is a
      // terminal going back to the first column (`--More--`, progress figures), and what follows is a line of
      // its own.
      if (end === this.nextCr && this.nextLf === end + 1) this.pos = end + 2;
      if (this.pos > this.nextLf && isLoneReturn(text, this.pos)) this.pos++;
    }
    this.rawEnd = end;
    return start;
  }

  private rawBackwards(): number {
    const { text } = this;
    if (this.limit <= 0) return -1;
    let end = this.limit;
    const last = text.charCodeAt(end - 1);
    if (last === 10 || last === 13) end--;
    if (last === 13 && text.charCodeAt(end - 1) === 10) end--;
    // The search for the start is bounded, so that a text without line ends stays linear.
    const floor = Math.max(0, end - LINE_MAX);
    let start = end;
    while (start > floor) {
      const c = text.charCodeAt(start - 1);
      if (c === 10 || c === 13) break;
      start--;
    }
    this.limit = Math.min(start, end);
    this.rawEnd = end;
    return start;
  }

  /**
   * Cleans the raw line [start, end); null if nothing is left of it. Further pieces of it go to the queue.
   */
  private clean(start: number, end: number): Line | null {
    const { text } = this;
    const rawEnd = end;
    let i = start;
    while (end > i && isPadding(text.charCodeAt(end - 1))) end--;
    while (i < end && isPadding(text.charCodeAt(i))) i++;
    if (i >= end) return null;
    let s = text.slice(i, end);
    const page = text.charCodeAt(end - 1) === 62 ? PAGE_BREAK.exec(s) : null;
    if (page !== null) {
      this.count('html');
      end = i + page.index;
      while (end > i && isPadding(text.charCodeAt(end - 1))) end--;
      if (i >= end) return null;
      s = text.slice(i, end);
    }
    if (this.quotedPrintable) {
      this.soft = s.endsWith('=');
      this.softBlank = s.endsWith(' =');
    }
    const odd = this.hasOdd(i, end) || (this.coded !== 'nothing' && s.includes('='));
    const tabs = this.tabs && s.includes('\t');
    if (tabs) s = s.replace(TABS, ' ');
    const line: Line = {
      text: s,
      at: i,
      from: start,
      row: this.doubled ? this.row >> 1 : this.row,
      endRow: this.doubled ? this.row >> 1 : this.row,
      width: end - start,
      end: rawEnd,
      indent: Math.max(0, i - start - this.inset),
      map: null,
      stamp: '',
      low: '',
      cpu: -1,
      afterBlank: false,
      start: undefined,
      beginning: null,
      mark: '',
      words: -1,
      wordEnd: -1,
    };
    if (this.strings !== null && s.includes('\\')) Object.assign(line, unescaped(line, 0, s.length));
    return odd ? this.finishOdd(line) : this.finish(line);
  }

  /** Whether a character between two places of the text needs a closer look; most texts have none. */
  private hasOdd(start: number, end: number): boolean {
    const { text } = this;
    if (this.nextOdd < start || this.backwards) {
      // Of a text that is read from its end, what lies behind the line has been searched.
      const within = this.backwards ? text.slice(0, end) : text;
      ODD.lastIndex = start;
      this.nextOdd = ODD.exec(within)?.index ?? text.length;
    }
    return this.nextOdd < end;
  }

  private finishOdd(line: Line): Line | null {
    const pieces = stripMarkup(line, (what) => this.count(what), this.coded);
    if (this.backwards) pieces.reverse();
    let first: Line | null = null;
    for (const piece of pieces) {
      const done = this.finish(piece);
      if (done === null) continue;
      if (first === null) first = done;
      else this.queue.push(done);
    }
    return first;
  }

  /** Takes off quote marks and log prefixes, in whatever order they were put on. */
  private finish(line: Line): Line | null {
    let stamp = '';
    if (this.goesOn) line = this.withoutPrefixes(line);
    else this.quotes = this.bars = this.logs = 0;
    const whole = line;
    for (let round = 0; round < 8 && line.text.length > 0 && !this.goesOn; round++) {
      const quote = stripQuote(line.text);
      if (quote > 0) {
        const indent = skipBlanks(line.text, quote) - quote;
        this.quotes += line.text.slice(0, quote).split('>').length - 1;
        if (line.text.charCodeAt(0) === 124) this.bars++;
        line = dropFirst(line, quote);
        line.indent = indent;
        this.count('quoted');
        continue;
      }
      const prefix = stripLogPrefix(line.text);
      if (prefix === null) break;
      this.logs++;
      // One blank after a prefix belongs to it, unless the prefix ends in its own mark.
      const indent =
        skipBlanks(line.text, prefix.length) - prefix.length - (prefix.what === 'priority' ? 0 : 1);
      if (prefix.what === 'syslog') this.noteKernel(line.text, prefix.length);
      line = dropFirst(line, prefix.length);
      line.indent = Math.max(indent, 0);
      if (prefix.table === true) line = dropBar(line);
      if (prefix.stamp !== '') stamp = prefix.stamp;
      this.count(prefix.what);
    }
    if (line !== whole && line.text.includes('`')) line = this.withoutTicks(line);
    line.stamp = stamp;
    const pieces = this.apartFromHeaders(line);
    if (pieces !== null) {
      const [first] = pieces;
      this.queue.push(...pieces.slice(1));
      // What stands behind a header is a line as it was.
      if (first === undefined || first.at !== line.at) return first ?? null;
      line = first;
    }
    return line.text.length > 0 ? this.breakUp(line) : null;
  }

  /** Loggers name the file that the kernel was started from, and two systems have one of their own. */
  private noteKernel(text: string, end: number): void {
    const found = KERNEL_FILE.exec(text.slice(0, end).trimEnd())?.[1];
    if (found !== undefined) this.loggedBy.add(found === 'bsd' ? 'OpenBSD' : 'NetBSD');
  }

  /** The pieces of a line before, between and behind headers of a textdump; null if it has none. */
  private apartFromHeaders(line: Line): Line[] | null {
    // Of a line that stands in the text as it is.
    if (!this.tar && line.map === null) return null;
    let tar = tarHeader(line.text);
    if (tar === null) return null;
    const pieces: Line[] = [];
    let rest = line;
    for (; tar !== null; tar = tarHeader(rest.text)) {
      this.count('textdump header');
      if (tar[0] > 0) pieces.push({ ...rest, text: rest.text.slice(0, tar[0]) });
      rest = dropFirst(rest, tar[1]);
      rest.indent = 0;
      rest.width -= tar[1];
    }
    if (rest.text.length > 0) pieces.push(rest);
    return pieces;
  }

  /** A line behind its prefixes, without Markdown's back-ticks, as they are taken off one that has none. */
  private withoutTicks(line: Line): Line {
    const span = codeSpan(line.text);
    if (span === null) return line;
    this.count('markdown');
    const rest = dropFirst(cutLine(line, span[1]), span[0]);
    rest.indent = line.indent;
    rest.text = rest.text.trimEnd();
    return rest;
  }

  /** The rest of a line that was broken, without the prefixes that the line has from which it goes on. */
  private withoutPrefixes(line: Line): Line {
    for (let n = 0; n < this.logsOf; n++) {
      const prefix = stripLogPrefix(line.text);
      if (prefix === null) break;
      const indent =
        skipBlanks(line.text, prefix.length) - prefix.length - (prefix.what === 'priority' ? 0 : 1);
      line = dropFirst(line, prefix.length);
      line.indent = Math.max(indent, 0);
    }
    for (let n = 0; n < this.barsOf && line.text.charCodeAt(0) === 124; n++) {
      const indent = skipBlanks(line.text, 1) - 1;
      line = dropFirst(line, 1);
      line.indent = Math.max(indent - 1, 0);
    }
    return this.withoutQuotes(line);
  }

  /**
   * The rest of a line that was broken in a quotation, without the marks that were put before it when it was
   * quoted again: as many as the line has that it goes on from, at most.
   */
  private withoutQuotes(line: Line): Line {
    let end = 0;
    for (let n = 0; n < this.quotesOf && line.text.charCodeAt(end) === 62; n++)
      end += line.text.charCodeAt(end + 1) === 32 ? 2 : 1;
    if (end === 0) return line;
    this.count('quoted');
    const indent = skipBlanks(line.text, end) - end;
    const rest = dropFirst(line, end);
    rest.indent = indent;
    return rest;
  }

  /** A line that holds several whose ends were lost: the first of them, the others go to the queue. */
  private breakUp(line: Line): Line {
    const starts = lostLineEnds(line.text);
    if (starts.length === 0) return line;
    // What some ports' kernels print as one line has lost nothing.
    if (!line.text.startsWith('Stopped at ') || starts.length > 1) this.count(ONE_LINE);
    const pieces: Line[] = [];
    let rest = line;
    let from = 0;
    for (const start of starts) {
      const piece = cutLine(rest, start - from);
      piece.text = partOf(piece.text);
      if (piece.text.length > 0) pieces.push(piece);
      rest = dropFirst(rest, start - from);
      rest.indent = 0;
      from = start;
    }
    pieces.push(rest);
    if (this.backwards) pieces.reverse();
    this.queue.push(...pieces.slice(1));
    return pieces[0]!;
  }
}
