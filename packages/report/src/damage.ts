import { beginsOuter } from './panic-in-panic.js';
import { REGISTERS_NOT_KEPT } from './details.js';
import { isNameless } from './culprit.js';
import { LOCK_ORDERS } from './forms/witness-order.js';
import { isPanicHelper } from './functions/index.js';
import { placeSaid } from './place-said.js';
import { leftOf } from './signature.js';
import type { Arch, Damage, Report, Span, Trap } from './types.js';

/** Fields of FreeBSD's trap block in the order of printing, with what calls for them. */
const BLOCK: readonly [field: keyof Trap, name: string, pageFaultOnly: boolean][] = [
  ['faultAddress', 'fault virtual address', true],
  ['faultCode', 'fault code', true],
  ['ip', 'instruction pointer', false],
  ['sp', 'stack pointer', false],
  ['fp', 'frame pointer', false],
  ['codeSegment', 'code segment', false],
  ['eflags', 'processor eflags', false],
  ['process', 'current process', false],
];

const REGISTERS: Partial<Record<Arch, readonly string[]>> = {
  i386: ['cs', 'ds', 'es', 'ss', 'eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi', 'eip'],
  amd64: [
    'rax',
    'rcx',
    'rdx',
    'rbx',
    'rsp',
    'rbp',
    'rsi',
    'rdi',
    'r8',
    'r9',
    'r10',
    'r11',
    'r12',
    'r13',
    'r14',
    'r15',
    'rip',
  ],
};

/**
 * Those whose absence counts, if the others are there: a block of trap_fatal has no segment registers and no
 * instruction pointer. Names of two letters are left out.
 */
const GENERAL: Partial<Record<Arch, readonly string[]>> = Object.fromEntries(
  Object.entries(REGISTERS).map(([arch, names]) => [
    arch,
    names.filter((each) => !/^(?:[re][is]p|r\d|[cdes]s)$/.test(each)),
  ]),
);

const LEFT: Record<string, string> = {
  backtrace: 'a backtrace was read',
  registers: 'registers were read',
  stop: 'the debugger stopped',
};

/** Notes what is missing or cut, with how it is known. Contradictions come from the checks. */
export function assess(report: Report, text: string): void {
  const add = (damage: Damage) => {
    if (report.damage.length < 500) report.damage.push(damage);
  };
  if (report.kind === 'unknown') {
    add({
      kind: 'unread',
      what: 'what happened',
      reason: `${LEFT[leftOf(report)]}, and no message or trap block of it`,
    });
  }
  if (report.kind === 'panic' && report.message === undefined) {
    add({
      kind: 'unread',
      what: 'panic message',
      reason: `${toldBy(report)}, and no line was read as its message`,
      span: report.span,
    });
  }
  block(report, text, add);
  trace(report, text, add);
  registers(report, add);
  if (LOCK_ORDERS.has(report.kind) && report.locks.filter((lock) => lock.nth !== undefined).length < 2) {
    const none = report.locks.every((lock) => lock.nth === undefined);
    add({
      kind: 'unread',
      what: none ? 'locks' : 'second lock',
      reason: `${report.kind === 'duplicate-lock' ? 'duplicates are' : 'a reversal is between'} two locks, and ${none ? 'no line was read as one' : 'one was read'}`,
      span: report.span,
    });
  }
}

/** How it is known that the kernel panicked, where the message is missing. */
function toldBy({ frames }: Report): string {
  return frames.some((frame) => isPanicHelper(frame.function))
    ? 'the backtrace has the functions of a panic'
    : 'the debugger was entered by a panic';
}

/** The end of the text, without what pads it. */
function textEnd(text: string): number {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) <= 32) end--;
  return end;
}

