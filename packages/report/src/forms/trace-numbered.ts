import type { Builder } from '../builder.js';
import { isPanicHelper, isStackBase, isTrapHelper } from '../functions/index.js';
import type { Line } from '../line.js';
import {
  canonHex,
  decimalHex,
  digitsEnd,
  isHexDigit,
  isHexPrefix,
  numberEnd,
  readFileLine,
  readPlace,
  skipBlanks,
  symbolEnd,
} from '../scan.js';
import type { Frame } from '../types.js';
import { type Form, LETTERS } from './form.js';
import { takeBuffer } from '../panic-message.js';
import { takeFormat } from './lldb.js';
import { noteSpoilt } from './spoilt-place.js';
import { noteInterrupted } from './stack-from-trap.js';
import { readTrapFrame } from './trap-frame-argument.js';

const ID = 'trace-numbered';

/** Position of the parenthesis that closes the one at `open`; quotes and braces inside are passed over. */
function matchParen(s: string, open: number): number {
  let depth = 0;
  let quoted = false;
  for (let i = open; i < s.length; i++) {
    const c = s.charCodeAt(i);
    if (quoted) {
      if (c === 92) i++;
      else if (c === 34) quoted = false;
    } else if (c === 34) quoted = true;
    else if (c === 40 || c === 123) depth++;
    else if (c === 41 || c === 125) {
      depth--;
      if (depth === 0) return i;
    }
  }
  return -1;
}

/** No kernel function has more; what a broken line adds is left out. */
const ARGS_MAX = 64;

/**
 * `fmt=0xffffffff811f0a10 "zorp: bad refcount"`: the message, where no line gives it and nothing is to be
 * filled in.
 */
function panicFormat(b: Builder, value: string): void {
  const open = value.indexOf('"');
  const close = value.lastIndexOf('"');
  if (open >= 0 && close > open) takeFormat(b, value.slice(open, close + 1));
}

/** gdb's arguments: `map=0xc0332c00, vaddr=0, fault_type=2 '\\002', fs=...` */
function readNamedArgs(b: Builder, inner: string, frame: Frame): void {
  const names: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  const take = (end: number) => {
    const part = inner.slice(start, end).trim();
    const eq = part.indexOf('=');
    if (eq <= 0 || names.length >= ARGS_MAX) return;
    const value = part
      .slice(eq + 1)
      .trim()
      .replace(/^\w+@entry=/, '');
    const stop = isHexPrefix(value, 0)
      ? numberEnd(value, 0)
      : digitsEnd(value, value.charCodeAt(0) === 45 ? 1 : 0);
    names.push(part.slice(0, eq).replace(/@entry$/, ''));
    if (names[names.length - 1] === 'fmt' && isPanicHelper(frame.function)) panicFormat(b, value);
    if (stop === 0) frame.args.push('?');
    else if (isHexPrefix(value, 0)) frame.args.push(canonHex(value.slice(0, stop)));
    else frame.args.push(decimalHex(value.slice(0, stop)));
  };
  for (let i = 0; i < inner.length; i++) {
    const c = inner.charCodeAt(i);
    if (quoted) {
      if (c === 92) i++;
      else if (c === 34) quoted = false;
    } else if (c === 34) quoted = true;
    else if (c === 40 || c === 123 || c === 91) depth++;
    else if (c === 41 || c === 125 || c === 93) depth--;
    else if (c === 44 && depth === 0) {
      take(i);
      start = i + 1;
    }
  }
  take(inner.length);
  if (names.length > 0) frame.argNames = names;
}

/** NetBSD's sanitizers print `#1 0x.. in sin6_print <netbsd>`. */
function isModule(s: string, i: number, frame: Frame): boolean {
  if (s.charCodeAt(i) !== 60 || s.charCodeAt(s.length - 1) !== 62) return false;
  const module = s.slice(i + 1, -1);
  if (!/^[\w.-]{1,40}$/.test(module)) return false;
  if (module !== 'netbsd') frame.module = module;
  return true;
}

