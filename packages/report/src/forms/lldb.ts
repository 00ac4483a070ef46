import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import { canonHex, decimalHex, digitsEnd, numberEnd, skipBlanks } from '../scan.js';
import { nameEvent } from '../panic-message.js';
import type { Frame } from '../types.js';
import { askDebugger } from './debugger-answers.js';
import type { Form } from './form.js';

const ID = 'lldb';

/**
 * `frame #4: 0xffffffff80b10460 kernel`zorp_rele(sc=0xfffff80003c1a000) at zorp.c:77:3`, from the number on.
 */
const FRAME = /^(?:\* )?frame #(\d{1,5}): (?:(0x[0-9a-f]{6,16})(?: |$))?(?:([\w.-]+)`)?(.*)$/i;
/** The place in the sources ends the line of a frame. */
const PLACED = / at [^\s:]+:\d+(?::\d+)?$/;
/** The answer to `list *ADDRESS`, without its place. */
const LOCATED = /^0x[0-9a-f]{6,16} is in [A-Za-z_][\w.$]*$/;
const THREAD = /^(?:\* )?thread #\d+(?:, name = '([^']*)')?/;
/** What the debugger shows as the text of a panic: its format, or the buffer where it was put together. */
const FORMATS = new Set(['panic', 'vpanic', 'kassert_panic', '_kassert_panic', 'vkassert_panic']);

function frameLine(b: Builder): boolean {
  const m = FRAME.exec(b.line.text);
  if (m === null) return false;
  const body = m[4]!;
  const frame: Frame = { function: '??', args: [], number: Number(m[1]), span: b.span() };
  if (m[2] !== undefined) frame.address = canonHex(m[2]);
  if (m[3] !== undefined && m[3] !== 'kernel') frame.module = m[3];
  readBody(b, body, frame);
  b.frame(frame, 'lldb', ID);
  return true;
}

/** Between a function and the one that was inlined into it, whose arguments and place follow. */
const INLINED = ' [inlined] ';

/** `zorp_rele(sc=0xfffff80003c1a000) at zorp.c:77:3`, `zorp_poll [inlined] zorp_get(...)` */
function readBody(b: Builder, whole: string, frame: Frame): void {
  const inlined = whole.lastIndexOf(INLINED);
  const inner = whole.slice(inlined + INLINED.length);
  const body = inlined >= 0 && /^[A-Za-z_]/.test(inner) && !inner.startsWith('at ') ? inner : whole;
  const name = /^[A-Za-z_][\w.$]*/.exec(body);
  if (name === null) return;
  frame.function = name[0];
  let rest = body.slice(name[0].length);
  const plus = /^ \+ (\d+)/.exec(rest);
  if (plus !== null) frame.offset = Number(plus[1]);
  if (rest.startsWith('(')) {
    const close = rest.lastIndexOf(')');
    const list = close < 0 ? rest.slice(1) : rest.slice(1, close);
    if (close < 0) frame.cut = true;
    namedArguments(b, list, frame);
    rest = close < 0 ? '' : rest.slice(close + 1);
  }
  if (/\[inlined\]/.test(whole)) frame.inlined = true;
  const at = /(?:^| )at ([^\s:]+):(\d+)/.exec(rest);
  if (at !== null) frame.source = { file: at[1]!, line: Number(at[2]) };
}

function namedArguments(b: Builder, inner: string, frame: Frame): void {
  const names: string[] = [];
  for (const m of inner.matchAll(/([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|[^,]*)/g)) {
    if (names.length >= 64) break;
    const value = m[2]!;
    const end = numberEnd(value, 0);
    names.push(m[1]!);
    if (/^-?\d{1,20}$/.test(value)) frame.args.push(decimalHex(value));
    else frame.args.push(value.startsWith('0x') && end > 2 ? canonHex(value.slice(0, end)) : '?');
    if (m[1] === 'fmt' && value.startsWith('"') && FORMATS.has(frame.function)) takeFormat(b, value);
  }
  if (names.length > 0) frame.argNames = names;
}

/** The format of a panic is its message where no other line gives it. */
export function takeFormat(b: Builder, quoted: string): void {
  const text = quoted.replace(/^"|"$/g, '').replace(/\\n$/, '');
  const event = b.unknownEvent(ID);
  if (event.message !== undefined || event.kind !== 'unknown' || text === '' || text === '%s') return;
  const at = Math.max(b.line.text.indexOf(quoted), 0);
  nameEvent(b, event, text, at + 1, at + quoted.length - 1);
}

/** `* thread #1, name = '(pid 1234) zorpd', stop reason = signal 0` */
function threadLine(b: Builder): boolean {
  const m = THREAD.exec(b.line.text);
  if (m === null) return false;
  b.breakHere();
  // The thread that panicked is marked: `(pid 1234) zorpd (crashed)`.
  const about = /^\(pid (\d+)\) (.*?)(?: \(crashed\))?$/.exec(m[1] ?? '');
  b.announce(about === null ? {} : { pid: Number(about[1]), name: about[2]! });
  return true;
}

const IN = /^(0x[0-9a-f]{6,16}) is in ([A-Za-z_][\w.$]*) \(([^():]+):(\d+)\)/;
const LINE =
  /^line (\d+) of "([^"]+)" (?:starts at address|is at address) (0x[0-9a-f]{6,16}) <([A-Za-z_][\w.$]*)(?:\+\d+)?>(?: and ends at (0x[0-9a-f]{6,16}))?/i;
