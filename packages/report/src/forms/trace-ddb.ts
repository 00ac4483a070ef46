import type { Builder } from '../builder.js';
import { NEXT_ROW } from '../builder/traces.js';
import { isNameless, markPlaceless } from '../culprit.js';
import { isPanicHelper, isTrapHelper, roleOf } from '../functions/index.js';
import { type Line, wordEndOf } from '../line.js';
import {
  canonHex,
  isHexPrefix,
  isSymbolStart,
  numberEnd,
  readFileLine,
  readPlace,
  skipBlanks,
  symbolEnd,
  WIDE,
} from '../scan.js';
import type { Damage, Frame, Hex, Trace } from '../types.js';
import { type Form, LETTERS } from './form.js';
import { chainOfFrames, offsetBehind } from './hand-frames.js';
import { isMisread, isSecondRight } from './misread.js';
import { noteSpoilt } from './spoilt-place.js';
import { boundaryLine, namedValue } from './trace-boundary.js';

const ID = 'trace-ddb';

/** DDB prints no more. */
const ARGS_MAX = 64;

/** Arguments between the parentheses: numbers separated by commas. Null if anything else stands there. */
function readArgs(s: string, from: number, to: number): Hex[] | null {
  const args: Hex[] = [];
  let i = skipBlanks(s, from);
  if (i >= to) return args;
  for (;;) {
    // FreeBSD of 2005 to 2013 on i386 prints five at most, and says that there may be more.
    const left = s.charCodeAt(i) === 46 && s.startsWith('...', i);
    if (left && skipBlanks(s, i + 3) >= to) return args;
    const end = left ? i + 3 : numberEnd(s, i);
    if (end === i || end > to) return null;
    // People leave arguments out: `f(...,7,360)`.
    // Of two whose comma was lost neither is known.
    const merged = end - i > WIDE;
    if (args.length < ARGS_MAX) args.push(left || merged ? '?' : canonHex(s.slice(i, end)));
    i = skipBlanks(s, end);
    if (i >= to) return args;
    if (s.charCodeAt(i) !== 44) return null;
    i = skipBlanks(s, i + 1);
    if (i >= to) return args;
  }
}

/**
 * Start of the function's name and the position of its `(`, or null if the line does not begin like a frame.
 */
function frameHead(s: string, word: number): { name: string; open: number } | null {
  const c = s.charCodeAt(0);
  if (c === 63 && s.startsWith('??(')) return { name: '??', open: 2 };
  if (c === 40 && s.startsWith('(null)(')) return { name: '??', open: 6 };
  let start = 0;
  let end = word;
  if (end === 0 || end > 200) return null;
  if (s.charCodeAt(end) === 58 && isSymbolStart(s.charCodeAt(end + 1))) {
    start = end + 1;
    end = symbolEnd(s, start);
  }
  if (s.charCodeAt(end) !== 40) return null;
  return { name: s.slice(start, end), open: end };
}

/**
 * What may follow the place: `/frame 0x..`, an address (DragonFly), a source file and what was inlined
 * (OpenBSD).
 */
function readTail(s: string, i: number, frame: Frame): void {
  if (s.startsWith('/frame', i)) {
    const at = skipBlanks(s, i + 6);
    const end = numberEnd(s, at);
    if (end > at) frame.framePointer = canonHex(s.slice(at, end));
    i = end;
  }
  const at = skipBlanks(s, i);
  if (at >= s.length || at === i) return;
  if (isHexPrefix(s, at) && numberEnd(s, at) === s.length) frame.address = canonHex(s.slice(at));
  else if (s.indexOf('/', at) > 0) readSource(s.slice(at), frame);
}

/** DragonFly prints the innermost line twice; one of the two addresses may be misread. */
function isDoubled({ trace }: Builder, frame: Frame): boolean {
  const last = trace?.frames.at(-1);
  if (frame.address === undefined || last?.address === undefined || last.function !== frame.function)
    return false;
  if (last.address === frame.address) return true;
  return trace!.frames.length === 1 && frame.offset !== undefined && last.offset === frame.offset;
}

