import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import {
  canonHex,
  digitsEnd,
  isSymbolStart,
  numberEnd,
  readFileLine,
  readPlace,
  skipBlanks,
  symbolEnd,
} from '../scan.js';
import type { Frame, Hex, Trace } from '../types.js';
import { type Form, LETTERS } from './form.js';

const ID = 'trace-ddb';

/** DDB prints no more. */
const ARGS_MAX = 64;

/** Arguments between the parentheses: numbers separated by commas. Null if anything else stands there. */
function readArgs(s: string, from: number, to: number): Hex[] | null {
  const args: Hex[] = [];
  let i = skipBlanks(s, from);
  if (i >= to) return args;
  for (;;) {
    const end = numberEnd(s, i);
    if (end === i || end > to) return null;
    if (args.length < ARGS_MAX) args.push(canonHex(s.slice(i, end)));
    i = skipBlanks(s, end);
    if (i >= to) return args;
    if (s.charCodeAt(i) !== 44) return null;
    i = skipBlanks(s, i + 1);
    if (i >= to) return args;
  }
}

/** Start of the function's name and the position of its `(`, or null if the line does not begin like a frame. */
function frameHead(s: string): { name: string; open: number } | null {
  let start = 0;
  let end = symbolEnd(s, 0);
  if (end === 0 || end > 200) return null;
  if (s.charCodeAt(end) === 58 && isSymbolStart(s.charCodeAt(end + 1))) {
    start = end + 1;
    end = symbolEnd(s, start);
  }
  if (s.charCodeAt(end) !== 40) return null;
  return { name: s.slice(start, end), open: end };
}

/** What may follow the place: `/frame 0x..`, a source file (OpenBSD), `[inline]`. */
function readTail(s: string, i: number, frame: Frame): void {
  if (s.startsWith('/frame', i)) {
    const at = skipBlanks(s, i + 6);
    const end = numberEnd(s, at);
    if (end > at) frame.framePointer = canonHex(s.slice(at, end));
    i = end;
  }
  const at = skipBlanks(s, i);
  if (at < s.length && at > i && s.indexOf('/', at) > 0) {
    const words = s.slice(at).split(' ');
    const inline = words[words.length - 1] === '[inline]';
    const word = inline && words.length > 2 ? words[words.length - 2]! : words[0]!;
    const place = readFileLine(word, 0);
    if (place?.file.includes('.') === true) {
      frame.source = place.line === undefined ? { file: place.file } : { file: place.file, line: place.line };
      if (inline) frame.inlined = true;
    }
  }
}

function styleOf(s: string, at: number): Trace['style'] {
  return s.startsWith('netbsd:', skipBlanks(s, at)) ? 'netbsd' : 'ddb';
}

function frameLine(b: Builder): boolean {
  const s = b.line.text;
  const head = frameHead(s);
  if (head === null) return bareFrame(b) || inlineLine(b);
  const close = s.indexOf(')', head.open);
  const frame: Frame = { function: head.name, args: [], span: b.span() };
  if (close < 0) {
    // Cut inside the arguments.
    const args = b.trace === null ? null : readArgs(s, head.open + 1, s.length);
    if (args === null) return false;
    frame.args = args;
    frame.cut = true;
    b.frame(frame, b.trace!.style, ID);
    return true;
  }
  const args = readArgs(s, head.open + 1, close);
  if (args === null) return false;
  frame.args = args;
  let i = skipBlanks(s, close + 1);
  if (i >= s.length) {
    if (b.trace === null) return false;
    frame.cut = true;
    b.frame(frame, b.trace.style, ID);
    return true;
  }
  if (!s.startsWith('at', i) || (i + 2 < s.length && s.charCodeAt(i + 2) !== 32)) return false;
  i = skipBlanks(s, i + 2);
  const place = readPlace(s, i);
  if (place === null) {
    if (i < s.length || b.trace === null) return false;
    frame.cut = true;
    b.frame(frame, b.trace.style, ID);
    return true;
  }
  const rest = s.slice(place.end);
  if (place.offset === undefined && rest !== '' && !rest.startsWith('/') && !/^[+ ]/.test(rest)) return false;
  if (place.function === head.name || head.name.startsWith(`${place.function}.`)) {
    if (place.offset !== undefined) frame.offset = place.offset;
  } else if (place.offset === undefined && head.name.startsWith(place.function)) frame.cut = true;
  else if (place.offset !== undefined) frame.offset = place.offset;
  if (rest.startsWith('+')) frame.cut = true;
  readTail(s, place.end, frame);
  const style = styleOf(s, i);
  if (style === 'netbsd') b.saw('NetBSD');
  b.frame(frame, style, ID);
  return true;
}

