import type { Builder } from './builder.js';
import type { Form } from './forms/form.js';
import { holdName } from './forms/bare-names.js';
import { FORMS } from './forms/index.js';
import { type Line, lowOf } from './line.js';
import { CONSOLE_WIDTH, hasNoRoom } from './widths.js';
import { confirmMessage, takeHeld } from './panic-message.js';
import { showPanic } from './show-panic.js';
import { opensCheck } from './forms/assertions.js';
import { toldBehindComment } from './forms/panic-line.js';
import { hexEnd, isDigit, isSymbolStart, symbolEnd } from './scan.js';

/** Characters of a beginning that are compared; the form itself looks closer. */
const GATE = 4;

/** A form that can read lines with a certain first character. */
interface Entry {
  /** The form's own functions: forms differ in which they have, entries do not, so that calls stay cheap. */
  line: Form['line'];
  joins: Form['joins'];
  /** Beginnings (cut to GATE characters) that its lines have; null if any line may be one. */
  gates: readonly string[] | null;
}

/** Forms by the first character (lower case) that their lines can have. */
let table: (readonly Entry[])[] | null = null;

function build(): (readonly Entry[])[] {
  const out: Entry[][] = Array.from({ length: 128 }, () => []);
  for (const form of FORMS) {
    const gates = new Map<number, string[] | null>();
    for (const lead of [...(form.leads ?? []), ...(form.also ?? [])]) {
      const c = lead.charCodeAt(0);
      gates.set(c, [...(gates.get(c) ?? []), lead.slice(0, GATE)]);
    }
    for (const c of form.first ?? '') gates.set(c.charCodeAt(0), null);
    for (const [c, found] of gates)
      out[c]!.push({
        line: form.line,
        joins: form.joins,
        gates: found === null ? null : [...new Set(found)],
      });
  }
  return out;
}

/** What a line can be by its first characters. */
export interface Beginning {
  /** The forms that can read it. */
  entries: readonly Entry[];
  /** Of these, how those join it with the next that can. */
  joining: readonly NonNullable<Form['joins']>[];
  /** Beginnings of lines of a report that it may have in full. */
  leads: readonly string[];
}

const passes = (gates: readonly string[] | null, low: string): boolean =>
  gates === null || gates.some((gate) => low.startsWith(gate));

/**
 * What lines with these first characters can be, as each was found once, in the place that their number gives
 * it; the one that is looked up later takes the place of another.
 */
const PLACES = 32768;
const beginnings: (Beginning | null)[] = new Array(PLACES).fill(null);
const beginningNumbers = new Int32Array(PLACES).fill(-1);

/** The number's upper half, well mixed. */
const placeOf = (first: number): number => Math.imul(first, 0x9e3779b1) >>> 17;

/** The first characters of a line as one number; -1 where one is beyond ASCII. */
function firstOf(low: string): number {
  let first = 0;
  for (let i = 0; i < GATE; i++) {
    const c = i < low.length ? low.charCodeAt(i) : 0;
    if (c > 127) return -1;
    first = first * 128 + c;
  }
  return first;
}

/** What a line can be by its first characters; the answer is kept with the line. */
export function beginningOf(line: Line): Beginning {
  line.beginning ??= lookUp(lowOf(line));
  return line.beginning;
}

/** Looks up what a line can be, so that not each of two hundred beginnings is compared with each line. */
function lookUp(low: string): Beginning {
  const first = firstOf(low);
  if (first < 0) return findBeginning(low);
  const place = placeOf(first);
  if (beginningNumbers[place] !== first) {
    beginnings[place] = findBeginning(low);
    beginningNumbers[place] = first;
  }
  return beginnings[place]!;
}

/** The same without the table. */
function findBeginning(low: string): Beginning {
  table ??= build();
  leads ??= byFirst((form) => form.leads ?? []);
  const c = low.charCodeAt(0);
  const entries = (table[c] ?? []).filter(({ gates }) => passes(gates, low));
  return {
    entries,
    joining: entries.flatMap(({ joins }) => joins ?? []),
    leads: (leads[c] ?? []).filter((lead) => low.startsWith(lead.slice(0, GATE))),
  };
}

