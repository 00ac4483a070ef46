import type { Builder, MessageClass } from './builder.js';
import { giveSaid } from './forms/said-before.js';
import { type Line, lowOf } from './line.js';
import { skipBlanks } from './scan.js';
import { isTrapName } from './trap-names.js';
import type { PanicEvent } from './types.js';

/** The form that panic messages count as, wherever they stand. */
export const PANIC_FORM = 'panic';

function sameMessage(event: PanicEvent, message: string): boolean {
  if (event.message === undefined) return false;
  if (event.message.value === message) return true;
  // A mailer's break can have left a blank that was none, or taken one.
  const [a, b] = [event.message.value.replace(/\s+/g, ''), message.replace(/\s+/g, '')];
  return a.startsWith(b) || b.startsWith(a);
}

/**
 * A panic message. It belongs to the trap block before it if it names that trap; a repetition of a message
 * (kgdb prints it again, and so does the dump header) is the same panic.
 */
export function takePanic(b: Builder, message: string, i: number, j: number): void {
  b.order(20);
  b.closeTraps();
  b.held = null;
  const fact = b.fact(message, i, j);
  b.messageLine = { fact, number: b.lineNumber, after: false };
  const low = message.toLowerCase();
  // Where two CPUs have printed their blocks, the message names one of the traps.
  const named = b.current?.trap?.name?.value.toLowerCase() === low ? undefined : b.trapNamed(low);
  const current = named ?? b.current;
  b.current = current;
  const known = b.classify(message);
  if (known?.arch !== undefined) b.sawArch(known.arch, 8);
  if (known?.system !== undefined) b.saw(known.system, 2, true);
  if (
    current !== null &&
    !b.isLater(current) &&
    closes(current, low, known) &&
    (current.message === undefined || current.kind !== 'trap')
  ) {
    if (current.kind === 'exiting-with-locks') {
      // The panic's own words name the event; the warning has told which locks.
      current.message = fact;
      delete current.details.stable;
    }
    // The lines before it have told of the lock in other words.
    if (current.kind === 'lock-error' && known?.kind === 'lock-error') current.message = fact;
    current.message ??= fact;
    if (
      current.trap !== undefined &&
      current.trap.name === undefined &&
      isTrapName(low) &&
      low !== 'double fault'
    )
      current.trap.name = { ...fact, value: low, likely: true };
    if (known?.trap !== undefined) takeTrap(b, current, known.trap, i, j);
    // The same said again can say more: who had the memory last, by name.
    if (known?.kind === current.kind)
      for (const [name, value] of Object.entries(known.details ?? {})) b.detail(current, name, value, i, j);
    if (!current.forms.includes(PANIC_FORM)) current.forms.push(PANIC_FORM);
    current.span = [Math.min(current.span[0], b.span()[0]), Math.max(current.span[1], b.span()[1])];
    return;
  }
  // What is a kind of its own has not come of those registers.
  const foreign = known?.kind !== undefined && known.kind !== 'trap' && known.kind !== 'panic';
  if (current !== null && !b.isLater(current) && !foreign && isBareBlock(current)) {
    // A syndrome has named the trap: the message is what the handler makes of it.
    if (current.trap?.name === undefined) nameEvent(b, current, message, i, j);
    else current.message = fact;
    return;
  }
  const block = foreign ? undefined : blockBefore(b, low, known);
  if (block !== undefined) {
    b.resume(block);
    takePanic(b, message, i, j);
    return;
  }
  for (let k = b.events.length - 1, n = 0; k >= 0 && n < AGAIN_MAX; k--, n++) {
    const event = b.events[k]!;
    // One that has its backtrace may be another crash with the same message: the backtraces will tell.
    if (event.otherTraces.length > 0 || b.isLater(event) || !isAgain(event, message)) continue;
    event.message ??= fact;
    const told = event.message;
    // Somebody's sentence or copy was the first to tell it.
    if (told.likely === true && told.value === message) event.message = fact;
    // What a header had room for is the beginning of this.
    if (event.kind === 'panic' && told.likely === true && message.startsWith(told.value))
      nameEvent(b, event, message, i, j);
    b.current = event;
    return;
  }
  const short = b.events
    .slice(-AGAIN_MAX)
    .findLast((event) => !b.isLater(event) && !b.confirmed.has(event) && tellsInShort(event, message));
  if (short !== undefined) {
    b.current = short;
    nameEvent(b, short, message, i, j);
    return;
  }
  const event = b.begin('panic', PANIC_FORM);
  nameEvent(b, event, message, i, j);
  giveSaid(b, event);
}