/** A hand-typed frame without its parentheses: `doreti_swi at doreti_swi + 0xf` */
function bareFrame(b: Builder): boolean {
  const s = b.line.text;
  if (b.trace === null) return false;
  const end = symbolEnd(s, 0);
  if (end === 0 || !s.startsWith(' at ', end)) return false;
  const place = readPlace(s, end + 4);
  if (place === null || place.offset === undefined || place.function !== s.slice(0, end)) return false;
  b.frame({ function: place.function, offset: place.offset, args: [], span: b.span() }, b.trace.style, ID);
  return true;
}

/** OpenBSD resolves inlined functions: `dt_pcb_purge sys/dev/dt/dt_dev.c:-1 [inline]` */
function inlineLine(b: Builder): boolean {
  const s = b.line.text;
  if (b.trace === null || !s.endsWith('[inline]')) return false;
  const end = symbolEnd(s, 0);
  const frame: Frame = { function: s.slice(0, end), args: [], span: b.span(), inlined: true };
  const place = readFileLine(s, end);
  if (place === null || end === 0) return false;
  frame.source = place.line === undefined ? { file: place.file } : { file: place.file, line: place.line };
  b.frame(frame, 'openbsd', ID);
  return true;
}

/** `eip = 0xc02ac284` anywhere in the line. */
function namedValue(low: string, names: readonly string[]): Hex | undefined {
  for (const name of names) {
    const at = low.indexOf(name);
    if (at < 0) continue;
    let i = skipBlanks(low, at + name.length);
    if (low.charCodeAt(i) === 61) i = skipBlanks(low, i + 1);
    const end = numberEnd(low, i);
    if (end > i) return canonHex(low.slice(i, end));
  }
  return undefined;
}

/** `--- trap 0xc, eip = .., esp = .., ebp = .. ---` and its relatives. */
function boundaryLine(b: Builder): boolean {
  const { low } = b;
  let i = 0;
  while (low.charCodeAt(i) === 45) i++;
  // A pasted mail can have lost two of the three dashes.
  i = skipBlanks(low, i);
  const what = low.startsWith('trap', i)
    ? 'trap'
    : low.startsWith('interrupt', i)
      ? 'interrupt'
      : low.startsWith('syscall', i)
        ? 'syscall'
        : low.startsWith('sigtramp', i) || low.startsWith('signal', i)
          ? 'signal'
          : null;
  if (what === null || (!low.includes('---', i) && namedValue(low, ['eip', 'rip']) === undefined))
    return false;
  const ip = namedValue(low, ['eip', 'rip']);
  const sp = namedValue(low, ['esp', 'rsp']);
  const fp = namedValue(low, ['ebp', 'rbp']);
  let trap: number | undefined;
  let syscall: { number?: number; name?: string } | undefined;
  const after = skipBlanks(low, i + what.length);
  if (what === 'trap') {
    const at = low.startsWith('(number', after) ? skipBlanks(low, after + 7) : after;
    const end = numberEnd(low, at);
    if (end > at)
      trap = low.startsWith('0x', at)
        ? Number.parseInt(low.slice(at, end), 16)
        : Number.parseInt(low.slice(at, end), 10);
  } else if (what === 'syscall') {
    const open = low.indexOf('(', after);
    const close = open < 0 ? -1 : low.indexOf(')', open);
    if (close > open) {
      const inner = b.line.text.slice(open + 1, close).replace(/^number /, '');
      const end = digitsEnd(inner, 0);
      syscall = {};
      if (end > 0) syscall.number = Number(inner.slice(0, end));
      const parts = inner.split(',');
      if (parts.length > 1) syscall.name = parts[parts.length - 1]!.trim();
    }
  }
  // The trace of a new thread ends in an all-zero trap frame: nothing was interrupted.
  b.boundary(
    {
      what,
      ...(trap !== undefined && !Number.isNaN(trap) ? { trap } : {}),
      ...(syscall !== undefined ? { syscall } : {}),
      ...(ip !== undefined ? { ip } : {}),
      ...(sp !== undefined ? { sp } : {}),
      ...(fp !== undefined ? { fp } : {}),
      span: b.span(),
    },
    'ddb',
    ID,
  );
  return true;
}