let rests: NonNullable<Form['rest']>[] | null = null;

/** Offers the line to the forms; whether one took it. */
export function dispatch(line: Line, b: Builder): boolean {
  if (b.held !== null) takeHeld(line, b);
  if ((b.names.length > 0 || !line.text.includes(' ')) && holdName(line, b)) return true;
  if (b.messageLine !== null) confirmMessage(line, b);
  if (b.showing === 'panic') {
    // The debugger lists the CPUs' messages: it is not they who print them.
    b.setLine(line.cpu < 0 ? line : { ...line, cpu: -1 });
    if (showPanic(b, line.cpu)) return true;
  } else b.setLine(line);
  const { entries } = beginningOf(b.line);
  for (let i = 0; i < entries.length; i++) {
    const { line: read } = entries[i]!;
    if (read === undefined) continue;
    const before = b.line;
    if (read(b.line, b)) return true;
    // What stood before the line of a report, a debugger's prompt, was taken off.
    if (b.line !== before) return dispatch(b.line, b);
  }
  rests ??= FORMS.flatMap((form) => (form.rest === undefined ? [] : [form.rest]));
  for (let i = 0; i < rests.length; i++) if (rests[i]!(b.line, b)) return true;
  return false;
}

/**
 * What to put between a line that was cut and its continuation; null if it was not cut.
 *
 * @param whole whether `line` is as long as it was printed: not yet joined, or joined without a blank
 */
export function glue(line: Line, next: Line, whole: boolean): string | null {
  // Most lines are whole and followed by another: nothing to join, unless the line ends in the middle of
  // something.
  if (isStart(next) && !endsOpen(line)) return null;
  const first = next.text.charCodeAt(0);
  if (isOfAnotherScript(first) || (mayLeaveOut(first) && LEFT_OUT.test(next.text))) return null;
  // Neither console nor mailer puts a blank line between, unless the whole text has one after every line.
  if (next.afterBlank && !line.afterBlank) return null;
  // A line that fills the console to its last column was cut there, wherever that is.
  let below: boolean | undefined;
  const goesOn = (): boolean => (below ??= goesOnBelow(line, next));
  const hard = whole ? consoleWrap(line, next, goesOn) : null;
  if (hard !== null) return hard;
  const low = lowOf(line);
  const { joining } = beginningOf(line);
  for (let i = 0; i < joining.length; i++) {
    const found = joining[i]!(line.text, next.text, low);
    if (found === false) return null;
    if (found !== null) return found;
  }
  return (whole ? consoleBlank(line, next) : null) ?? mailWrap(line, next, whole, goesOn);
}

/** A writer's mark of lines that are left out. */
const LEFT_OUT = /^(?:\[ ?(?:\.{2,4}|\u2026|snip\w*) ?\]|\.{3,4}|\u2026|<snip\w*>)$/i;

/** The first characters of such a mark. */
const mayLeaveOut = (c: number): boolean => c === 91 || c === 46 || c === 60 || c === 0x2026;

/** A letter that no kernel prints (Greek, Cyrillic, kana, ...): a writer's own line begins with it. */
function isOfAnotherScript(c: number): boolean {
  return c >= 0x370 && (c < 0x2000 || c > 0x2bff) && c < 0xe000;
}

/** Whether a line ends where none does, or is of a kind whose middle looks like the beginning of another. */
function endsOpen(line: Line): boolean {
  const { text } = line;
  const c = text.charCodeAt(text.length - 1);
  if (c === 44 || c === 64 || c === 58 || c === 40 || c === 43 || c === 61) return true;
  if (c === 116 && text.endsWith(' at')) return true;
  opens ??= byFirst((form) => form.open ?? []);
  const known = opens[text.charCodeAt(0)];
  if (known === undefined) return false;
  for (let i = 0; i < known.length; i++) if (text.startsWith(known[i]!)) return true;
  return false;
}

let opens: string[][] | null = null;

/** Beginnings of lines by their first character. */
let leads: string[][] | null = null;

