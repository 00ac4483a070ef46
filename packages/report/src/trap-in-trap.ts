import { newEvent } from './event.js';
import type { Builder } from './builder.js';
import { isNameless, PANIC_ENTRY } from './culprit.js';
import { isOfFault } from './fault-place.js';
import { isBreak, isTrapHelper } from './functions/index.js';
import { implyBoundaries } from './implied-boundaries.js';
import { partTrace } from './panic-in-panic.js';
import type { Boundary, Frame, Hex, PanicEvent, Trace } from './types.js';

/*
 * While a kernel dies of a trap it can meet another: its debugger looks at what is not there, its dump writes
 * to a disk that is gone. The backtrace then crosses two traps. What lies inside the handling of the first is
 * what came of it; the first, further out, is the one to tell. A fault that is only served (a page that is
 * fetched) is no death: of what goes wrong there, the inner trap is the first.
 */

/** Functions of a kernel that dies: of panic, debugger and dump. */
const DIES =
  /^_?(?:trap_fatal|fatal_trap|trap_panic|k?db_\w+|kdb_\w+|cpu_Debugger|Debugger|do_?dumpsys|(?:cpu_)?(?:mini)?dumpsys\w*|dump_savectx|(?:cpu|kern)_reboot|boot|printtrap|print_(?:gp_)?registers?)$/;
const isOfDeath = ({ function: name }: Frame): boolean => PANIC_ENTRY.test(name) || DIES.test(name);

/** The first of two traps that a backtrace crosses, the one met while it was handled, and where they part. */
interface Parted {
  first: Boundary;
  inner: Boundary[];
  at: number;
}

/** The outermost trap in whose handling the ones inside it came; undefined: there is none such. */
function firstTrap({ frames, boundaries }: Trace, stop: PanicEvent['stoppedAt']): Parted | undefined {
  const faults = boundaries.filter((each) => each.after >= 0 && isOfFault(frames, each));
  const top = frames[0];
  // A debugger that stopped for a fault begins with what faulted, and has no line for that.
  if (
    top !== undefined &&
    stop?.debugger !== true &&
    stop?.function === top.function &&
    !isBreak(stop.function)
  )
    faults.unshift({ after: -1, what: 'trap', span: stop.span });
  for (let k = faults.length - 1; k > 0; k--) {
    const [inner, first] = [faults[k - 1]!, faults[k]!];
    const from = inner.after + 1;
    const handling = frames.slice(from, first.after + 1);
    if (handling.length === 0) continue;
    // The handler itself met it.
    const own = handling.every((each) => isTrapHelper(each.function) || isNameless(each.function));
    // What faulted is of the inner one.
    const death = handling.findIndex((each, i) => i > 0 && isOfDeath(each));
    // At its very top the handler is what the debugger stopped in, and nothing is further in.
    if (own ? from === 0 : death < 0) continue;
    return { first, inner: faults.slice(0, k), at: from + (own ? 0 : death) };
  }
  return undefined;
}

/** The address at which a trap came, as its line or the frame past it has it. */
const addressOf = ({ frames }: Trace, { ip, after }: Boundary): Hex | undefined =>
  ip ?? frames[after + 1]?.address;

/** Traps of which the backtrace tells alone: by the line at which it crosses them. */
const CROSSED = new WeakMap<PanicEvent, Boundary>();

/** The line of the backtrace that tells of an event's trap, where nothing else of the text does. */
export const crossedAt = (event: PanicEvent): Boundary | undefined => CROSSED.get(event);

/** Is the block of this event that of a trap further in than the first? */
function isOfInner(event: PanicEvent, trace: Trace, { first, inner }: Parted): boolean {
  const ip = event.trap?.ip?.value.address;
  if (ip !== undefined && addressOf(trace, first) === ip) return false;
  if (ip !== undefined && inner.some((each) => addressOf(trace, each) === ip)) return true;
  // The debugger says what it stopped for: the trap that came last.
  const stop = event.stoppedAt;
  return stop?.debugger !== true && stop?.function === trace.frames[0]?.function && stop !== undefined;
}

/** An event that the text tells only by the inner part of another's backtrace. */
function metIn({ inner }: Parted, of: PanicEvent): PanicEvent {
  const { span } = inner[0]!;
  const event = newEvent('trap', [...of.forms], span);
  event.trap = { mode: { value: 'kernel', span, likely: true } };
  CROSSED.set(event, inner[0]!);
  return event;
}

/** Forms of what a kernel prints of a trap. */
const BLOCKS = new Set(['freebsd-trap', 'netbsd-trap', 'openbsd-fault', 'page-fault']);

/** Gives the later trap what the text tells of it beside the backtrace: its block, the debugger's stop. */
function moveToLater(earlier: PanicEvent, later: PanicEvent, { first }: Parted): void {
  const { trap, stoppedAt: stop } = earlier;
  if (trap !== undefined) later.trap = trap;
  CROSSED.delete(later);
  later.span = [
    Math.min(later.span[0], trap?.ip?.span[0] ?? trap?.name?.span[0] ?? later.span[0]),
    later.span[1],
  ];
  earlier.trap = { mode: { value: 'kernel', span: first.span, likely: true } };
  // One thread met both.
  if (trap?.process !== undefined) earlier.trap.process = trap.process;
  if (trap?.cpuid !== undefined) earlier.trap.cpuid = trap.cpuid;
  earlier.forms = earlier.forms.filter((form) => !BLOCKS.has(form));
  if (earlier.message === undefined) [later.details, earlier.details] = [earlier.details, later.details];
  CROSSED.set(earlier, first);
  if (stop === undefined || stop.debugger === true) return;
  later.stoppedAt = stop;
  delete earlier.stoppedAt;
}

/**
 * Parts the two traps of one backtrace.
 * @returns the events, with those that the text tells in no other way
 */
export function partTraps(events: readonly PanicEvent[], b: Builder): PanicEvent[] {
  const out: PanicEvent[] = [];
  for (const event of events) {
    const before = out.at(-1);
    out.push(event);
    if (event.kind !== 'trap' && event.kind !== 'panic') continue;
    for (const trace of [...event.otherTraces]) {
      if (trace.purpose !== undefined) continue;
      implyBoundaries(trace);
      const parted = firstTrap(trace, event.stoppedAt);
      if (parted === undefined) continue;
      const [earlier, later] = pairOf(event, before, trace, parted, b);
      later.consequence ??= { value: 'it came while that one was handled', span: parted.first.span };
      partTrace(event, trace, parted.at, earlier, later);
      if (later !== event) out.push(later);
      if (earlier === event && isOfInner(event, trace, parted)) moveToLater(event, later, parted);
      break;
    }
  }
  return out;
}

/** Which of the events are the two: the block of the first can stand above, without a backtrace. */
function pairOf(
  event: PanicEvent,
  before: PanicEvent | undefined,
  trace: Trace,
  parted: Parted,
  b: Builder,
): [earlier: PanicEvent, later: PanicEvent] {
  const isFirst =
    before?.kind === 'trap' &&
    event.kind === 'trap' &&
    before.otherTraces.length === 0 &&
    !b.areApart(before, event) &&
    before.trap?.ip?.value.address !== event.trap?.ip?.value.address &&
    (event.trap?.ip === undefined || addressOf(trace, parted.first) !== event.trap.ip.value.address);
  return isFirst ? [before, event] : [event, metIn(parted, event)];
}