/** A frame pointer that is the beginning of the one before it was cut, as the line was. */
function dropCutPointer(b: Builder, frame: Frame): void {
  const [last, own] = [b.trace?.frames.at(-1)?.framePointer, frame.framePointer];
  if (last === undefined || own === undefined || own.length >= last.length) return;
  if (own.length > 2 && last.startsWith(own)) delete frame.framePointer;
}

/**
 * `sys/kern/uipc_socket.c:397`, `pru_detach sys/sys/protosw.h:281 [inline]`: the function that was inlined
 * there.
 */
function readSource(tail: string, frame: Frame): void {
  const words = tail.split(' ');
  const inline = words[words.length - 1] === '[inline]';
  const word = inline && words.length > 2 ? words[words.length - 2]! : words[0]!;
  const place = readFileLine(word, 0);
  if (place?.file.includes('.') !== true) return;
  frame.source = place.line === undefined ? { file: place.file } : { file: place.file, line: place.line };
  if (!inline) return;
  frame.inlined = true;
  if (words.length > 2 && symbolEnd(words[0]!, 0) === words[0]!.length) {
    frame.function = words[0]!;
    frame.args = [];
    delete frame.offset;
  }
}

/** A frame of which nothing but the name was given. */
function isBareName(frame: Frame | undefined): boolean {
  return (
    frame !== undefined && frame.offset === undefined && frame.address === undefined && frame.cut !== true
  );
}

function styleOf(s: string, at: number): Trace['style'] {
  return s.startsWith('netbsd:', skipBlanks(s, at)) ? 'netbsd' : 'ddb';
}

/**
 * `?(0, 14a010, 0) at 0x1008f08`, as NetBSD's sparc64 shows code without a name: behind the handler of a trap
 * it is the code by which the trap came in.
 */
const UNNAMED = /^\?\((?:[0-9a-f]+(?:, ?[0-9a-f]+)*)?\) at (0x[0-9a-f]{1,16})$/i;

function unnamedFrame(b: Builder): boolean {
  const m = UNNAMED.exec(b.line.text);
  const last = b.trace?.frames.at(-1);
  if (m === null || last === undefined) return false;
  if (isTrapHelper(last.function)) b.boundary({ what: 'trap', span: b.span() }, b.trace!.style, ID);
  else b.frame({ function: '??', address: canonHex(m[1]!), args: [], span: b.span() }, b.trace!.style, ID);
  return true;
}