/** Beginnings that forms have, by their first character. */
function byFirst(of: (form: Form) => readonly string[]): string[][] {
  const out: string[][] = Array.from({ length: 128 }, () => []);
  for (const form of FORMS) for (const lead of of(form)) out[lead.charCodeAt(0)]!.push(lead);
  return out;
}

/** A register and its value. */
const REGISTER = /^(?:[c-gs]s|[er](?:[a-d]x|[sb]p|[sd]i|ip)|r\d+|efl|rfl\w*)[ :=]+[0-9a-f]/;
/** `t[0] == 0x..`; CheriBSD: `ra = 0x.. [rxR,..]` */
const RISCV_REGISTER = /^(?:[ast]\[\d{1,2}\](?: ==?|:) 0x|(?:ra|[sgt]p|s[a-z]{3,6}) ==? 0x[0-9a-f]{16} ?\[)/;
/** `x0: ffffa00000a11000`, with the symbol that newer kernels print behind it. */
const ARM64_REGISTER =
  /^(?:x[0-9]|x[12][0-9]|x30|sp|lr|elr|spsr|far|esr): *(?:0x)?[0-9a-f]{1,16}(?: *\(|$)|^elr: *[a-z_][\w.$]* ?\+ ?0x[0-9a-f]/;
/** Arguments and the address to return to, which a mailer can have put on the next line. */
const RETURNS = /\) ra(?: |$)/;
/** `0xc0080000: at zorp+0x1c`, a frame on powerpc. */
const POWERPC = /^0x[0-9a-f]{8,16}: (?:at|kernel|user) /;
/** The longest name of a register; of riscv's, whose sign stands behind a blank. */
const REGISTER_MAX = 6;
const RISCV_MAX = 7;
/**
 * What the names in RISCV_REGISTER (g, r, s, t), in ARM64_REGISTER (e, f, l, s, x) and in REGISTER (c to g,
 * r, s) begin with.
 */
const mayBeRiscv = (c: number): boolean => c === 103 || (c >= 114 && c <= 116);
const mayBeArm64 = (c: number): boolean => c === 120 || c === 115 || c === 108 || c === 101 || c === 102;
const mayBeX86 = (c: number): boolean => (c >= 99 && c <= 103) || c === 114 || c === 115;

/** Whether a line begins like one of a report; the answer is kept with the line. */
export function isStart(line: Line): boolean {
  line.start ??= beginsLikeOne(line);
  return line.start;
}

function beginsLikeOne(line: Line): boolean {
  const low = lowOf(line);
  const { leads: known } = beginningOf(line);
  for (let i = 0; i < known.length; i++) if (low.startsWith(known[i]!)) return true;
  const c = low.charCodeAt(0);
  if (
    low.charCodeAt(low.length - 1) === 58 &&
    low.endsWith(' locks held:') &&
    low.includes(' with the following')
  )
    return true;
  // Numbered frames, frames, registers: lines that have no fixed beginning.
  if (c === 35) return isDigit(low.charCodeAt(1));
  // A frame that has an address for a name: `0(ffff800000023080) at 0`, `??() at 0`.
  if (c === 63) return low.startsWith('??(') || low.startsWith('?(');
  if (c === 40) return low.startsWith('(null)(');
  if (isDigit(c)) return low.charCodeAt(hexEnd(low, 0)) === 40 || POWERPC.test(low);
  return isSymbolStart(c) && beginsNamed(low, c);
}

/** A frame, or a register: a name, and what stands behind it. */
function beginsNamed(low: string, c: number): boolean {
  const end = symbolEnd(low, 1);
  const c1 = low.charCodeAt(end);
  if (c1 === 40) return true;
  if ((c1 === 91 && end === 1) || (end <= RISCV_MAX && mayBeRiscv(c)))
    if (RISCV_REGISTER.test(low)) return true;
  if (c1 === 58 && end <= REGISTER_MAX && mayBeArm64(c) && ARM64_REGISTER.test(low)) return true;
  // mips: `trap+0x103c (?,?,?,?) ra ..`
  if ((c1 === 43 || (c1 === 32 && low.charCodeAt(end + 1) === 40)) && RETURNS.test(low)) return true;
  return end <= REGISTER_MAX && mayBeX86(c) && REGISTER.test(low);
}

/**
 * A console breaks a line at its last column, wherever that is; a blank that went to the next line stays
 * there.
 */
function consoleWrap(line: Line, next: Line, goesOn: () => boolean): string | null {
  const width = line.text.length + line.indent;
  if ((width % CONSOLE_WIDTH !== 0 && !fillsScreen(line, next)) || width === 0) return null;
  if (isStart(next)) return null;
  // The blank at the break went to the next line: no line of a writer's own begins so.
  if (!isStart(line) && !goesOn() && (next.indent !== 1 || !line.text.includes('panic: '))) return null;
  return next.indent > 0 ? ' ' : '';
}

/** Whether a line fills the console with what stood there before it, and the next begins at its edge. */
function fillsScreen(line: Line, next: Line): boolean {
  if (line.width !== CONSOLE_WIDTH || next.afterBlank) return false;
  return line.at - line.from > line.indent && isBare(next);
}

/** Whether nothing but blanks stands before the text of a line. */
const isBare = (line: Line): boolean => line.at - line.from === line.indent;

/** A line with the system's release, its number and its date, as uname gives it. */
const VERSION = /^(free|net|open)bsd \S{1,60} \d\S{0,30} .{0,80}(?:\1bsd\b|#\d|generic)/i;

/** The letters that the systems' names begin with, in either case. */
const maySystem = (c: number): boolean => (c | 32) === 102 || (c | 32) === 110 || (c | 32) === 111;

/** Who built a kernel and where, in front of the machine: `root@zork:/usr/obj/usr/src/sys/GENERIC`. */
const BUILT = /^\S{1,40}@\S{1,60}:\/usr\/\S*$/;
/** The word, and perhaps the function's name, with nothing behind it. */
const ANNOUNCED = /\bpanic:(?: \w{3,40}:)?$/;

/** Whether a line is known to go on in the next, wherever in a sentence it begins. */
function goesOnBelow({ text }: Line, next: Line): boolean {
  if (opensCheck(text) || (maySystem(text.charCodeAt(0)) && VERSION.test(text))) return true;
  if (text.includes('@') && BUILT.test(text)) return true;
  if (!text.includes('panic:')) return false;
  if (ANNOUNCED.test(text)) return true;
  // The next line of the comment would have its mark.
  return /^[a-z]/.test(next.text) && toldBehindComment(text);
}

/** The blank in the last column of a console line is taken for padding; the line then seems one short. */
function consoleBlank(line: Line, next: Line): string | null {
  if ((line.text.length + line.indent) % CONSOLE_WIDTH !== CONSOLE_WIDTH - 1) return null;
  return isStart(line) && !isStart(next) ? ' ' : null;
}

/** Mailers break lines between these widths. */
const MAIL_MIN = 40;
const MAIL_MAX = 80;

/**
 * A mailer breaks a line at a blank because the next word would not have fitted. Of a line that was put
 * together, the last piece is what the mailer counted.
 */
function mailWrap(line: Line, next: Line, whole: boolean, goesOn: () => boolean): string | null {
  // What stands before the text may have been there when the mailer counted, or have come later.
  const bare = whole && line.row === line.endRow ? line.text.length + line.indent : line.width;
  const least = Math.min(line.width, bare);
  const most = Math.max(line.width, bare);
  if (most < MAIL_MIN || least > MAIL_MAX || next.afterBlank || next.row - line.endRow > 1) return null;
  // A logger stamps every line of its own, so a line without a stamp after one with it is a continuation.
  if (line.stamp !== '' && next.stamp !== '') return null;
  if (isStart(next)) return null;
  const full = hasNoRoom(most, next);
  // After a stamped line, one without a stamp is a continuation whatever the line is.
  if (line.stamp !== '') return full || isStart(line) ? ' ' : null;
  return full && (isStart(line) || goesOn()) ? ' ' : null;
}