/** The source of what came to the assembler through a pipe. */
const PIPED = /^(\{[^}]{1,40}\}):(\d+)$/;

/** The last argument of a line that was cut may lack digits. */
function dropCutArg(s: string, frame: Frame): void {
  const from = Math.max(s.lastIndexOf(','), s.lastIndexOf('('));
  if (!s.includes('=', from) || frame.argNames === undefined) return;
  frame.args.pop();
  frame.argNames.pop();
}

/** gdb of the 1990s names the object file before a label of assembler code: `exception:calltrap ()`. */
function pastObject(s: string, i: number): number {
  const colon = symbolEnd(s, i);
  if (colon === i || s.charCodeAt(colon) !== 58) return i;
  const end = symbolEnd(s, colon + 1);
  return end > colon + 1 && s.charCodeAt(skipBlanks(s, end)) === 40 ? colon + 1 : i;
}

/** The place in the sources as gdb of the 1990s gives it: `(../../i386/i386/machdep.c line 767)`. */
const OLD_SOURCE = /^\((\S{1,200}\.[chsSly]) line (\d{1,6})\)/;

/** `panic () at /usr/src/sys/kern/kern_shutdown.c:550`, from the function's name on. */
function gdbFrame(b: Builder, s: string, i: number, frame: Frame): boolean {
  i = pastObject(s, i);
  const end = symbolEnd(s, i);
  if (end === i && !s.startsWith('??', i)) return false;
  frame.function = end === i ? '??' : s.slice(i, end);
  const open = skipBlanks(s, end === i ? i + 2 : end);
  if (s.charCodeAt(open) !== 40) {
    if (isModule(s, open, frame)) return true;
    if (open < s.length) return false;
    frame.cut = true;
    return true;
  }
  const close = matchParen(s, open);
  if (close < 0) {
    readNamedArgs(b, s.slice(open + 1), frame);
    dropCutArg(s, frame);
    // The name is whole: its arguments begin.
    frame.argNames ??= [];
    frame.cut = true;
    return true;
  }
  readNamedArgs(b, s.slice(open + 1, close), frame);
  const rest = skipBlanks(s, close + 1);
  if (s.startsWith('at ', rest)) {
    const inside = readPlace(s, rest + 3);
    const place = readFileLine(s, rest + 3);
    const piped = PIPED.exec(s.slice(rest + 3));
    if (piped !== null) frame.source = { file: piped[1]!, line: Number(piped[2]) };
    // `#4 f() at f+0x21`, as people number DDB's lines.
    else if (inside?.offset !== undefined && inside.function === frame.function) frame.offset = inside.offset;
    else if (place !== null) {
      frame.source = place.line === undefined ? { file: place.file } : { file: place.file, line: place.line };
      if (place.line === undefined && !place.file.includes('.')) frame.cut = true;
    }
  } else if (s.startsWith('from ', rest)) frame.module = s.slice(rest + 5).trim();
  else if (s.charCodeAt(rest) === 40) {
    const old = OLD_SOURCE.exec(s.slice(rest));
    if (old !== null) frame.source = { file: old[1]!, line: Number(old[2]) };
  }
  return true;
}

/** What gdb calls a signal handler is, in a kernel, the frame of a trap or of a system call. */
function interruption(b: Builder): 'trap' | 'syscall' | 'signal' {
  const name = b.trace?.frames[b.trace.frames.length - 1]?.function ?? '';
  if (/syscall/.test(name)) return 'syscall';
  return isTrapHelper(name) ? 'trap' : 'signal';
}

function hasOffsets({ trace }: Builder): boolean {
  return trace !== null && trace.style === 'kdb' && trace.frames.some((frame) => frame.offset !== undefined);
}

/** The beginning of a frame in the middle of another: two CPUs printed at once, and letters are mixed. */
const MIXED = /#\d{1,3} 0x[0-9a-f]{6}/;

/** What a writer has put in the place of an address. */
const OMITTED =
  /^(?:0x(?:\.{2,}|\u2026|[xX?*]{2,16}|_{2,16})|<(?:addr|address|snip)>|\[\.\.\.\])(?= at [A-Za-z_])/;