function frameLine(b: Builder): boolean {
  const s = b.line.text;
  if (s.charCodeAt(0) === 63 && s.startsWith('?(')) return unnamedFrame(b);
  const head = frameHead(s, wordEndOf(b.line));
  if (head === null) return bareFrame(b) || inlineLine(b);
  const close = s.indexOf(')', head.open);
  const frame: Frame = { function: head.name, args: [], span: b.span() };
  if (close < 0) {
    // Cut inside the arguments.
    const args = b.trace === null ? null : readArgs(s, head.open + 1, s.length);
    if (args === null) return false;
    // Of the last, digits may be missing.
    frame.args = /[,( ]$/.test(s) ? args : args.slice(0, -1);
    frame.cut = true;
    b.frame(frame, b.trace!.style, ID);
    return true;
  }
  const args = readArgs(s, head.open + 1, close);
  if (args === null) return false;
  frame.args = args;
  if (isHexPrefix(head.name, 0)) frame.function = '??';
  let i = skipBlanks(s, close + 1);
  if (s.startsWith('... ', i) && runOfFrames(b, frame, s.slice(i + 4))) return true;
  if (b.current !== null && (offsetBehind(b, frame, s, i, ID) || chainOfFrames(b, frame, s.slice(i), ID)))
    return true;
  if (i >= s.length) {
    if (b.trace === null || b.nameList?.trace === b.trace) return nameAlone(b, frame);
    // Two such lines in a row are no cut lines: a writer has left out the places.
    const last = b.trace.frames.at(-1);
    if (last?.cut === true && last.offset === undefined && last.args.length === 0) delete last.cut;
    else if (!isBareName(last)) frame.cut = true;
    b.frame(frame, b.trace.style, ID);
    return true;
  }
  // The word between the name and the place can be lost.
  const isLost = s.startsWith(`${head.name}+0x`, i);
  if (!isLost && (!s.startsWith('at', i) || (i + 2 < s.length && s.charCodeAt(i + 2) !== 32))) return false;
  if (!isLost) i = skipBlanks(s, i + 2);
  const place = readPlace(s, i);
  if (offsetAlone(b, frame, s, i) || spacedPlace(b, frame, s, i)) return true;
  if (place === null) {
    if (i < s.length || b.trace === null) return false;
    frame.cut = true;
    b.frame(frame, b.trace.style, ID);
    return true;
  }
  const rest = s.slice(place.end);
  if (place.offset === undefined && rest !== '' && !rest.startsWith('/') && !/^[+ ]/.test(rest)) return false;
  if (place.offset === undefined && isHexPrefix(place.function, 0) && isLastCallee(b, head.name)) {
    // The caller has no name: user code, or the end of the stack.
    b.trace!.whole = true;
    return true;
  }
  if (place.offset === undefined && (isHexPrefix(place.function, 0) || place.function === '0')) {
    // Nothing in the symbol table near it: the name is the address again, one that the debugger knows
    // otherwise, or of whatever lies below it, however far away (`copyright` of NetBSD).
    if (roleOf(head.name) === null || /^[0-9a-f]+$/i.test(head.name)) frame.function = '??';
    frame.address = canonHex(place.function);
  }
  if (place.bare === true) b.barePlaces.push(frame);
  noteSpoilt(b, frame, place);
  if (place.offset !== undefined) confirmStray(b, head.name, place.function);
  if (place.offset !== undefined && isCallerPlace(b, head.name, place.function))
    return callerFrame(b, frame, place);
  if (place.function === head.name || head.name.startsWith(`${place.function}.`)) {
    if (place.offset !== undefined) frame.offset = place.offset;
  } else if (place.offset === undefined && head.name.startsWith(place.function)) frame.cut = true;
  else if (place.offset !== undefined && b.lineNumber === 1 && place.function.endsWith(head.name)) {
    // The text begins inside the line.
    frame.function = place.function;
    frame.offset = place.offset;
  } else if (place.offset !== undefined && isMisread(head.name, place.function)) {
    if (isSecondRight(head.name, place.function)) frame.function = place.function;
    frame.offset = place.offset;
    damageOfNames(b, frame, head.name, place.function);
  } else if (place.offset !== undefined) {
    // In a trace that gives places in callers, lines before this one were left out.
    if (b.callerPlaces !== null && b.callerPlaces === b.trace) {
      frame.gap = true;
      return callerFrame(b, frame, place);
    }
    // The place is one of the function that stands with it, whatever the name in front is.
    frame.function = place.function;
    frame.offset = place.offset;
    if (isFoldedName(b, head.name, place.function)) b.trace!.frames.pop();
    else {
      const damage = damageOfNames(b, frame, head.name, place.function);
      b.strayPlace = { frame, place, name: head.name, damage };
    }
  } else if (!isNameless(frame.function) && !isHexPrefix(place.function, 0)) {
    // What is left of the place is no function's: nothing says how far in it is.
    markPlaceless(frame);
    // Dots in its place are the writer's, who has left it out: `zorp_get() at ...`
    if (!/^\.+$/.test(place.function)) damageOfNames(b, frame, head.name, place.function);
  }
  if (rest.startsWith('+')) frame.cut = true;
  readTail(s, place.end, frame);
  dropCutPointer(b, frame);
  const style = styleOf(s, i);
  if (style === 'netbsd') b.saw('NetBSD', 2, true);
  // No other system's debugger gives the frame.
  if (s.startsWith('/frame 0x', place.end)) b.saw('FreeBSD', 1, true);
  if (isDoubled(b, frame)) return true;
  b.frame(frame, style, ID);
  return true;
}

/** `zorp_start() ... zorp_ioctl()`: a writer has left out what stands between. */
function runOfFrames(b: Builder, frame: Frame, rest: string): boolean {
  const m = b.trace === null ? null : /^([A-Za-z_][\w.$]*)\(\)$/.exec(rest);
  if (m === null) return false;
  const { style } = b.trace!;
  markPlaceless(frame);
  b.frame(frame, style, ID);
  const outer: Frame = { function: m[1]!, args: [], gap: true, span: b.span() };
  markPlaceless(outer);
  b.frame(outer, style, ID);
  return true;
}

/** Whether the line above ends inside the name of which this one has the rest: it is one line, folded. */
function isFoldedName(b: Builder, rest: string, name: string): boolean {
  const last = b.trace?.frames.at(-1);
  return last?.cut === true && last.offset === undefined && `${last.function}${rest}` === name;
}

/** Notes that a line has two names that should be one. */
function damageOfNames(b: Builder, frame: Frame, first: string, second: string): Damage {
  const damage: Damage = {
    kind: 'garbled',
    what: `line of ${frame.function}`,
    reason: `its two names differ: "${first}" and "${second}"`,
    span: frame.span,
  };
  b.damage.push(damage);
  return damage;
}

/** In a trace that was copied by hand the name stands once: `zorp_get() at +0x1c`. */
function offsetAlone(b: Builder, frame: Frame, s: string, i: number): boolean {
  const m = b.trace === null || s.charCodeAt(i) !== 43 ? null : /^\+(0x[0-9a-f]{1,8})$/i.exec(s.slice(i));
  if (m === null) return false;
  frame.offset = Number.parseInt(m[1]!, 16);
  b.frame(frame, b.trace!.style, ID);
  return true;
}

/** A scanner reads an underscore as a blank: `zorp_ioctl(ffff8000,0) at zorp ioctl+0xf9`. */
function spacedPlace(b: Builder, frame: Frame, s: string, i: number): boolean {
  if (b.trace === null || !frame.function.includes('_')) return false;
  if (s.charCodeAt(symbolEnd(s, i)) !== 32) return false;
  const m = /^((?:[\w.$]+ ){1,6}[\w.$]+)\+(0x[0-9a-f]{1,8})\b/i.exec(s.slice(i, i + 200));
  if (m === null || m[1]!.replaceAll(' ', '_') !== frame.function) return false;
  frame.offset = Number.parseInt(m[2]!, 16);
  damageOfNames(b, frame, frame.function, m[1]!);
  b.frame(frame, b.trace.style, ID);
  return true;
}

/**
 * Whether the line is of the traces that arm64 and mips kernels printed once: `callee() at caller+0x12`, the
 * place of the next frame. Such a trace begins with the debugger's own function, and each line goes on where
 * the last ended.
 */
function isCallerPlace(b: Builder, callee: string, caller: string): boolean {
  if (callee === caller || callee.startsWith(`${caller}.`)) return false;
  const last = b.trace?.frames.at(-1);
  // One name mistyped is no caller.
  if (last === undefined) return isPanicHelper(callee) && !isNameless(caller) && !isMisread(callee, caller);
  return isLastCallee(b, callee);
}

/** The line before gave the place of this function: then the trace gives places in callers from there on. */
function confirmStray(b: Builder, callee: string, caller: string): void {
  const stray = b.strayPlace;
  const last = b.trace?.frames.at(-1);
  if (stray === null || b.trace === null || last !== stray.frame || caller === callee) return;
  if (stray.place.function !== callee || b.callerPlaces === b.trace) return;
  delete last.offset;
  last.function = stray.name;
  const noted = b.damage.indexOf(stray.damage);
  if (noted >= 0) b.damage.splice(noted, 1);
  const frame: Frame = { function: callee, args: [], span: last.span };
  if (stray.place.offset !== undefined) frame.offset = stray.place.offset;
  b.frame(frame, b.trace.style, ID);
  b.callerPlaces = b.trace;
}

/** Whether the trace gives places in callers, and this function is the caller of the line before. */
function isLastCallee(b: Builder, callee: string): boolean {
  return b.trace !== null && b.callerPlaces === b.trace && b.trace.frames.at(-1)?.function === callee;
}

function callerFrame(b: Builder, frame: Frame, place: { function: string; offset?: number }): boolean {
  const last = b.trace?.frames.at(-1);
  if (last === undefined || last.function !== frame.function) b.frame(frame, 'ddb', ID);
  b.callerPlaces = b.trace;
  const caller: Frame = { function: place.function, args: [], span: b.span() };
  if (place.offset !== undefined) caller.offset = place.offset;
  b.frame(caller, 'ddb', ID);
  return true;
}

/**
 * `pc = 0x..  lr = 0x..` and `sp = 0x..  fp = 0x..` under such a line, of the function that it begins with.
 */
function framePointers(b: Builder): boolean {
  if (b.trace === null || b.callerPlaces !== b.trace) return false;
  const frame = b.trace.frames.at(-2);
  const pc = namedValue(b.low, ['pc']);
  const fp = namedValue(b.low, ['fp']);
  if (frame !== undefined && pc !== undefined) frame.address ??= pc;
  if (frame !== undefined && fp !== undefined) frame.framePointer ??= fp;
  return pc !== undefined || fp !== undefined;
}

/**
 * Behind a trap powerpc's debugger shows what lies in the interrupted function's own frame: where the latest
 * function that it called has returned to. That is the same function again, and no call of its own.
 */
function isLeftReturn({ trace }: Builder, { function: name }: Frame): boolean {
  const last = trace?.frames.at(-1);
  if (last?.function !== name || last.framePointer !== undefined) return false;
  const boundary = trace!.boundaries.at(-1);
  return boundary?.what === 'trap' && boundary.after === trace!.frames.length - 2;
}

/** powerpc's lines: `0xe0000000078c1a50: at panic+0x1c4`, and its trap boundaries in the same column. */
function powerpcLine(b: Builder): boolean {
  const s = b.line.text;
  const m =
    /^(0x[0-9a-f]{8,16}): (?:at (\S+?)\+(0x[0-9a-f]+)|(kernel|user|[a-z]{4,16} interrupt) (?:(.{1,40}?) trap(?: @ (0x[0-9a-f]+))? )?by (\S+))/.exec(
      s,
    );
  if (m === null) return false;
  b.sawArch('powerpc', 4);
  // NetBSD's are the same.
  b.saw('FreeBSD', 1);
  if (m[2] !== undefined) {
    const frame: Frame = {
      function: codeName(m[2]),
      offset: Number.parseInt(m[3]!, 16),
      args: [],
      framePointer: canonHex(m[1]!),
      span: b.span(),
    };
    if (!isLeftReturn(b, frame)) b.frame(frame, 'ddb', ID);
    return true;
  }
  const isCall = m[4] === 'user' && /^SC$/i.test(m[5] ?? '');
  const what = isCall ? 'syscall' : m[4]!.endsWith(' interrupt') ? 'interrupt' : 'trap';
  b.boundary({ what, span: b.span() }, 'ddb', ID);
  const by = /^([A-Za-z_.][\w.$]*)\+(0x[0-9a-f]+)/.exec(m[7]!);
  if (by !== null)
    b.frame(
      { function: codeName(by[1]!), offset: Number.parseInt(by[2]!, 16), args: [], span: b.span() },
      'ddb',
      ID,
    );
  return true;
}

/** A function as the source calls it: the first ABI of 64-bit powerpc has a dot before its code. */
const codeName = (name: string): string => (/^\.[A-Za-z_]/.test(name) ? name.slice(1) : name);

/** vax: `0x8f6c1e6c: zsc_intr+0x42(0x80e1a000)`, and in the same column the trap that came there. */
const VAX_FRAME = /^(0x[0-9a-f]{8}): (?:netbsd:)?([A-Za-z_][\w.$]*) ?\+(0x[0-9a-f]{1,8})(?: ?\(([^()]*)\))$/i;
const VAX_TRAP =
  /^0x[0-9a-f]{8}: trap type=0x([0-9a-f]{1,3}) code=0x[0-9a-f]{1,8} pc=(0x[0-9a-f]{1,8}) psl=0x/i;

function vaxLine(b: Builder): boolean {
  const s = b.line.text;
  const trap = VAX_TRAP.exec(s);
  if (trap !== null) {
    b.sawArch('vax', 8);
    b.saw('NetBSD', 2);
    b.boundary({ what: 'trap', ip: canonHex(trap[2]!), span: b.span() }, 'ddb', ID);
    return true;
  }
  const m = VAX_FRAME.exec(s);
  const args = m === null ? null : readArgs(m[4]!, 0, m[4]!.length);
  if (m === null || args === null) return false;
  b.sawArch('vax', 4);
  b.saw('NetBSD', 1);
  b.frame({ function: m[2]!, offset: Number.parseInt(m[3]!, 16), args, span: b.span() }, 'ddb', ID);
  return true;
}

/** `0x4b6a2c` alone in a trace of names: code for which the debugger had none. */
function addressAlone(b: Builder): boolean {
  const { trace, line } = b;
  if (trace === null || trace.frames.length === 0 || line.row - b.frameRow > 1) return false;
  if (!/^0x[0-9a-f]{5,16}$/i.test(line.text) || trace.frames.at(-1)!.number !== undefined) return false;
  b.frame({ function: '??', address: canonHex(line.text), args: [], span: b.span() }, trace.style, ID);
  return true;
}

/** A hand-typed frame without its parentheses: `doreti_swi at doreti_swi + 0xf` */
function bareFrame(b: Builder): boolean {
  const s = b.line.text;
  const end = wordEndOf(b.line);
  const alone = s.charCodeAt(end) === 43 ? /^([A-Za-z_][\w.$]*)\+(0x[0-9a-f]+)$/i.exec(s) : null;
  if (alone !== null)
    return nameAlone(b, {
      function: alone[1]!,
      offset: Number.parseInt(alone[2]!, 16),
      args: [],
      span: b.span(),
    });
  if (b.trace === null || end === 0 || !s.startsWith(' at ', end)) return false;
  const place = readPlace(s, end + 4);
  if (place === null || place.offset === undefined || place.function !== s.slice(0, end)) return false;
  b.frame({ function: place.function, offset: place.offset, args: [], span: b.span() }, b.trace.style, ID);
  return true;
}

/**
 * A line inside a trace whose beginning a camera, a scanner or a hand has spoilt (`zorp_relet) at
 * zorp_rele+0x19`): its place still tells the function.
 */
function spoiltFrame(b: Builder): boolean {
  const trace = b.trace!;
  if (trace.frames.length === 0 || b.callerPlaces === trace || b.backwards) return false;
  if (b.line.row - b.frameRow > NEXT_ROW) return false;
  const m = /^\S{1,80} at (?:\w+:)?([A-Za-z_][\w.$]*)\+(0x[0-9a-f]{1,8})(?=$|[ /])/i.exec(b.line.text);
  if (m === null) return false;
  const span = b.span();
  b.frame({ function: m[1]!, offset: Number.parseInt(m[2]!, 16), args: [], span }, trace.style, ID);
  b.damage.push({
    kind: 'garbled',
    what: `line of ${m[1]!}`,
    reason: 'its beginning could not be read; the place at its end could',
    span,
  });
  return true;
}

/**
 * People give a backtrace by its names alone, a line each: `vm_fault()`. Two such lines in a row, under a
 * panic or beginning with the way to one, are one.
 */
function nameAlone(b: Builder, frame: Frame): boolean {
  const { line } = b;
  const list = b.nameList;
  // Without a word of a panic before them, the way to one must be among the names.
  const known = b.current !== null || isPanicHelper(list?.first?.function ?? frame.function);
  if (frame.args.length > 0 || !known) return false;
  if (list !== null && list.trace !== null && list.trace === b.trace) {
    b.frame(frame, 'ddb', ID);
    return true;
  }
  // The first line of an answer to `trace`.
  if (frame.offset !== undefined && b.awaitsTrace && b.current !== null) {
    b.frame(frame, 'ddb', ID);
    b.nameList = { first: null, end: line.end, trace: b.trace };
    return b.trace !== null;
  }
  const follows = list !== null && list.first !== null && line.from - list.end <= NAMES_APART;
  b.nameList = { first: frame, end: line.end, trace: null };
  if (!follows || b.trace !== null) return false;
  b.frame(list.first!, 'ddb', ID);
  b.frame(frame, 'ddb', ID);
  b.nameList = { first: null, end: line.end, trace: b.trace };
  return true;
}

/** A blank line may lie between two names. */
const NAMES_APART = 4;

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

/** DDB's own traces, which are also those of KDB with a symbol table, of OpenBSD and of NetBSD. */
export const traceDdb: Form = {
  id: ID,
  reads:
    'traces of DDB, with arguments or `/frame`, with source (OpenBSD), with module (NetBSD), and trap boundaries',
  systems: 'all',
  leads: ['---', '-- ', '- trap', '- syscall', '- interrupt'],
  open: ['-'],
  first: `${LETTERS}_0123456789?(`,
  line(_line: Line, b: Builder): boolean {
    const c = b.low.charCodeAt(0);
    if (c === 45) return boundaryLine(b);
    if (c === 48 && (powerpcLine(b) || vaxLine(b) || addressAlone(b))) return true;
    const isPointer = (c === 112 || c === 115) && b.low.startsWith('= ', 3);
    if (isPointer && (b.low.startsWith('pc ') || b.low.startsWith('sp ')) && framePointers(b)) return true;
    return frameLine(b);
  },
  rest(_line: Line, b: Builder): boolean {
    return b.trace !== null && b.low.includes(' at ') && spoiltFrame(b);
  },
  joins(text: string, next: string): string | false | null {
    if (text.charCodeAt(0) === 45) {
      if (text.endsWith('---')) return false;
      if (!/^-+ ?(?:trap|interrupt|syscall)/.test(text)) return null;
      return /(?:[er][isb]p|---$|^0x|^=)/.test(next) && next.length < 90 ? ' ' : null;
    }
    const head = frameHead(text, symbolEnd(text, 0));
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
    // The last column of the console stood within the word itself.
    if (rest === 'a') return /^t [A-Za-z_][\w.$:]*(?:\+|$)/.test(next) ? '' : null;
    if (!rest.startsWith('at ')) return null;
    return joinPlace(head.name, rest.slice(3).trim(), next);
  },
};

const SOURCE = /^[\w./-]*\.[chsSm]:-?\d/;

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
    // DragonFly puts the address to return to last.
    if (/^0x[0-9a-f]{8,16}$/.test(next)) return ' ';
    // OpenBSD puts the source file last.
    return !next.includes('(') && SOURCE.test(word) ? ' ' : false;
  }
  // Between the place and the file stands the function that was inlined there.
  if (/^0x[0-9a-f]+ [a-z_]\w*$/i.test(digits)) return SOURCE.test(word) && !next.includes('(') ? ' ' : null;
  return digits.includes('/frame') ? false : null;
}