function block(report: Report, text: string, add: (damage: Damage) => void): void {
  const { trap } = report;
  if (report.kind !== 'trap' || trap === undefined || !report.forms.includes('freebsd-trap')) return;
  if (isBelowTrace(report, trap)) return;
  let lower: string | undefined;
  // All of the text in lower case is made only where something was not read.
  const low = (): string => (lower ??= text.toLowerCase());
  const paged =
    trap.number === undefined ? /^(?:page fault)?$/i.test(trap.name?.value ?? '') : trap.number.value === 12;
  const wanted = BLOCK.filter((each) => !each[2] || paged);
  if (
    (trap.number === undefined || trap.name === undefined || trap.name.likely === true) &&
    !low().includes('fatal trap')
  ) {
    add({
      kind: 'unread',
      what: 'head of the trap block ("Fatal trap N: ...")',
      reason: 'the fields of a trap block are there without it',
      span: report.span,
    });
  }
  if (!isInOrder(report, trap)) return;
  let last = -1;
  wanted.forEach((each, i) => {
    if (trap[each[0]] !== undefined && !isBehindMessage(report, trap, each[0])) last = i;
  });
  // `NMI ... going to debugger` comes without a block.
  if (last < 0 && trap.mode === undefined) return;
  // Somebody gave the head alone.
  if (last < 0) {
    add({
      kind: 'unread',
      what: 'the fields of the trap block',
      reason: 'no line was read as one',
      span: report.span,
    });
    return;
  }
  // A report of a crash can begin with the panic's words, long before the block.
  const ends = BLOCK.map((each) => trap[each[0]]?.span[1] ?? 0);
  const end = Math.max(trap.name?.span[1] ?? 0, trap.mode?.span[1] ?? 0, ...ends);
  const after = [report.frames[0], report.message, report.stoppedAt].some(
    (each) => each !== undefined && each.span[0] >= end,
  );
  // The number of the trap is the block's last line.
  const closed = TRAP_NUMBER.test(text.slice(end, end + BLOCK_END));
  wanted.forEach(([field, name], i) => {
    if (trap[field] !== undefined) return;
    if (i < last || after || closed) {
      if (standsElsewhere(report, low(), field, name)) return;
      add({
        kind: 'unread',
        what: name,
        reason:
          i < last || closed
            ? 'the block goes on after the place where it is printed'
            : 'the block ends before it, and the report goes on',
        span: blockSpan(trap),
      });
    } else if (i === last + 1) {
      add({
        kind: 'truncated',
        what: `trap block from "${name}" on`,
        reason: report.span[1] >= textEnd(text) ? 'the text ends there' : 'the block stops there',
        span: blockSpan(trap),
      });
    }
  });
}

/** Whether a writer has put fields of his choice below the trace that names the trap: it is no block. */
function isBelowTrace({ boundaries, frames }: Report, trap: Trap): boolean {
  const end = frames.at(-1)?.span[1];
  const at = (trap.number ?? trap.name)?.span[0];
  if (end === undefined || !boundaries.some(({ span }) => span[0] === at)) return false;
  for (let i = 0; i < BLOCK.length; i++) {
    const span = trap[BLOCK[i]![0]]?.span;
    if (span !== undefined && span[0] < end && span[0] !== at) return false;
  }
  return true;
}

/** Whether the fields stand as the kernel prints them, the number last where no head has it. */
function isInOrder(report: Report, trap: Trap): boolean {
  const starts: number[] = [];
  for (let i = 0; i < BLOCK.length; i++) {
    const fact = trap[BLOCK[i]![0]];
    if (fact !== undefined) starts.push(fact.span[0]);
  }
  const number = trap.name === undefined ? trap.number?.span[0] : undefined;
  if (number !== undefined) starts.push(number);
  // A log can begin with its newest line.
  const sign = report.damage.some((each) => each.kind === 'reordered') ? -1 : 1;
  return starts.every((start, i) => i === 0 || (start - starts[i - 1]!) * sign >= 0);
}

/** Characters behind the last field that was read in which the block's last line is looked for. */
const BLOCK_END = 400;
const TRAP_NUMBER = /^(?:(?!panic)[^\n]*\n){1,4}[^\n]{0,40}\btrap number\s{0,12}= \d/;

/** Where the block stands: in a log with the newest line first, not at the beginning of its event. */
function blockSpan(trap: Trap): Span {
  const fields = [trap.name, trap.number, ...BLOCK.map((each) => trap[each[0]])];
  const spans = fields.flatMap((each) => (each === undefined ? [] : [each.span]));
  return [Math.min(...spans.map((each) => each[0])), Math.max(...spans.map((each) => each[1]))];
}

/** Whether a writer has put a field behind the message that ends its block: it tells nothing of the block. */
function isBehindMessage({ message }: Report, trap: Trap, field: keyof Trap): boolean {
  const head = trap.name?.span[0] ?? trap.number?.span[0];
  if (message === undefined || head === undefined || message.span[0] < head) return false;
  return trap[field]!.span[0] > message.span[0];
}

/**
 * Whether the text has a field oftener than it was read: one that is there is not missing. Of the flags the
 * last word tells by itself, where the first is misspelt.
 */
function standsElsewhere(report: Report, low: string, field: keyof Trap, called: string): boolean {
  const read = report.others.filter((each) => each.trap?.[field] !== undefined).length;
  const name = field === 'eflags' ? 'eflags' : called;
  let found = 0;
  for (let at = low.indexOf(name); at >= 0; at = low.indexOf(name, at + name.length))
    if (/^[ \t]{0,40}=/.test(low.slice(at + name.length, at + name.length + 42)) && ++found > read)
      return true;
  return false;
}