const OMITTED_MAX = 24;

/** Whether such a mark can begin at `i`: no name does so, and an address has a digit behind its `0x`. */
function isOmitted(s: string, i: number): boolean {
  const c = s.charCodeAt(i);
  return c === 48 ? !isHexDigit(s.charCodeAt(i + 2)) : c === 60 || c === 91;
}

function numbered(b: Builder): boolean {
  const s = b.line.text;
  const second = s.indexOf('#', 1);
  if (second > 0 && MIXED.test(s.slice(second)) && s.startsWith('0x', s.indexOf(' ') + 1)) {
    b.mixed ??= b.span();
    b.skip(false);
    return true;
  }
  const n = digitsEnd(s, 1);
  if (n === 1 || n > 6) return false;
  const frame: Frame = { function: '', args: [], number: Number(s.slice(1, n)), span: b.span() };
  let i = skipBlanks(s, n);
  if (i === n) return false;
  if (s.startsWith('<signal handler called>', i)) {
    const last = b.trace?.frames.at(-1);
    // Under the first function of a thread lies the frame that it was started with: nothing was interrupted.
    if (last !== undefined && isStackBase(last.function) && !/syscall/.test(last.function))
      b.trace!.whole = true;
    else b.boundary({ what: interruption(b), number: frame.number!, span: b.span() }, 'kgdb', ID);
    return true;
  }
  const omitted = isOmitted(s, i) ? OMITTED.exec(s.slice(i, i + OMITTED_MAX)) : null;
  if (omitted !== null || isHexPrefix(s, i)) {
    const end = omitted === null ? numberEnd(s, i) : i + omitted[0].length;
    if (end === i) return false;
    if (omitted === null) frame.address = canonHex(s.slice(i, end));
    i = skipBlanks(s, end);
    if (s.startsWith('in ', i)) {
      if (!gdbFrame(b, s, skipBlanks(s, i + 3), frame)) return false;
      if (s.endsWith('<netbsd>')) b.saw('NetBSD', 2, true);
      return take(b, frame);
    }
    const place = s.startsWith('at ', i) ? readPlace(s, i + 3) : null;
    if (place === null) {
      if (i < s.length && !s.startsWith('at', i) && !s.startsWith('in', i)) return false;
      frame.cut = true;
      frame.function = '?';
    } else {
      frame.function = place.function;
      if (place.offset !== undefined) frame.offset = place.offset;
      else if (place.spoilt !== undefined) noteSpoilt(b, frame, place);
      // The lines before have an offset each: this one ends within its name, or behind it.
      else if (s.charCodeAt(place.end) === 43 || hasOffsets(b)) frame.cut = true;
    }
    b.frame(frame, 'kdb', ID);
    return true;
  }
  const end = symbolEnd(s, pastObject(s, i));
  if (s.charCodeAt(skipBlanks(s, end)) === 40) {
    return gdbFrame(b, s, i, frame) && take(b, frame);
  }
  return openbsdFrame(b, s, i, frame);
}

/** Keeps a frame of gdb's, and the registers that one of trap() shows. */
function take(b: Builder, frame: Frame): true {
  b.frame(frame, 'kgdb', ID);
  noteInterrupted(b, frame);
  const { text } = b.line;
  const open = frame.function === 'trap' ? text.indexOf('{tf_') : -1;
  if (open >= 0) readTrapFrame(b, text, open, text.length, ID);
  return true;
}