/** DDB's own traces, which are also those of KDB with a symbol table, of OpenBSD and of NetBSD. */
export const traceDdb: Form = {
  id: ID,
  reads:
    'traces of DDB, with arguments or `/frame`, with source (OpenBSD), with module (NetBSD), and trap boundaries',
  systems: 'all',
  leads: ['---', '- trap', '- syscall', '- interrupt'],
  open: ['-'],
  first: `${LETTERS}_0`,
  line(_line: Line, b: Builder): boolean {
    if (b.low.charCodeAt(0) === 45) return boundaryLine(b);
    return frameLine(b);
  },
  joins(text: string, next: string): string | false | null {
    if (text.charCodeAt(0) === 45) {
      if (!/^-+ ?(?:trap|interrupt|syscall)/.test(text) || text.endsWith('---')) return null;
      return /(?:[er][isb]p|---$|^0x|^=)/.test(next) && next.length < 90 ? ' ' : null;
    }
    const head = frameHead(text);
    if (head === null) return null;
    const close = text.indexOf(')', head.open);
    if (close < 0) {
      if (readArgs(text, head.open + 1, text.length) === null) return null;
      // Only more arguments can follow.
      const end = next.indexOf(')');
      return end >= 0 && readArgs(next, 0, end) !== null ? '' : null;
    }
    if (readArgs(text, head.open + 1, close) === null) return null;
    const rest = text.slice(close + 1).trim();
    if (rest === '') return /^at [\w.$:]+/.test(next) ? ' ' : null;
    if (rest === 'at') return isSymbolStart(next.charCodeAt(0)) && !next.includes('(') ? ' ' : null;
    if (!rest.startsWith('at ')) return null;
    return joinPlace(head.name, rest.slice(3).trim(), next);
  },
};

/** A place cut by an 80-column console (in the middle of a name or a number) or by a mailer (at the plus). */
function joinPlace(name: string, place: string, next: string): string | false | null {
  const word = next.split(' ')[0]!;
  if (place.endsWith('/frame')) return numberEnd(word, 0) === word.length ? ' ' : null;
  if (place.includes('/frame') && /^[0-9a-f]{1,15}$/.test(next)) return '';
  const plus = place.indexOf('+');
  if (plus < 0) {
    const bare = place.slice(place.indexOf(':') + 1);
    if (bare === name) return /^\+ ?0x/.test(next) ? '' : null;
    const left = name.slice(bare.length);
    return name.startsWith(bare) && left !== '' && next.startsWith(`${left}+`) ? '' : null;
  }
  const digits = place.slice(plus + 1).trim();
  if (digits === '' && /^0x[0-9a-f]+/.test(word)) return '';
  if (/^0x[0-9a-f]*$/.test(digits) && /^[0-9a-f]{1,4}(?:\/frame.*)?$/.test(next)) return '';
  if (digits === '0') return /^x[0-9a-f]+/.test(word) ? '' : null;
  if (/^0x[0-9a-f]+$/.test(digits)) {
    if (next.startsWith('/frame')) return '';
    // OpenBSD puts the source file last.
    return !next.includes('(') && /^[\w./-]*\.[chsSm]:-?\d/.test(word) ? ' ' : null;
  }
  return digits.includes('/frame') ? false : null;
}