function trace(report: Report, text: string, add: (damage: Damage) => void): void {
  const { frames } = report;
  if (frames.length === 0) {
    const hasNone =
      LOCK_ORDERS.has(report.kind) || report.kind === 'splassert' || placeSaid(report) !== undefined;
    if (!hasNone) add(withoutTrace(report));
    return;
  }
  for (const frame of frames) {
    if (frame.cut !== true) continue;
    const end = frame.span[1] >= textEnd(text);
    add({
      kind: end ? 'truncated' : 'garbled',
      what: `frame of ${frame.function}`,
      reason: end
        ? 'the text ends with the line, or inside it'
        : 'the line ends before the place in the function',
      span: frame.span,
    });
  }
  numbering(report, add);
  outerEnd(report, text, add);
}

function withoutTrace(report: Report): Damage {
  const what = 'backtrace';
  if (report.otherTraces.length > 0)
    return { kind: 'unread', what, reason: 'those that were read are likely of other moments or threads' };
  if (report.others.some((each) => each.frames.length > 0))
    return { kind: 'unread', what, reason: 'those that were read are likely of other events' };
  return { kind: 'unread', what, reason: 'no line was read as one' };
}

/** How the trace ends: at the bottom of the stack, or cut. */
function outerEnd(report: Report, text: string, add: (damage: Damage) => void): void {
  const { frames, boundaries } = report;
  const last = frames[frames.length - 1]!;
  if (report.traceEnd === 'cut' && last.cut !== true) {
    const boundary = boundaries[boundaries.length - 1];
    if (boundary !== undefined && isFolded(text, boundary.span[1])) {
      report.traceEnd = boundary.after === frames.length - 1 ? 'whole' : 'open';
      return;
    }
    add({
      kind: 'truncated',
      what: 'outer end of the backtrace',
      reason: 'its last line stops in the middle',
      span: boundary?.span ?? last.span,
    });
    return;
  }
  // Where a stack begins is known by the name of a function.
  if (report.traceEnd !== 'open' || frames.length < 2 || isNameless(last.function)) return;
  const atEnd = last.span[1] >= textEnd(text);
  const more = goesOnElsewhere(report) ? '; another backtrace in the text goes on from there' : '';
  add({
    kind: 'truncated',
    what: 'outer end of the backtrace',
    reason: endsInNext(text, last.span[1])
      ? `the text ends inside the line behind that of ${last.function}`
      : `it ends in ${last.function}, where no kernel stack is known to begin${atEnd ? '; the text ends there' : ''}${more}`,
    span: last.span,
  });
}

/** Whether another trace has the last two functions of the event's own, in that order, and more behind. */
function goesOnElsewhere({ frames, otherTraces }: Report): boolean {
  const [inner, last] = frames.slice(-2);
  return otherTraces.some((other) =>
    other.frames.some(
      (frame, i) =>
        frame.function === last!.function &&
        other.frames[i - 1]?.function === inner!.function &&
        i + 1 < other.frames.length,
    ),
  );
}

/** A line without its end is all that a text has behind a place. */
function endsInNext(text: string, at: number): boolean {
  const rest = text.slice(at, at + LINE_MAX);
  return at + rest.length === text.length && /^[^\n]*\r?\n[^\n]+$/.test(rest);
}
const LINE_MAX = 400;

/** Pieces of a line that a mailer has folded, up to the dashes that end it. */
const FOLDED = /^[^\n]*(?:\n[^\n]{0,40}){1,12}? ---(?:\r?\n|$)/;
/** Whether the line of a boundary, which stops before its end, goes on in short lines below it. */
const isFolded = (text: string, at: number): boolean => FOLDED.test(text.slice(at, at + LINE_MAX));

/** Holes in the numbers of a numbered trace. */
function numbering(report: Report, add: (damage: Damage) => void): void {
  const gap = (from: number, to: number, span: Span) =>
    add({
      kind: 'gap',
      what: from === to ? `frame #${from}` : `frames #${from} to #${to}`,
      reason: 'the numbers of the trace jump',
      span,
    });
  const counted = new Set(report.boundaries.map((each) => each.number));
  let expected = 0;
  for (const frame of report.frames) {
    if (frame.number === undefined) return;
    if (beginsOuter(frame)) expected = frame.number;
    while (counted.has(expected)) expected++;
    if (frame.number > expected) gap(expected, frame.number - 1, frame.span);
    expected = frame.number + 1;
  }
}

function registers(report: Report, add: (damage: Damage) => void): void {
  if (report.registers.length < 8) return;
  const names = new Set(report.registers.map((each) => each.name));
  const absent = report.details[REGISTERS_NOT_KEPT]?.value;
  if (absent !== undefined) for (const name of String(absent).split(' ')) names.add(name);
  const general = (GENERAL[report.arch] ?? []).filter((each) => !names.has(each));
  if (general.length > 0 && general.length <= 6) {
    const all = (REGISTERS[report.arch] ?? []).every((each) => names.has(each) || general.includes(each));
    add({
      kind: 'unread',
      what: `register${general.length > 1 ? 's' : ''} ${general.join(', ')}`,
      reason: all ? 'the others of the set are there' : 'others of the set are there',
      span: report.registers[0]!.span,
    });
  }
}
