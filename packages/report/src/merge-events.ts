import type { Builder } from './builder.js';
import { isNameless } from './culprit.js';
import { isInParentheses } from './forms/trace-boundary.js';
import { isHelper, isStackBase, isTrapHelper, isWayIn } from './functions/index.js';
import { beginsClosing, isAgain, PANIC_FORM } from './panic-message.js';
import { LOCKS_HELD } from './forms/witness-held.js';
import { LOCK_ORDERS } from './forms/witness-order.js';
import { leadsToPanic, PANICS } from './kind-by-trace.js';
import { isSameDump, tellsOfOther } from './said-between.js';
import type { Frame, Hex, PanicEvent, Trace, Trap } from './types.js';

/*
 * Which of the events that a text tells of are one: repetitions, what warns of a panic to come, copies.
 */

/** Kinds that warn and let the machine run on. */
export const WARNINGS: ReadonlySet<string> = new Set([...LOCK_ORDERS, ...LOCKS_HELD, 'splassert', 'warning']);

/**
 * The same panic printed again becomes one: the same trap block (console and message buffer in kgdb), the
 * same message without a backtrace or with the same one, `panic: page fault` beside the block of that page
 * fault.
 */
export function merge(events: readonly PanicEvent[], b: Builder): PanicEvent[] {
  const out: PanicEvent[] = [];
  const byKey = new Map<string, PanicEvent>();
  const told: Told[] = [];
  for (const event of events) {
    // A reply has quoted all of it: nothing in it is another.
    const now = asTold(event);
    if (told.some((old) => tellsAll(old, now))) continue;
    if (told.length < AGAIN_MAX) told.push(now);
    const key = keyOf(event);
    const old =
      (key === null ? undefined : byKey.get(key)) ??
      repeated(out, event, b) ??
      tracedBefore(out, event) ??
      stoppedInTrace(out, event, b) ??
      announced(out, event, b) ??
      tracedByNumber(out, event, b) ??
      panickedBefore(out, event, b) ??
      warnedOf(out, event) ??
      heldTooLong(out, event) ??
      cutMessage(out, event, b);
    if (old === undefined) {
      out.push(event);
      if (key !== null) byKey.set(key, event);
    } else absorb(old, event);
  }
  giveByAddress(out);
  return out;
}

/**
 * The addresses that traps have stopped, in a backtrace that has addresses: of the frames next to the ways by
 * which they came in.
 */
const stopsOf = ({ frames }: Trace): Hex[] =>
  frames.flatMap(({ address }, i) =>
    address !== undefined && i > 0 && isTrapHelper(frames[i - 1]!.function) ? [address] : [],
  );

/** A debugger's backtrace stands before the block of the trap that it crosses, by the address. */
function stoppedInTrace(out: readonly PanicEvent[], event: PanicEvent, b: Builder): PanicEvent | undefined {
  const ip = event.trap?.ip?.value.address;
  if (ip === undefined || event.otherTraces.some(hasFrames)) return undefined;
  return out
    .slice(-REPEATS_MAX)
    .find(
      (old) =>
        old.trap?.ip === undefined &&
        old.otherTraces.some((trace) => stopsOf(trace).includes(ip)) &&
        (!b.areApart(old, event) || isSameDump(b.prose, old.span[1], event.span[0])) &&
        !differ(old.cpu?.value, event.cpu?.value),
    );
}

/** Lines that announce an interrupt that cannot be masked, then its block. */
function announced(out: readonly PanicEvent[], event: PanicEvent, b: Builder): PanicEvent | undefined {
  const old = out.at(-1);
  const number = event.trap?.number?.value;
  if (number !== NON_MASKABLE || old?.trap?.number?.value !== number || b.areApart(old, event))
    return undefined;
  const isBare = old.trap.ip === undefined && old.message === undefined && !old.otherTraces.some(hasFrames);
  return isBare ? old : undefined;
}

const NON_MASKABLE = 19;

/** Of two faults a backtrace is that of the one at whose address it was stopped, wherever it stands. */
function giveByAddress(events: readonly PanicEvent[]): void {
  const without = new Map<string, PanicEvent>();
  for (const event of events) {
    const ip = event.trap?.ip?.value.address;
    if (ip !== undefined && !without.has(ip) && !event.otherTraces.some(hasFrames)) without.set(ip, event);
  }
  if (without.size === 0) return;
  for (const event of events) {
    const ip = event.trap?.ip?.value.address;
    if (ip === undefined || without.get(ip) === event) continue;
    event.otherTraces = event.otherTraces.filter((trace) => {
      const at = stopsOf(trace);
      const owner = at.includes(ip)
        ? undefined
        : at.map((each) => without.get(each)).find((each) => each !== undefined);
      owner?.otherTraces.push(trace);
      return owner === undefined;
    });
  }
}