/**
 * `panic: ` in the middle of a line: a sentence, or what a program had not ended when the kernel panicked.
 * The next line will tell.
 */
export function holdPanic(b: Builder, from: number): void {
  const i = skipBlanks(b.low, from);
  if (i < b.low.length) b.held = { line: b.line, from: i, number: b.lineNumber };
}

/** The message that was just taken stands in somebody's sentence. */
export function doubtLatest(b: Builder): void {
  const told = b.current?.message;
  if (told !== undefined) told.likely = true;
}

/** What kernels print right after the message of a panic, and people do not. */
const AFTER_MESSAGE =
  /^(?:cpuid = \d|time = \d|kdb: (?:stack backtrace|enter: panic)|trace beginning at frame|stopped (?:at|in pid \d)|cpu\d+: begin traceback|begin traceback|starting stack trace|debugger\("panic"\)|\[ ?thread pid \d|__\w+bsd_version = |gnu gdb |unread portion of the kernel)/;
/** A message can go on in a second line. */
const HELD_LINES = 2;

/**
 * The line after a message: if it is one that kernels print there, the message is the kernel's, and not what
 * somebody has made of it in a heading above (`panic: zorp_get during the tests`).
 */
export function confirmMessage(line: Line, b: Builder): void {
  const told = b.messageLine;
  if (told === null || told.after || b.lineNumber - told.number > 1) return;
  told.after = true;
  const event = b.current;
  if (event?.message === undefined || !AFTER_MESSAGE.test(lowOf(line))) return;
  if (event.message === told.fact || b.confirmed.has(event)) {
    b.confirmed.add(event);
    return;
  }
  b.confirmed.add(event);
  const [was, is] = [event.message.value, told.fact.value];
  if (event.kind !== 'panic' || was === is || !was.startsWith(is)) return;
  const known = b.classify(is);
  event.kind = known?.kind ?? 'panic';
  event.message = told.fact;
  if (known?.stable !== undefined) event.details.stable = { value: known.stable, span: told.fact.span };
  for (const [name, value] of Object.entries(known?.details ?? {}))
    event.details[name] = { value, span: told.fact.span };
}

/** Takes the panic that was held back if this line shows that the kernel printed it. */
export function takeHeld(line: Line, b: Builder): void {
  const { held } = b;
  if (held === null) return;
  const apart = b.lineNumber - held.number;
  if (apart >= HELD_LINES) b.held = null;
  if (apart > HELD_LINES) return;
  if (!AFTER_MESSAGE.test(lowOf(line))) {
    held.more = line;
    return;
  }
  b.held = null;
  const whole = held.more === undefined ? null : b.wrapped(held.line, held.more);
  b.setLine(whole ?? held.line);
  const message = b.line.text.slice(held.from).trim();
  takePanic(b, message, held.from, held.from + message.length);
}

/** Registers that a kernel prints before it panics, without a word on what happened but their own. */
function isBareBlock(event: PanicEvent): boolean {
  return (
    event.kind === 'trap' &&
    event.forms[0] === 'exceptions' &&
    event.registers.length > 0 &&
    event.message === undefined &&
    event.otherTraces.length === 0
  );
}

/**
 * The registers that this message is of, where another CPU has panicked between them and it: those of the
 * address that it names, or those of the one fault that nobody has panicked over.
 */
function blockBefore(b: Builder, low: string, known: MessageClass | null): PanicEvent | undefined {
  const ip = known?.trap?.ip;
  const blocks = b.events
    .slice(-AGAIN_MAX)
    .filter((each) => isBareBlock(each) && !b.isLater(each) && closes(each, low, known))
    .filter(({ trap }) => trap?.name !== undefined || (ip !== undefined && trap?.ip?.value.address === ip));
  return blocks.length === 1 && blocks[0] !== b.current ? blocks[0] : undefined;
}

/** Whether this message is that of a panic which the text has told of before. */
export function isAgain(event: PanicEvent, message: string): boolean {
  if (sameMessage(event, message)) return true;
  return event.kind === 'trap' && event.trap?.name?.value.toLowerCase() === message.toLowerCase();
}

/** Events before a message that it may repeat. */
const AGAIN_MAX = 20;

/** Fewer characters of a message may stand in another one by chance. */
const SHORT_MIN = 16;

/** Whether a text has told of this panic in a few words of its message, as in a heading, and nothing else. */
function tellsInShort({ message: told, trap, otherTraces, registers, locks }: PanicEvent, message: string) {
  if (told === undefined || trap !== undefined || otherTraces.length + registers.length + locks.length > 0)
    return false;
  return told.value.length >= SHORT_MIN && message.includes(told.value);
}

/** What the panics say that come of events which other lines have told of: of a kind, the beginnings. */
const CLOSINGS: Record<string, readonly string[]> = {
  trap: ['trap', 'general_exception', 'vm_fault failed', 'data abort', 'fatal page fault at 0x'],
  'double-fault': ['double fault'],
  'sleeping-thread': ['sleeping thread'],
  'spin-lock-timeout': ['spin lock held too long'],
  'modified-after-free': ['most recently used by'],
  kasan: ['caught invalid memory access'],
  'lock-error': ['lockdebug', 'lock error'],
  'sleeping-with-locks': ['witness_warn', 'sleeping'],
};

/** Whether a message can be the beginning of what the panic over this event says: the line was cut. */
export function beginsClosing({ kind, trap }: PanicEvent, message: string): boolean {
  const low = message.toLowerCase();
  const name = trap?.name?.value.toLowerCase();
  const words = [...(CLOSINGS[kind] ?? []), ...(name === undefined ? [] : [name, `${name} while in`])];
  return words.some((each) => each.length > low.length && each.startsWith(low));
}

/** Gives an event its message, and what the message says it is. */
export function nameEvent(b: Builder, event: PanicEvent, message: string, i: number, j: number): void {
  const known = b.classify(message);
  event.kind = known?.kind ?? 'panic';
  if (known?.trap !== undefined) takeTrap(b, event, known.trap, i, j);
  event.message = b.fact(message, i, j);
  b.messageLine = { fact: event.message, number: b.lineNumber, after: false };
  if (!event.forms.includes(PANIC_FORM)) event.forms.push(PANIC_FORM);
  if (known?.stable !== undefined) b.detail(event, 'stable', known.stable, i, j);
  if (known?.details !== undefined) {
    for (const [name, value] of Object.entries(known.details)) b.detail(event, name, value, i, j);
  }
}

/** Whether a message is a format in which numbers or words are still to be filled in. */
export function isFormat(text: string | undefined): boolean {
  return text !== undefined && /%[-#0-9.]*(?:ll?|j|z|q|h)?[diouxXpscb]/.test(text);
}

/** The buffer in which a panic put its message together: all of it, where a format or nothing was known. */
export function takeBuffer(b: Builder, event: PanicEvent, text: string, i: number, j: number): void {
  if (event.kind === 'panic' && isFormat(event.message?.value)) event.details = {};
  else if (event.kind !== 'unknown') return;
  nameEvent(b, event, text.replace(/\\n$/, ''), i, j);
}

/** Fills in what a message says of the trap. */
function takeTrap(
  b: Builder,
  event: PanicEvent,
  told: NonNullable<MessageClass['trap']>,
  i: number,
  j: number,
): void {
  event.trap ??= {};
  const { trap } = event;
  // This message does not name its trap.
  const likely = event.kind === 'user-address' ? { likely: true as const } : {};
  trap.name ??= { ...b.fact(told.name, i, j), ...likely };
  if (told.mode !== undefined) trap.mode ??= b.fact(told.mode, i, j);
  if (told.ip !== undefined) trap.ip ??= b.fact({ address: told.ip }, i, j);
  if (told.address !== undefined) trap.faultAddress ??= b.fact(told.address, i, j);
  if (told.code !== undefined) trap.faultCode ??= b.fact(told.code, i, j);
  const { decoded } = told;
  if (decoded === undefined) return;
  trap.syndrome ??= b.fact(decoded.syndrome, i, j);
  if (decoded.mode !== undefined) trap.mode ??= b.fact(decoded.mode, i, j);
  if (decoded.code !== undefined) trap.faultCode ??= b.fact(decoded.code, i, j);
}

/** What NetBSD's riscv says beside its trap frame. */
const FATAL_KERNEL_TRAP = 'cpu_trap: fatal kernel trap';

/** The panic that this frame of a trap is of, where a writer has put the frame behind the message. */
export function panicOfFrame(b: Builder): PanicEvent | null {
  const event = b.current;
  const told = event?.message?.value.toLowerCase() === FATAL_KERNEL_TRAP;
  if (event === null || !told || event.trap !== undefined || event.otherTraces.length > 0) return null;
  event.kind = 'trap';
  event.trap = {};
  return event;
}

/** What a kernel says of a thread that ends with locks held, in its warning and in its panic. */
const EXITING = /^thread (?:0x)?[0-9a-f]{1,16} cannot exit while holding (?:sleep|spin)locks/;

/** Whether a message begins with these words, or is no more than their beginning: it was cut there. */
function beginsWith(low: string, words: string): boolean {
  return low.startsWith(words) || words.startsWith(low);
}

/** FreeBSD's number of the trap by an interrupt that cannot be masked. */
const NMI = 19;

/** Whether this message ends the block that is being read rather than starting another panic. */
function closes(event: PanicEvent, low: string, known: MessageClass | null): boolean {
  if (event.kind === 'trap') {
    if (low === 'trap' || low === 'general_exception') return true;
    const name = event.trap?.name?.value;
    // A debugger was entered and asked for that trap: what has another name comes of another.
    if (event.otherTraces.length > 0 && event.stoppedAt !== undefined && name?.toLowerCase() !== low)
      return false;
    if (isTrapName(low) || low.startsWith('trap type')) return true;
    // What an interrupt that cannot be masked is taken for.
    if (event.trap?.number?.value === NMI && /^(?:nmi|non-maskable)\b/.test(low)) return true;
    // sparc's, after the line with the fault.
    if (low === 'kernel fault' && event.forms.includes('port-traps')) return true;
    // NetBSD's riscv, after its trap frame.
    if (low === FATAL_KERNEL_TRAP) return true;
    if (known?.kind !== 'trap' && !/^(?:data abort|data storage|alignment interrupt|trap: )/.test(low))
      return false;
    // A debugger has looked into that one: another name is another trap's.
    if (
      event.otherTraces.length > 0 &&
      name !== undefined &&
      known?.trap !== undefined &&
      known.trap.name !== name
    )
      return false;
    const ip = event.trap?.ip?.value.address;
    return known?.trap?.ip === undefined || ip === undefined || known.trap.ip === ip;
  }
  if (event.kind === 'double-fault') return low === 'double fault';
  if (event.kind === 'sleeping-thread') return beginsWith(low, 'sleeping thread');
  if (event.kind === 'spin-lock-timeout') return beginsWith(low, 'spin lock');
  if (event.kind === 'modified-after-free')
    return (
      beginsWith(low, 'most recently used by') ||
      (known?.details?.item !== undefined && known.details.item === event.details.item?.value)
    );
  if (event.kind === 'kasan') return beginsWith(low, 'caught invalid memory access');
  if (event.kind === 'lock-error') return beginsWith(low, 'lockdebug') || beginsWith(low, 'lock error');
  if (event.kind === 'sleeping-with-locks' || event.kind === 'returning-with-locks')
    return low.startsWith('witness_warn') || low.startsWith('sleeping');
  if (event.kind === 'exiting-with-locks') return EXITING.test(low);
  return false;
}