const SYMBOL = /^(?:=> )?(0x[0-9a-f]{6,16}) <([A-Za-z_][\w.$]*)(?:\+\d+)?>:/;
/** What a writer has found out himself: `0xc068eaba is vm_fault+0x13e.` */
const STATED =
  /^(?:\(?(?:ip|[re]ip|pc|instruction pointer)[ =:]{1,3})?(0x[0-9a-f]{6,16}) (?:is(?: at| in)?|=|->|=>) ([A-Za-z_][\w.$]*)\+(0x[0-9a-f]{1,6})[.)]{0,2}$/i;

/** What a debugger answers to `list *ADDRESS`, `info line *ADDRESS` and `x/i ADDRESS`. */
function lookup(b: Builder): boolean {
  const { text } = b.line;
  const listed = IN.exec(text);
  if (listed !== null) {
    b.located.set(canonHex(listed[1]!), {
      function: listed[2]!,
      source: { file: listed[3]!, line: Number(listed[4]) },
      span: b.span(),
    });
    return true;
  }
  const line = LINE.exec(text);
  if (line !== null) {
    const found = { function: line[4]!, source: { file: line[2]!, line: Number(line[1]) }, span: b.span() };
    // The debugger was asked for an address and answers with the bounds of its line.
    b.located.set(b.asked ?? canonHex(line[3]!), found);
    return true;
  }
  const stated = STATED.exec(text);
  if (stated !== null) {
    const address = canonHex(stated[1]!);
    const offset = Number.parseInt(stated[3]!, 16);
    if (!b.located.has(address)) b.located.set(address, { function: stated[2]!, offset, span: b.span() });
    return true;
  }
  const symbol = SYMBOL.exec(text);
  if (symbol === null) return false;
  const address = canonHex(symbol[1]!);
  if (!b.located.has(address)) b.located.set(address, { function: symbol[2]!, span: b.span() });
  return true;
}

/** Sessions of lldb on a crash dump, and what gdb and lldb answer about an address. */
export const lldb: Form = {
  id: ID,
  reads:
    'lldb sessions: threads, frames with arguments and source; `list *`, `info line`, `x/i` of gdb and lldb',
  systems: 'FreeBSD',
  leads: ['(lldb)', 'frame #', '* frame #', '* thread #', 'thread #'],
  also: ['0x', '=> 0', 'line'],
  line(_line: Line, b: Builder): boolean {
    const { low } = b;
    if (low.startsWith('frame #') || low.startsWith('* frame #')) return frameLine(b);
    if (low.startsWith('* thread #') || low.startsWith('thread #')) return threadLine(b);
    if (low.startsWith('(lldb)')) return session(b);
    const c = low.charCodeAt(0);
    if (c === 48 || c === 61 || c === 108 || (b.asked !== null && low.includes(' in section ')))
      return lookup(b);
    return false;
  },
  joins(text: string, next: string): string | null {
    // A mailer has broken the line at one of its blanks.
    if (/^(?:\* )?frame #/.test(text)) {
      if (PLACED.test(text) || /^\(lldb\)|^\d+ /.test(next)) return null;
      return /(?:: |:? 0x[0-9a-f]{6,16}|,| at| \[inlined\]|#\d{1,5}:)$/.test(text) ? ' ' : null;
    }
    return LOCATED.test(text) && next.startsWith('(') ? ' ' : null;
  },
};

function session(b: Builder): boolean {
  const i = skipBlanks(b.line.text, 6);
  b.breakHere();
  b.asked = askedAddress(b.line.text);
  b.showsFrame = goesToFrame(b.low.slice(i));
  askDebugger(b, b.line.text.slice(i));
  if (!b.showsFrame) b.endTrace();
  if (i < b.line.text.length) b.command(b.line.text.slice(i), i, b.line.text.length);
  return true;
}

/** Whether a command of gdb's or lldb's goes to one frame, and shows it. */
export function goesToFrame(command: string): boolean {
  return /^(?:up|down|f|fr|frame)(?: (?:-?\d{1,5}|(?:s|sel|select|i|info)(?: -?\d{1,5})?))?$/.test(command);
}

/** The address that a debugger command asks about: `list *0xffffffff80a0b0c4`. */
export function askedAddress(command: string): string | null {
  const at = command.indexOf('0x');
  if (at < 0) return null;
  const end = numberEnd(command, at);
  return end - at < 6 || digitsEnd(command, at) === at ? null : canonHex(command.slice(at, end));
}