/**
 * Witness warns of a fault in the kernel while locks are held, with the fault's own backtrace; then comes its
 * block. What was warned of is the fault.
 */
function warnedOf(out: readonly PanicEvent[], event: PanicEvent): PanicEvent | undefined {
  const old = out.at(-1);
  if (old?.kind !== 'sleeping-with-locks' || event.trap === undefined) return undefined;
  // Some architectures have no numbers for their traps.
  if (event.trap.number?.value !== PAGE_FAULT && event.forms[0] !== 'exceptions') return undefined;
  if (old.message?.value.toLowerCase().startsWith('kernel page fault with') !== true) return undefined;
  delete old.message;
  old.details = {};
  return old;
}

/**
 * The line of a spin lock held too long, and the panic over it: what another CPU printed may lie between. Of
 * registers that follow on the line nothing says what they were printed for, unless a syndrome does.
 */
function heldTooLong(out: readonly PanicEvent[], event: PanicEvent): PanicEvent | undefined {
  const told = (old: PanicEvent) =>
    old.kind === 'spin-lock-timeout' && old.message === undefined && old.otherTraces.length === 0;
  if (event.kind === 'spin-lock-timeout' && event.message !== undefined && event.locks.length === 0)
    return out.slice(-REPEATS_MAX).find(told);
  const old = out.at(-1);
  if (old === undefined || !told(old) || event.kind !== 'trap' || event.trap?.name !== undefined)
    return undefined;
  if (event.forms[0] !== 'exceptions' || event.message !== undefined || event.otherTraces.length > 0)
    return undefined;
  delete event.registersOf;
  delete event.trap;
  return old;
}

/**
 * The panic over what the lines before it have told of, cut within its message: it says nothing of its own.
 */
function cutMessage(out: readonly PanicEvent[], event: PanicEvent, b: Builder): PanicEvent | undefined {
  const old = out.at(-1);
  const { message, kind, trap, otherTraces, locks } = event;
  if (old === undefined || message === undefined || kind !== 'panic' || b.areApart(old, event))
    return undefined;
  if (trap !== undefined || locks.length > 0 || !beginsClosing(old, message.value)) return undefined;
  if (otherTraces.some(hasFrames) && old.otherTraces.some(hasFrames)) return undefined;
  b.damage.push({
    kind: 'truncated',
    what: 'panic message',
    reason: `no more of it was read than "${message.value}"`,
    span: message.span,
  });
  delete event.message;
  return old;
}

/** Events that are looked at for one that is told again. */
const AGAIN_MAX = 32;

/** An event as its lines told it: what is added to it later is another's. */
interface Told {
  event: PanicEvent;
  frames: number;
  /** All of it without its places, once somebody has asked */
  text?: string;
}

/**
 * Whether the lines of two events tell the same to the letter, and enough to know one by: two crashes of one
 * bug differ in a pointer, an argument, a second or a process.
 */
function tellsAll(old: Told, now: Told): boolean {
  const { kind, message, locks, registers, trap } = now.event;
  const { event } = old;
  if (event.kind !== kind || event.message?.value !== message?.value || old.frames !== now.frames)
    return false;
  if (event.locks.length !== locks.length || event.registers.length !== registers.length) return false;
  const isPlaced = trap?.ip !== undefined && (trap.sp !== undefined || trap.faultAddress !== undefined);
  if (now.frames < TOLD_MIN && locks.length < 2 && registers.length <= TOLD_MIN && !isPlaced) return false;
  return allTold(old) === allTold(now);
}

function asTold(event: PanicEvent): Told {
  const { otherTraces, locks, details, trap } = event;
  const own = { ...event, otherTraces: [...otherTraces], locks: [...locks], details: { ...details } };
  const frames = otherTraces.reduce((n, trace) => n + trace.frames.length, 0);
  return { event: trap === undefined ? own : { ...own, trap: { ...trap } }, frames };
}

const allTold = (told: Told): string =>
  (told.text ??= JSON.stringify(told.event, (name, value) => (PLACES.has(name) ? undefined : value)));

const PLACES: ReadonlySet<string> = new Set(['span', 'evidence', 'consequence', 'likely', 'forms']);
/** Frames by which a backtrace is known again. */
const TOLD_MIN = 3;