/** OpenBSD's stored stacks: `#0  rw_enter_read+0x66 sys/kern/kern_rwlock.c:112` */
function openbsdFrame(b: Builder, s: string, i: number, frame: Frame): boolean {
  const place = readPlace(s, i);
  if (place === null || (place.offset === undefined && place.spoilt === undefined)) return false;
  frame.function = place.function;
  if (place.offset !== undefined) frame.offset = place.offset;
  noteSpoilt(b, frame, place);
  const words = s.slice(place.end).split(' ').filter(Boolean);
  const file = words[words.length - 1] === '[inline]' ? words[words.length - 2] : words[0];
  if (file !== undefined) {
    const source = readFileLine(file, 0);
    if (source !== null)
      frame.source =
        source.line === undefined ? { file: source.file } : { file: source.file, line: source.line };
    if (words[words.length - 1] === '[inline]') frame.inlined = true;
    // `#0  f+0x12 g file:line [inline]`: g was inlined into f there; f itself follows with the same number.
    if (frame.inlined === true && words.length > 2 && symbolEnd(words[0]!, 0) === words[0]!.length) {
      frame.function = words[0]!;
      delete frame.offset;
    }
  }
  b.frame(frame, 'openbsd', ID);
  return true;
}

/** A local of `bt full`, indented under its frame: `        res = <optimized out>` */
function local(b: Builder, line: Line): boolean {
  const { trace } = b;
  if (trace === null || trace.style !== 'kgdb' || line.indent < 4) return false;
  const s = line.text;
  const end = symbolEnd(s, 0);
  if (end === 0 || !s.startsWith(' = ', end)) return false;
  const frame = trace.frames[trace.frames.length - 1];
  if (frame === undefined) return false;
  frame.locals ??= {};
  const name = s.slice(0, end);
  frame.locals[name] = s.slice(end + 3);
  if (name === 'buf' && isPanicHelper(frame.function)) panicBuffer(b, s, end + 3);
  return true;
}

/**
 * `buf = "page fault", '\\000' <repeats 245 times>`: panic's own copy of its message, where no line gives it.
 */
function panicBuffer(b: Builder, s: string, from: number): void {
  const close = s.indexOf('"', from + 1);
  const event = b.current;
  if (s.charCodeAt(from) !== 34 || close <= from + 1 || event === null) return;
  takeBuffer(b, event, s.slice(from + 1, close), from + 1, close);
}

/**
 * KDB's `#1 0x... at f+0x12`, gdb's `#1 0x... in f (...) at file:line` with locals, OpenBSD's `#1 f+0x12
 * file:line`.
 */
export const traceNumbered: Form = {
  id: ID,
  reads: 'numbered traces: KDB without arguments, kgdb (`bt` and `bt full`), OpenBSD witness stacks',
  systems: 'all',
  first: `#${LETTERS}_`,
  line(line: Line, b: Builder): boolean {
    if (line.text.charCodeAt(0) === 35) return numbered(b);
    return local(b, line);
  },
  joins(text: string, next: string): string | false | null {
    if (text.charCodeAt(0) !== 35) return null;
    const n = digitsEnd(text, 1);
    if (n === 1 || text.charCodeAt(n) !== 32 || next.charCodeAt(0) === 35) return null;
    const i = skipBlanks(text, n);
    if (isHexPrefix(text, i)) {
      const end = numberEnd(text, i);
      const rest = text.slice(end).trim();
      if (rest === '')
        return /^(?:at|in) /.test(next) ? ' ' : /^[0-9a-f]{1,12} (?:at|in) /.test(next) ? '' : null;
      if (rest === 'at' || rest === 'in') return ' ';
      if (rest === 'a' || rest === 'i') return next.startsWith(rest === 'a' ? 't ' : 'n ') ? '' : null;
      if (rest.startsWith('at ')) {
        if (rest.endsWith('+')) return '';
        if (!rest.includes('+')) return next.startsWith('+') ? '' : null;
        return /\+0x[0-9a-f]*$/.test(rest) && /^[0-9a-f]{1,4}$/.test(next) ? '' : null;
      }
    }
    const open = text.indexOf('(', i);
    if (open < 0) return next.startsWith('(') ? ' ' : null;
    if (matchParen(text, open) < 0) return ' ';
    if (/\) (?:at|from)$/.test(text)) return ' ';
    if (/\) (?:a|f|fr|fro)$/.test(text)) return /^(?:t|rom|om|m) \S/.test(next) ? '' : null;
    if (/\) at .*:\d+$/.test(text)) return false;
    return /^(?:at|from) \S/.test(next) && /\)$/.test(text) ? ' ' : null;
  },
};
