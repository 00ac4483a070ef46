import { digitsEnd, isAlpha, isDigit, skipBlanks } from './scan.js';

/** Length of the quote marks (`> `, `>> `, `| `, `JB> `) at the start of a line; 0 if there are none. */
export function stripQuote(s: string): number {
  const c = s.charCodeAt(0);
  if (c === 62) return quoteEnd(s);
  // Of an empty line, only the bar is left.
  if (c === 124 && (s.length === 1 || s.charCodeAt(1) === 32)) return s.length === 1 ? 1 : 2;
  // FreeBSD's nightly mail of the message buffer: what is new stands in it as in a diff.
  if (c === 43 && /^\+(?:[A-Za-z<#]|[ \t]+=)/.test(s)) return 1;
  // Initials before the mark are upper case; `db>` and `ddb>` are prompts.
  if (c >= 65 && c <= 90) {
    let i = 1;
    while (i < 4 && s.charCodeAt(i) >= 65 && s.charCodeAt(i) <= 90) i++;
    if (s.charCodeAt(i) === 62 && s.charCodeAt(i + 1) === 32) return i + 2;
  }
  return 0;
}

/** End of the run of `>` at the start of the line, with one blank after each. */
function quoteEnd(s: string): number {
  let i = 1;
  for (;;) {
    const after = s.charCodeAt(i) === 32 ? i + 1 : i;
    if (s.charCodeAt(after) !== 62) return after;
    i = after + 1;
  }
}

export interface LogPrefix {
  length: number;
  what: string;
  stamp: string;
  /** Columns are set apart by bars. */
  table?: true;
}

/** A time in brackets, with or without its date. */
const CLOCK =
  /^\[((?:(?:[A-Z][a-z]{2} ){1,2}[ \d]?\d |\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d{1,6})?)(?: \d{4})?\]:?/;
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** A logger's line without its date: the kernel's file, and perhaps the host before it. */
const KERNEL_SAID = /^(?:[\w.-]{1,40} )?\/(?:netbsd|bsd|kernel)(?:\.\w{1,12})?: (?=\S)/;
/** Recognises one prefix that a logger put before a line. */
export function stripLogPrefix(s: string): LogPrefix | null {
  const c = s.charCodeAt(0);
  if (c === 91) return bracketed(s);
  if (c === 60) return priority(s);
  if (isDigit(c)) return isoStamp(s) ?? clockStamp(s);
  if (c >= 65 && c <= 90) return syslog(s) ?? kernelSaid(s);
  if (c === 45) return pager(s);
  return c === 47 || isAlpha(c) ? kernelSaid(s) : null;
}

/** `/netbsd: `, `zork /bsd: `; most lines have no slash there. */
function kernelSaid(s: string): LogPrefix | null {
  if ((s.charCodeAt(0) !== 47 && s.charCodeAt(s.indexOf(' ') + 1) !== 47) || !s.includes(': ')) return null;
  const m = KERNEL_SAID.exec(s);
  return m === null ? null : { length: m[0].length, what: 'syslog', stamp: '' };
}

/** `--More--` and gdb's pager, which stay in front of the line that came after the key was pressed. */
function pager(s: string): LogPrefix | null {
  for (const prompt of ['--More--', '---More---', '-- More --', '--more--']) {
    if (s.startsWith(prompt)) return { length: prompt.length, what: 'pager', stamp: '' };
  }
  if (s.startsWith('---Type <return> to continue') || s.startsWith('--Type <RET> for more')) {
    const end = s.indexOf('--', 4);
    let i = end < 0 ? s.length : end;
    while (s.charCodeAt(i) === 45) i++;
    return { length: i, what: 'pager', stamp: '' };
  }
  return null;
}

/**
 * A textdump's tar header that was printed as text and so sits glued between two lines:
 * `ddb.txt06000014000014745574025  7107 ustarrootwheeldb:0> bt`. Returns [start, end) of the header or null.
 */
export function tarHeader(s: string): [number, number] | null {
  const mark = s.indexOf('ustar');
  if (mark < 8) return null;
  const dot = s.lastIndexOf('.txt', mark);
  if (dot < 0 || mark - dot > 140) return null;
  let start = dot;
  for (const name of ['ddb', 'msgbuf', 'panic', 'config', 'version']) {
    if (s.endsWith(name, dot)) start = dot - name.length;
  }
  if (start === dot) return null;
  let end = mark + 5;
  for (const owner of ['root', 'wheel']) {
    let i = end;
    while (i < s.length && (isDigit(s.charCodeAt(i)) || s.charCodeAt(i) === 32)) i++;
    if (s.startsWith(owner, i)) end = i + owner.length;
  }
  return [start, end];
}

/**
 * `[123.456] `, `[383490] `, `[   1.0000000] `; `[2024-03-05 09:02:31] `, `[09:02:31.123] ` of serial loggers
 */
function bracketed(s: string): LogPrefix | null {
  const i = skipBlanks(s, 1);
  const clock = CLOCK.exec(s);
  if (clock !== null) return { length: clock[0].length, what: 'syslog', stamp: `c${clock[1]!}` };
  let j = digitsEnd(s, i);
  if (j === i) return null;
  if (s.charCodeAt(j) === 46) j = digitsEnd(s, j + 1);
  if (s.charCodeAt(j) !== 93) return null;
  return { length: j + 1, what: 'uptime stamp', stamp: `u${s.slice(i, j).padStart(24, '0')}` };
}

/** `<118>`, and RFC 5424's `<2>1 2024-01-09T09:02:31Z host kernel - - - ` */
function priority(s: string): LogPrefix | null {
  const j = digitsEnd(s, 1);
  if (j === 1 || j > 4 || s.charCodeAt(j) !== 62) return null;
  if (s.charCodeAt(j + 1) === 49 && s.charCodeAt(j + 2) === 32 && isDigit(s.charCodeAt(j + 3))) {
    const iso = isoStamp(s.slice(j + 3));
    if (iso !== null) return { length: j + 3 + iso.length, what: 'syslog', stamp: iso.stamp };
  }
  return { length: j + 1, what: 'priority', stamp: '' };
}

/** End of the word at `i`. */
function wordEnd(s: string, i: number): number {
  while (i < s.length && s.charCodeAt(i) !== 32) i++;
  return i;
}

/**
 * `2024-01-09T09:02:31 Notice kernel `: an ISO time, then table columns or host, up to and with the word
 * `kernel`.
 */
function isoStamp(s: string): LogPrefix | null {
  if (s.length < 19 || s.charCodeAt(4) !== 45 || s.charCodeAt(7) !== 45 || s.charCodeAt(13) !== 58)
    return null;
  if (!isDigit(s.charCodeAt(18)) || s.charCodeAt(16) !== 58) return null;
  let i = 19;
  while (i < s.length && s.charCodeAt(i) !== 32) i++;
  const stamp = `i${s.slice(0, i)}`;
  const after = kernelColumn(s, i);
  return s.slice(i, after).includes('|')
    ? { length: barEnd(s, after), what: 'syslog', stamp, table: true }
    : { length: after, what: 'syslog', stamp };
}

/** `09:02:31.123 ` of a serial logger, before whatever the console printed. */
function clockStamp(s: string): LogPrefix | null {
  if (s.charCodeAt(2) !== 58 || s.charCodeAt(5) !== 58) return null;
  const m = /^(\d\d:\d\d:\d\d(?:[.,]\d{1,6})?)(?: [-|>:])? (?=\S)/.exec(s);
  return m === null ? null : { length: m[0].length - 1, what: 'syslog', stamp: `c${m[1]!}` };
}

/** Position after the bar that follows a column. */
function barEnd(s: string, i: number): number {
  const at = skipBlanks(s, i);
  return s.charCodeAt(at) === 124 ? at + 1 : i;
}

/**
 * Position after the `kernel:` (or `kernel`, `/bsd:`, `/netbsd:`) among the next five words, or `i` itself.
 */
function kernelColumn(s: string, i: number): number {
  let j = skipBlanks(s, i);
  for (let n = 0; n < 7 && j < s.length; n++) {
    const k = wordEnd(s, j);
    const word = s.slice(j, k);
    if (isKernelWord(word)) {
      let end = k;
      // RFC 5424 puts three absent fields after the name; stop at the first that is something else.
      for (let m = 0; m < 3 && !word.endsWith(':'); m++) {
        const at = skipBlanks(s, end);
        if (s.charCodeAt(at) === 45 && s.charCodeAt(at + 1) === 32) end = at + 1;
      }
      return end;
    }
    j = skipBlanks(s, k);
  }
  return i;
}

function isKernelWord(word: string): boolean {
  return (
    word === 'kernel:' ||
    word === 'kernel' ||
    word === '/kernel:' ||
    word === '/bsd:' ||
    word === 'bsd:' ||
    word === '/netbsd:' ||
    word === 'netbsd:'
  );
}

/** `Jan 12 03:04:05 host kernel: ` */
function syslog(s: string): LogPrefix | null {
  if (s.charCodeAt(3) !== 32 || !isAlpha(s.charCodeAt(1))) return null;
  const month = MONTHS.indexOf(s.slice(0, 3));
  if (month < 0 || month % 3 !== 0) return null;
  const d = skipBlanks(s, 4);
  const dEnd = digitsEnd(s, d);
  if (dEnd === d || s.charCodeAt(dEnd) !== 32) return null;
  const t = dEnd + 1;
  if (s.charCodeAt(t + 2) !== 58 || s.charCodeAt(t + 5) !== 58 || !isDigit(s.charCodeAt(t + 7))) return null;
  const end = wordEnd(s, t);
  const stamp = `s${String(month / 3).padStart(2, '0')}${s.slice(d, dEnd).padStart(2, '0')}${s.slice(t, end)}`;
  return { length: kernelColumn(s, end), what: 'syslog', stamp };
}