const PAGE_FAULT = 12;

/**
 * A textdump has the debugger's answers before the message buffer: a backtrace without its panic, and later
 * the block of the trap that the backtrace crosses, with the same instruction and stack.
 */
function tracedBefore(out: readonly PanicEvent[], event: PanicEvent): PanicEvent | undefined {
  const [ip, sp] = [event.trap?.ip?.value.address, event.trap?.sp?.value.address];
  if (ip === undefined || sp === undefined) return undefined;
  return out
    .slice(-REPEATS_MAX)
    .find(
      (old) =>
        old.kind === 'unknown' &&
        old.otherTraces.some((trace) => trace.boundaries.some((each) => each.ip === ip && each.sp === sp)),
    );
}

/**
 * So it is in a session of crash(8) that asks for the backtrace before the messages. NetBSD's boundary gives
 * the number of the trap alone: the trace is of the first block of that number, unless that has one itself.
 */
function tracedByNumber(out: readonly PanicEvent[], event: PanicEvent, b: Builder): PanicEvent | undefined {
  const [old] = out;
  const number = event.trap?.nativeType?.value;
  if (out.length !== 1 || old?.kind !== 'unknown' || number === undefined) return undefined;
  if (event.trap?.ip === undefined || event.otherTraces.some(hasFrames) || b.areApart(old, event))
    return undefined;
  const traces = old.otherTraces.filter(hasFrames);
  const { frames, boundaries } = traces[0] ?? { frames: [], boundaries: [] };
  const at = frames.findLastIndex((frame) => PANICS.test(frame.function));
  const crossed = boundaries.find((each) => each.after > at && isInParentheses(each));
  return traces.length === 1 && at >= 0 && crossed?.trap === number ? old : undefined;
}

/**
 * The same of a panic: the debugger's backtrace through panic() stands before the message, which has none of
 * its own. What warned before the panic may lie between.
 *
 * @returns the event of the backtrace, its kind that of the message
 */
function panickedBefore(out: readonly PanicEvent[], event: PanicEvent, b: Builder): PanicEvent | undefined {
  if (event.message === undefined || !event.forms.includes(PANIC_FORM)) return undefined;
  const old = out.findLast((each) => isOfPanic(each) || !WARNINGS.has(each.kind));
  if (old === undefined || !isOfPanic(old) || old.span[1] > event.span[0]) return undefined;
  const [from, to] = [old.span[1], event.span[0]];
  if (b.areApart(old, event) && !isSameDump(b.prose, from, to)) return undefined;
  if (tellsOfOther(b.prose, from, to)) return undefined;
  const own = event.otherTraces.find(leadsToPanic);
  const its = old.otherTraces.find(leadsToPanic)!;
  if (own !== undefined && !isSameWay(its, own)) return undefined;
  if (differ(old.cpu?.value, event.cpu?.value)) return undefined;
  if (differ(its.process?.pid ?? old.process?.value.pid, event.process?.value.pid)) return undefined;
  const ip = event.trap?.ip?.value.address;
  const crossed = its.boundaries.filter((each) => each.what === 'trap' && each.ip !== undefined);
  if (ip !== undefined && crossed.length > 0 && crossed.every((each) => each.ip !== ip)) return undefined;
  old.kind = event.kind;
  return old;
}

function differ(x: number | undefined, y: number | undefined): boolean {
  return x !== undefined && y !== undefined && x !== y;
}

/** A backtrace through panic(), and no word of what it was about. */
function isOfPanic(event: PanicEvent): boolean {
  const { kind, message, trap, otherTraces } = event;
  return kind === 'unknown' && message === undefined && trap === undefined && otherTraces.some(leadsToPanic);
}

/** Whether two backtraces came to panic() by the same calls. */
function isSameWay(x: Trace, y: Trace): boolean {
  const outside = ({ frames }: Trace): string[] =>
    frames.slice(frames.findLastIndex((each) => PANICS.test(each.function)) + 1).map((each) => each.function);
  const [a, b] = [outside(x), outside(y)];
  const n = Math.min(a.length, b.length);
  return n > 0 && a.slice(0, n).every((name, i) => name === b[i]);
}

/** Events before this one among which it may be told again. */
const REPEATS_MAX = 8;

function repeated(out: readonly PanicEvent[], event: PanicEvent, b: Builder): PanicEvent | undefined {
  if (event.message === undefined || event.locks.length > 0) return undefined;
  for (let i = out.length - 1; i >= 0 && i >= out.length - REPEATS_MAX; i--) {
    const old = out[i]!;
    // A buffer of messages outlives a boot, and shows the panic again behind it: in the same second.
    const atOnce = old.time !== undefined && old.time.value === event.time?.value;
    if ((b.areApart(old, event) && !atOnce) || !tellsSame(old, event)) continue;
    const [x, y] = [old.otherTraces.find(hasFrames), event.otherTraces.find(hasFrames)];
    if (x === undefined || y === undefined || sameStack(x, y)) return old;
  }
  return undefined;
}

function hasFrames(trace: Trace): boolean {
  return trace.frames.length > 0;
}

/**
 * The first lines of a core.txt have the panic's message alone; where that has the address of the fault, it
 * is known as a trap's.
 */
function isHeading(old: PanicEvent, event: PanicEvent): boolean {
  const [x, y] = [old.trap!, event.trap!];
  if (old.registers.length > 0 || x.faultAddress !== undefined || old.otherTraces.some(hasFrames))
    return false;
  return old.message?.value === event.message?.value && x.ip?.value.address === y.ip?.value.address;
}

/** Whether two events can be one: the same message, or a trap and the panic over it. */
function tellsSame(old: PanicEvent, event: PanicEvent): boolean {
  const message = event.message!.value;
  if (old.trap !== undefined && event.trap !== undefined) return isHeading(old, event);
  if (old.cpu !== undefined && event.cpu !== undefined && old.cpu.value !== event.cpu.value) return false;
  if (old.kind === 'trap' || event.kind === 'trap') {
    const named = (old.kind === 'trap' ? old : event).trap?.name?.value.toLowerCase();
    return (
      isAgain(old, message) ||
      (named !== undefined && named === (old.kind === 'trap' ? message : old.message?.value)?.toLowerCase())
    );
  }
  return isAgain(old, message);
}

function keyOf(event: PanicEvent): string | null {
  const { trap } = event;
  if (trap?.ip === undefined || trap.number === undefined) return null;
  return [trap.number.value, trap.ip.value.address, trap.faultAddress?.value, trap.sp?.value.address].join(
    ' ',
  );
}

function absorb(old: PanicEvent, event: PanicEvent): void {
  if (event.trap !== undefined) {
    old.trap ??= {};
    const into = old.trap as Record<keyof Trap, unknown>;
    for (const [name, value] of Object.entries(event.trap)) into[name as keyof Trap] ??= value;
    if (event.kind === 'trap') old.kind = 'trap';
  }
  old.message ??= event.message as NonNullable<PanicEvent['message']>;
  if (old.message === undefined) delete old.message;
  if (old.stoppedAt === undefined && event.stoppedAt !== undefined) old.stoppedAt = event.stoppedAt;
  old.otherTraces.push(...event.otherTraces);
  if (old.registers.length === 0) {
    old.registers = event.registers;
    if (event.registersOf !== undefined) old.registersOf = event.registersOf;
  }
  if (event.process !== undefined) old.process ??= event.process;
  if (event.cpu !== undefined) old.cpu ??= event.cpu;
  if (event.time !== undefined) old.time ??= event.time;
  for (const [name, fact] of Object.entries(event.details)) old.details[name] ??= fact;
  old.span = [Math.min(old.span[0], event.span[0]), Math.max(old.span[1], event.span[1])];
  old.locks.push(...event.locks);
  for (const form of event.forms) if (!old.forms.includes(form)) old.forms.push(form);
}

/**
 * Whether two backtraces are of one stack: they have half of their functions in common, of those that not
 * every stack has; of all where one has no other.
 */
export function sameStack(a: Trace, b: Trace): boolean {
  const [x, y] = [toldFrames(a), toldFrames(b)];
  return x.length > 0 && y.length > 0 ? haveHalf(x, y) : haveHalf(a.frames, b.frames);
}

function toldFrames({ frames }: Trace): readonly Frame[] {
  return frames.filter(({ function: name }) => !isAnybodys(name));
}

function haveHalf(a: readonly Frame[], b: readonly Frame[]): boolean {
  const names = new Set(a.map((frame) => frame.function));
  let common = 0;
  for (const frame of b) if (names.has(frame.function)) common++;
  return common * 2 >= Math.min(a.length, b.length);
}

/** A function that backtraces of any two events can have in common. */
export function isAnybodys(name: string): boolean {
  return isNameless(name) || isHelper(name) || isWayIn(name) || isStackBase(name);
}
