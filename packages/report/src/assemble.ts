import { STOPPED_BY_DRIVER } from './driver-said.js';
import { noteCame } from './came-of.js';
import type { Builder } from './builder.js';
import { NEXT_ROW } from './builder/traces.js';
import { dropCutAtEnd } from './cut-at-end.js';
import { dropHeaderOfAnother } from './dump-header.js';
import { giveInterrupted } from './forms/stack-from-trap.js';
import { INSTRUCTION_POINTERS, isOfFault, placeFault } from './fault-place.js';
import { locateByMessage, locateBySymbols } from './located.js';
import { fillFromBoundary, isTopOfCopy, kindByTrace, leadsToPanic, trapOf } from './kind-by-trace.js';
import { culpritIndex, isNameless } from './culprit.js';
import { isDebuggerEntry, isPanicHelper, isStackBase, roleOf } from './functions/index.js';
import { entersDebugger, implyBoundaries } from './implied-boundaries.js';
import { markMixed, noteMixedLetters } from './mixed-letters.js';
import { spanOf } from './line.js';
import { nameProcess } from './name-process.js';
import { takeOtherPanics } from './other-panics.js';
import { partInner } from './panic-in-panic.js';
import { crossedAt, partTraps } from './trap-in-trap.js';
import { PANIC_FORM } from './panic-message.js';
import { isPlaced, isQuotedFrom } from './quoted-trace.js';
import { orientReversal } from './lock-direction.js';
import { isParted } from './said-between.js';
import { addOtherCpus } from './show-panic.js';
import { separateTraces } from './interleave/separate.js';
import { type Identity, identify } from './identify.js';
import { decodeDsisr } from './syndrome.js';
import { isBreakpoint } from './trap-names.js';
import type { Frame, PanicEvent, Register, Span, Trace, Trap } from './types.js';
import { merge, sameStack, WARNINGS } from './merge-events.js';

export interface Assembled {
  primary: PanicEvent;
  others: PanicEvent[];
  identity: Identity;
}

/**
 * Completes what the forms collected: merges repetitions, picks the main traces and the panic that matters.
 */
export function assemble(b: Builder): Assembled | null {
  dropCutAtEnd(b);
  if (b.suspect) separateTraces(b);
  markMixed(b);
  if (b.decimal) readAsDecimal(b);
  const merged = merge(partPanics(b), b);
  partInner(merged);
  const events = partTraps(merged, b);
  for (const event of events) complete(event, b);
  const real = events.filter(isReal).filter((event, _, all) => !isHeadingOf(event, all, b));
  if (real.length === 0) return null;
  let asTraced: Identity | undefined;
  for (const event of real) {
    if (event.kind === 'unknown') kindByTrace(event, () => (asTraced ??= identify(b, real)));
    if (event.kind === 'unknown' && b.enteredByPanic.has(event)) event.kind = 'panic';
    if (event.kind === 'unknown' && event.trap !== undefined) event.kind = 'trap';
  }
  for (const event of real) {
    const crossed = crossedAt(event);
    if (crossed !== undefined)
      event.trap = { ...event.trap, ...trapOf(event, crossed, () => (asTraced ??= identify(b, real))) };
  }
  for (const event of real) nameByFields(event);
  for (const event of real) giveExamined(event, b);
  for (const event of real) messageBefore(event, b);
  for (const { message } of real) noteCutMessage(message, b);
  locateBySymbols(b.symbols, real, b.located);
  for (const event of real) fillFromArguments(event);
  for (const event of real) locateByMessage(event, b.located);
  for (const event of real) giveInterrupted(event);
  for (const event of real) placeFault(event, b.located);
  noteMixedLetters(b, real);
  // The debugger's star says that theirs came later: none is the one that the report is about.
  const later = addOtherCpus(b);
  for (const event of real) nameProcess(event, b);
  // What a dump's header or a heading alone tells of is another crash than the one that the text shows.
  const heavy = (event: PanicEvent): number => {
    const aside =
      event === b.headerOfAnother ||
      (b.headed.has(event) && !b.confirmed.has(event)) ||
      isRecalled(event, real, b);
    return aside && event.frames.length === 0 ? Math.min(weight(event), 1) : weight(event);
  };
  const primary = real.reduce((best, event) => (heavy(event) > heavy(best) ? event : best));
  dropHeaderOfAnother(b, primary, real);
  doubtNextBoot(b, primary);
  const others = real.filter((event) => event !== primary);
  noteCame(real, b);
  const identity = identify(b, [primary, ...others]);
  if (identity.system === 'DragonFly') for (const event of real) forgetIdle(event);
  return { primary, others: [...others, ...later], identity };
}

/** Of the traps whose block FreeBSD and DragonFly print, page faults alone have an address and a code. */
function nameByFields({ kind, forms, trap }: PanicEvent): void {
  if (kind !== 'trap' || trap === undefined || !forms.includes('freebsd-trap')) return;
  const { name, number, nativeType, syndrome, faultCode, faultAddress } = trap;
  const told = faultCode ?? faultAddress;
  const isNamed = [name, number, nativeType, syndrome].some((each) => each !== undefined);
  if (told !== undefined && !isNamed) trap.name = { value: 'page fault', span: told.span, likely: true };
}

/** Whether what the debugger shows unasked is another CPU's, or of another moment. */
function isElsewhere(event: PanicEvent, { elsewhere, stopsAside }: Builder): boolean {
  return elsewhere.has(event) || stopsAside.has(event);
}

/** The events with those among them whose panics are known by their backtraces alone. */
function partPanics(b: Builder): PanicEvent[] {
  const out: PanicEvent[] = [];
  for (const event of b.events) {
    out.push(event);
    if (event.otherTraces.length < 2) continue;
    for (const trace of event.otherTraces) implyBoundaries(trace);
    const main = mainTrace(event, event.otherTraces.filter(isSomething), isElsewhere(event, b));
    if (main !== undefined) out.push(...takeOtherPanics(event, main, b));
  }
  return out;
}

/**
 * DragonFly's kernel calls it idle whenever there is no process: its own threads have none. Only a backtrace
 * says that the CPU had nothing to do.
 */
function forgetIdle(event: PanicEvent): void {
  if (event.process?.value.idle !== true || event.frames.some((each) => /idle/.test(each.function))) return;
  delete event.process;
  if (event.trap?.process?.value.idle === true) delete event.trap.process;
}

/**
 * An instruction that the debugger was asked for is the fault's where the address is: where the trap was, or
 * what its frame says.
 */
function giveExamined(event: PanicEvent, b: Builder): void {
  if (event.stoppedAt !== undefined && event.stoppedAt.debugger !== true) return;
  const { trap, frames, boundaries } = event;
  const ip = trap?.ip?.value.address;
  const boundary = boundaries.find((each) => each.what === 'trap' && each.after + 1 < frames.length);
  const fault = boundary === undefined ? undefined : frames[boundary.after + 1];
  const found = b.examined.find(({ at, of }) =>
    of !== null
      ? of === (ip ?? boundary?.ip)
      : fault?.function === at.function && fault.offset !== undefined && fault.offset === at.offset,
  );
  if (found !== undefined) event.stoppedAt = { ...found.at };
}

/** A kernel that started after the panic is likely the one that panicked: somebody may have built another. */
function doubtNextBoot({ kernel, bootBanner, backwards }: Builder, { span }: PanicEvent): void {
  if (kernel === undefined || kernel !== bootBanner) return;
  if (backwards ? span[0] > kernel.span[1] : span[1] < kernel.span[0]) kernel.likely = true;
}

/**
 * Whether a writer only mentions a message, and comes in his own words to the panic whose console he shows.
 */
function isRecalled(event: PanicEvent, real: readonly PanicEvent[], { prose }: Builder): boolean {
  if (event.kind === 'unknown' || event.frames.length > 0 || event.otherTraces.length > 0) return false;
  const { cpu, time, trap, stoppedAt, process } = event;
  if ([cpu, time, trap, stoppedAt, process].some((each) => each !== undefined)) return false;
  const next = real.find(
    (each) =>
      each.span[0] > event.span[1] &&
      each.message !== undefined &&
      each.frames.length > 0 &&
      each.consequence === undefined &&
      !WARNINGS.has(each.kind),
  );
  return next !== undefined && isParted(prose, event.span[1], next.span[0]);
}

/** Words of a heading that its panic's message has: fewer can be chance. */
const HEADING_WORDS = 2;

/**
 * Whether an event is no more than a heading in a writer's own words, and the next is the panic that it
 * heads: half of its words stand in that message.
 */
function isHeadingOf(event: PanicEvent, all: readonly PanicEvent[], b: Builder): boolean {
  if (!b.headed.has(event) || b.confirmed.has(event) || event.message === undefined) return false;
  const { cpu, time, trap, stoppedAt, process, otherTraces, frames } = event;
  if ([cpu, time, trap, stoppedAt, process].some((each) => each !== undefined)) return false;
  if (otherTraces.length + frames.length > 0) return false;
  const next = all
    .filter((each) => each.span[0] > event.span[1])
    .reduce<PanicEvent | undefined>(
      (first, each) => (first === undefined || each.span[0] < first.span[0] ? each : first),
      undefined,
    );
  const message = next?.message?.value.toLowerCase();
  if (next === undefined || message === undefined || b.headed.has(next)) return false;
  const words = event.message.value.toLowerCase().match(/[a-z_][\w-]{3,}/g) ?? [];
  const common = words.filter((word) => message.includes(word)).length;
  return common >= HEADING_WORDS && common * 2 >= words.length;
}

/** Says of a message that it stops before its end, unless a whole copy has taken its place. */
function noteCutMessage(message: PanicEvent['message'], b: Builder): void {
  const reason = message === undefined ? undefined : b.cutMessages.get(message);
  if (reason !== undefined)
    b.damage.push({ kind: 'truncated', what: 'panic message', reason, span: message!.span });
}

/**
 * Copied by hand, the message of a panic can stand without its word above the backtrace: a line that nothing
 * has read, and that is the message of a known kind.
 */
function messageBefore(event: PanicEvent, b: Builder): void {
  const first = event.frames[0];
  if (
    event.kind !== 'panic' ||
    event.message !== undefined ||
    first === undefined ||
    !isPanicHelper(first.function)
  )
    return;
  const row = b.firstRows.get(first) ?? -1;
  const line = b.prose.find((each) => each.endRow < row && row - each.endRow <= NEXT_ROW);
  const known = line === undefined ? null : b.classify(line.text);
  if (line === undefined || known === null) return;
  const span = spanOf(line, 0, line.text.length);
  event.kind = known.kind;
  event.message = { value: line.text, span, likely: true };
  for (const [name, value] of Object.entries(known.details ?? {})) event.details[name] ??= { value, span };
  if (known.stable !== undefined) event.details.stable ??= { value: known.stable, span };
  if (!event.forms.includes(PANIC_FORM)) event.forms.push(PANIC_FORM);
}

/**
 * Characters in which the lines of one backtrace or register dump stand; two in 30 MB of noise look like a
 * frame each, but apart.
 */
const TOGETHER = 4000;

/** Do `n` of these stand together? */
function together(facts: readonly { span: Span }[], n: number): boolean {
  const starts = facts.map((fact) => fact.span[0]).sort((a, b) => a - b);
  return starts.some((start, i) => i + 1 >= n && start - starts[i + 1 - n]! <= TOGETHER);
}

/** A backtrace of bare names is read only where a known one is among them. */
function areNames(frames: readonly Frame[]): boolean {
  return (
    frames.length >= 4 &&
    frames.every((frame) => !isPlaced(frame) && frame.args.length === 0) &&
    frames.some((frame) => roleOf(frame.function) !== null || isStackBase(frame.function))
  );
}

/** A lone register line or a word that looks like a frame does not make a report. */
function isReal(event: PanicEvent): boolean {
  if (event.kind === 'unknown') {
    const top = event.boundaries.find(isTopOfCopy);
    return (
      together(event.frames.filter(isPlaced), top === undefined ? 2 : 1) ||
      areNames(event.frames) ||
      together(event.registers, 4) ||
      (event.stoppedAt?.offset !== undefined && event.stoppedAt.instruction !== undefined)
    );
  }
  if (event.kind !== 'trap' || event.trap === undefined || crossedAt(event) !== undefined) return true;
  if (Object.keys(event.trap).length >= 2 || event.trap.number !== undefined) return true;
  return together(event.registers, 4);
}

function weight(event: PanicEvent): number {
  if (event.kind === 'unknown') return 0;
  // The head of a block that another CPU's panic has cut off.
  if (event.kind === 'trap' && event.frames.length === 0 && event.trap?.ip === undefined) return 1;
  // Registers that nobody says a word about: the panic comes after them.
  if (event.forms[0] === 'exceptions' && event.frames.length === 0 && event.message === undefined) return 1;
  // A line that says what is wrong, and neither stops nor is traced: the panic comes after it.
  const told = event.message ?? event.trap ?? event.stoppedAt;
  if (told === undefined && event.frames.length === 0) return 1;
  return WARNINGS.has(event.kind) ? 1 : 2;
}

function isSomething({ frames, boundaries }: Trace): boolean {
  return frames.length > 0 || boundaries.length > 0;
}

function complete(event: PanicEvent, b: Builder): void {
  const traces = event.otherTraces.filter(isSomething);
  markOtherCpus(event, traces, b);
  for (const trace of traces) implyBoundaries(trace);
  markOtherThreads(event, traces, b);
  orientReversal(event, b.openbsdOrders.has(event));
  nameSleeper(event, traces);
  const main = mainTrace(
    event,
    event.kind === 'unknown' ? traces : traces.filter((trace) => !isOfWarning(trace)),
    isElsewhere(event, b),
  );
  if (main !== undefined) {
    event.frames = main.frames;
    event.boundaries = main.boundaries.filter((each) => !entersDebugger(main.frames, each));
    dropBeneath(event);
    event.traceStyle = main.style;
    const end = endOf(main);
    const isAtZero = event.frames.length < main.frames.length && isNameless(main.frames.at(-1)!.function);
    if (end !== 'open' || (main.shown !== true && !isAtZero)) event.traceEnd = end;
    if (event.traceEnd === 'open' && beginsInUserCode(event, main)) event.traceEnd = 'whole';
  }
  event.otherTraces = traces
    .filter((trace) => trace !== main && !trace.frames.every((frame) => isPanicHelper(frame.function)))
    .filter((trace) => trace !== main && !isPieceOf(trace, main) && !isCopyOf(trace, main))
    .filter((trace) => !isQuotedFrom(trace, main));
  for (const trace of event.otherTraces) if (isOtherThread(event, trace)) trace.purpose ??= 'thread';
  if (event.trap !== undefined) fillFromBoundary(event);
  if (event.trap !== undefined) accessOfMode(event.trap);
  dropLeftover(event);
  if (event.process === undefined && event.trap?.process !== undefined) event.process = event.trap.process;
  else if (event.process !== undefined && event.trap?.process !== undefined) {
    const tid = event.process.value.tid;
    event.process = {
      value: { ...event.process.value, ...event.trap.process.value },
      span: event.trap.process.span,
    };
    if (tid !== undefined) event.process.value.tid = tid;
  }
  if (event.process === undefined && main?.process !== undefined && !isAsleep(main))
    event.process = { value: main.process, span: b.headings.get(main) ?? main.span, likely: true };
  // A stack pointer comes with any registers.
  if (event.trap !== undefined && Object.keys(event.trap).every((name) => name === 'sp')) {
    delete event.trap;
    // Registers, and no word of what they were printed for.
    if (event.kind === 'trap' && event.message === undefined) event.kind = 'unknown';
  }
  nameStop(event, b);
  fillFromRegisters(event);
  cpuOfPrompt(event, b);
}

/** Traces that were asked for while the debugger was on another CPU than the one that panicked. */
function markOtherCpus(event: PanicEvent, traces: readonly Trace[], b: Builder): void {
  const own = event.cpu?.value ?? b.promptCpus.get(event)?.value;
  for (const trace of traces) {
    if (trace.cpu === undefined || own === undefined) continue;
    if (trace.cpu !== own && !leadsToPanic(trace)) trace.purpose ??= 'thread';
  }
}

/** Traces that a debugger on a dump showed behind a command that went to a thread, and no way to a panic. */
function markOtherThreads(event: PanicEvent, traces: readonly Trace[], b: Builder): void {
  if (event.kind === 'unknown') return;
  for (const trace of traces)
    if (
      b.aside.has(trace) &&
      !leadsToPanic(trace) &&
      !trace.boundaries.some((each) => isOfFault(trace.frames, each))
    )
      trace.purpose ??= 'thread';
}

/**
 * The debugger that a panic enters is on the CPU that panicked, and its prompt names that, and so does the
 * starred row of the threads that ran, unless the lines before say that it is on another.
 */
function cpuOfPrompt(event: PanicEvent, b: Builder): void {
  const row = b.running.get(event)?.find((each) => each.starred);
  const starred = row === undefined ? undefined : { value: row.cpu, span: row.process.span };
  const cpu = b.promptCpus.get(event) ?? starred;
  if (cpu === undefined || event.cpu !== undefined || event.trap?.cpuid !== undefined) return;
  if (isElsewhere(event, b) || WARNINGS.has(event.kind) || event.kind === 'unknown') return;
  event.cpu = { ...cpu, likely: true };
}

/**
 * `trap_pfault(frame=0x.., eva=112)`: the address of the fault, where the block is not there. Of any other
 * trap, trap_fatal is given a 0 that is none.
 */
function fillFromArguments({ kind, trap, frames }: PanicEvent): void {
  if (kind !== 'trap' || trap === undefined || trap.faultAddress !== undefined) return;
  if (trap.name !== undefined && !/page fault/i.test(trap.name.value)) return;
  if (!frames.some((frame) => frame.function === 'trap_pfault')) return;
  for (const { function: name, argNames, args, span } of frames) {
    if (name !== 'trap_fatal' && name !== 'trap_pfault') continue;
    const value = args[argNames?.indexOf('eva') ?? -1];
    if (value === undefined || value === '?') continue;
    trap.faultAddress = { value, span };
    return;
  }
}

/**
 * powerpc keeps the address and the kind of a failed access in registers, which its debuggers show with the
 * others. They are the fault's where the instruction pointer beside them is.
 */
function fillFromRegisters({ trap, registers, registersOf }: PanicEvent): void {
  if (trap?.ip === undefined || registersOf === 'debugger' || trap.syndrome !== undefined) return;
  const of = (name: string): Register | undefined => registers.find((each) => each.name === name);
  const pointer = of('pc') ?? of('srr0') ?? of('iar');
  const [dar, dsisr] = [of('dar'), of('dsisr')];
  if (pointer?.value !== trap.ip.value.address || dar === undefined) return;
  if (!/data storage|alignment/.test(trap.name?.value ?? '')) return;
  trap.faultAddress ??= { value: dar.value, span: dar.span };
  if (dsisr === undefined || !trap.name!.value.startsWith('data storage')) return;
  const { syndrome, code } = decodeDsisr(dsisr.value);
  trap.syndrome = { value: syndrome, span: dsisr.span };
  if (code !== undefined) trap.faultCode ??= { value: code, span: dsisr.span };
}

/**
 * Beneath the first function of a thread the stack still holds what the kernel ran on it as it started: no
 * trap, and no caller.
 */
function dropBeneath(event: PanicEvent): void {
  const own = event.frames.findLastIndex(
    ({ function: name, address }) => !isNameless(name) || address !== '0x0',
  );
  // A debugger that follows a stack to its end shows the 0 that it finds there.
  if (own >= 0 && !event.boundaries.some((each) => each.after >= own))
    event.frames = event.frames.slice(0, own + 1);
  const { frames } = event;
  const end = frames.findIndex((frame) => frame.function === 'fork_trampoline');
  if (end < 0 || end + 2 !== frames.length || !/^(?:mi_startup|btext)$/.test(frames[end + 1]!.function))
    return;
  event.frames = frames.slice(0, end + 1);
  event.boundaries = event.boundaries.filter((each) => each.after < end);
}

/** A driver of Linux has warned, and goes on: the trace is not of what happened before or after. */
function isOfWarning({ frames }: Trace): boolean {
  return /^(?:linux_)?dump_stack$/.test(frames[0]?.function ?? '');
}

/**
 * The backtrace of the thread that slept with a lock: the kernel prints it before it panics in the one that
 * wanted the lock.
 */
function nameSleeper({ kind, details }: PanicEvent, traces: readonly Trace[]): void {
  const tid = details.tid?.value;
  if (kind !== 'sleeping-thread' || typeof tid !== 'number') return;
  const its = traces.find((each) => each.process?.tid === tid) ?? traces.find(isAsleep);
  if (its === undefined || leadsToPanic(its) || !traces.some(leadsToPanic)) return;
  if (its.process?.tid !== undefined && its.process.tid !== tid) return;
  its.purpose = 'slept';
  const pid = details.pid?.value;
  its.process = { ...its.process, tid, ...(typeof pid === 'number' ? { pid } : {}) };
}

/** Whether a trace is of a thread that was not running: the scheduler has taken it off its processor. */
function isAsleep(trace: Trace): boolean {
  return /^(?:sched_switch|mi_switch|cpu_switch|cpu_switchto|sleepq_switch)$/.test(
    trace.frames[0]?.function ?? '',
  );
}

/** Tells the debugger's own entry from a place of the event, and whose the registers are. */
function nameStop(event: PanicEvent, b: Builder): void {
  const { stoppedAt, registers } = event;
  const other = b.elsewhere.get(event);
  const isAside =
    other !== undefined ||
    b.stopsAside.has(event) ||
    isBreakpoint(event.trap) ||
    event.kind === STOPPED_BY_DRIVER;
  if (stoppedAt !== undefined && (isAside || isDebuggerEntry(stoppedAt.function))) stoppedAt.debugger = true;
  if (stoppedAt !== undefined && other !== undefined) stoppedAt.cpu = other;
  const theirs = registers.length === 0 || other === undefined ? undefined : b.registerCpus.get(event);
  if (theirs !== undefined && theirs !== event.cpu?.value) event.registersCpu = theirs;
  const of = registers.length === 0 ? undefined : registersOf(event);
  if (of !== undefined) event.registersOf = of;
  else if (event.registersOf !== undefined) delete event.registersOf;
}

function registersOf(event: PanicEvent): 'fault' | 'debugger' | undefined {
  const { stoppedAt, trap } = event;
  const pointer = event.registers.find((each) => INSTRUCTION_POINTERS.has(each.name));
  const symbol = pointer?.symbol?.split('+')[0];
  if (symbol !== undefined && isDebuggerEntry(symbol)) return 'debugger';
  // What the trap handler prints itself, the form of the trap has marked.
  if (event.registersOf !== undefined) return event.registersOf;
  if (stoppedAt?.debugger === true) return 'debugger';
  const ip = trap?.ip?.value.address;
  if (ip !== undefined && pointer !== undefined) return pointer.value === ip ? 'fault' : undefined;
  if (event.kind === 'trap' || event.kind === 'double-fault' || event.kind === 'unknown') return 'fault';
  return stoppedAt === undefined ? undefined : 'fault';
}

/** A debugger whose radix is ten prints its numbers in decimal, without a mark. */
function readAsDecimal(b: Builder): void {
  for (const register of b.bareRegisters) {
    const digits = register.value.slice(register.value.startsWith('-') ? 3 : 2);
    if (!/^\d+$/.test(digits)) continue;
    const value = BigInt(digits);
    register.value = register.value.startsWith('-') ? `-0x${value.toString(16)}` : `0x${value.toString(16)}`;
  }
  for (const place of b.barePlaces) {
    const digits = place.offset?.toString(16) ?? '';
    if (/^\d+$/.test(digits)) place.offset = Number.parseInt(digits, 10);
  }
}

/** Frames of a trace that may be what a debugger shows before it is asked for one. */
const BEGINNING_MAX = 2;

/**
 * Whether a trace is the first line or two of the main one again, the frame that gdb stops in, or one frame
 * of it to which a debugger was told to go.
 */
function isPieceOf(trace: Trace, main: Trace | undefined): boolean {
  if (main === undefined || trace.frames.length > BEGINNING_MAX || trace.boundaries.length > 0) return false;
  if (trace.frames.every((frame, i) => frame.function === main.frames[i]?.function)) return true;
  const [frame] = trace.frames;
  return trace.frames.length === 1 && frame?.number !== undefined && main.frames.some(isSame(frame));
}

/** The same frame by its number and name. */
const isSame =
  (a: Frame) =>
  (b: Frame): boolean =>
    a.number === b.number && a.function === b.function;

/** Whether a trace is the main one printed again, with nothing that the main one has not. */
function isCopyOf(trace: Trace, main: Trace | undefined): boolean {
  if (main === undefined || trace.style !== main.style || trace.purpose !== main.purpose) return false;
  if (trace.frames.length > main.frames.length) return false;
  const last = (frames: readonly Frame[]): string => frames[frames.length - 1]?.function ?? '';
  if (last(trace.frames) !== last(main.frames)) return false;
  const places = new Set(
    main.frames.map((frame) => `${frame.function}+${frame.offset} ${frame.framePointer}`),
  );
  const shared = trace.frames.filter((frame) =>
    places.has(`${frame.function}+${frame.offset} ${frame.framePointer}`),
  );
  return shared.length * 2 >= trace.frames.length;
}

/**
 * arm64's far is set by aborts and by a misaligned program counter alone: of any other exception it is a
 * leftover.
 */
function dropLeftover(event: PanicEvent): void {
  const { trap } = event;
  if (trap?.syndrome?.value.register !== 'esr' || trap.faultAddress === undefined) return;
  if (!/abort|program counter|watchpoint/.test(trap.syndrome.value.what)) delete trap.faultAddress;
}

/** The causes of riscv and powerpc name the access and not who made it: the mode of the trap does. */
function accessOfMode({ mode, syndrome, faultCode }: Trap): void {
  if (mode?.value !== 'user' || faultCode === undefined || syndrome === undefined) return;
  if (syndrome.value.register !== 'esr') faultCode.value = { ...faultCode.value, by: 'user' };
}

/**
 * A stack that was read by frame pointers goes on past a trap in the kernel: one that ends in the trap's
 * entry began there, in user code.
 */
function beginsInUserCode({ kind }: PanicEvent, { style, frames }: Trace): boolean {
  return style === 'kdb' && kind !== 'trap' && /^(?:calltrap|alltraps\w*)$/.test(frames.at(-1)!.function);
}

/** Where a trace ends: at the bottom of the stack, inside a line, or elsewhere. */
function endOf(trace: Trace): 'whole' | 'cut' | 'open' {
  const { frames, boundaries } = trace;
  const last = frames[frames.length - 1];
  if (trace.cut === true || last?.cut === true) return 'cut';
  if (trace.whole === true) return 'whole';
  const boundary = boundaries[boundaries.length - 1];
  if (boundary !== undefined && (boundary.after === frames.length - 1 || boundary.what === 'syscall'))
    return 'whole';
  if (last === undefined) return 'open';
  // Past the way in stand addresses of user code, for which a kernel's debugger has no names.
  let i = frames.length - 1;
  while (i > 0 && isNameless(frames[i]!.function)) i--;
  return isStackBase(frames[i]!.function) || isOwnThread(trace, frames[i]!) ? 'whole' : 'open';
}

/** DragonFly's lines, with the offset and behind it the address, end with the function of a thread's own. */
function isOwnThread({ style }: Trace, { function: name, address, offset, number }: Frame): boolean {
  if (style !== 'ddb' || address === undefined || offset === undefined || number !== undefined) return false;
  return /(?:thread|_proc|daemon|_worker|_loop)$/.test(name);
}

/** Purposes of traces that are not the event's own. */
const ASIDE = new Set(['established', 'order', 'acquired', 'allocated', 'freed', 'thread', 'slept']);

/**
 * The first trace is that of the panic. A later trace takes its place only if it is the same stack printed
 * with more (kgdb after KDB, `trace` after the automatic backtrace), or if the first says nothing and the
 * later one does.
 */
/** @param elsewhere the debugger was on another CPU than the one that panicked */
function mainTrace(event: PanicEvent, traces: readonly Trace[], elsewhere: boolean): Trace | undefined {
  const attempted = traces.find((trace) => trace.purpose === 'attempted');
  if (attempted !== undefined) return attempted;
  const own = traces.filter((trace) => !ASIDE.has(trace.purpose ?? '') && !isOtherThread(event, trace));
  let best = own[0];
  if (best === undefined) return undefined;
  // Of a text without a word of what happened, the first backtrace may be another thread's.
  // So it is with one of a thread that slept, as a debugger on a dump shows first.
  if ((event.kind === 'unknown' || isAsleep(best)) && !leadsToPanic(best))
    best = own.find(leadsToPanic) ?? best;
  // What the debugger shows before it is told to go to another CPU is of the one that it is on.
  if (elsewhere && !leadsToPanic(best)) {
    const its = own.find(leadsToPanic) ?? own.find(isOfAccess);
    if (its === undefined) return undefined;
    best = its;
  }
  for (const trace of own) {
    if (trace !== best && richness(trace) > richness(best) && sameStack(best, trace)) best = trace;
  }
  return best;
}

/** The stack that a sanitizer kept of the access itself. */
function isOfAccess({ purpose }: Trace): boolean {
  return purpose === 'access';
}

/** Whether a trace is of another thread than the one that panicked. */
function isOtherThread(event: PanicEvent, trace: Trace): boolean {
  const [of, known] = [trace.process, event.process?.value ?? event.trap?.process?.value];
  if (of === undefined || known === undefined) return false;
  if (of.tid !== undefined && known.tid !== undefined) return of.tid !== known.tid;
  return of.pid !== undefined && known.pid !== undefined && of.pid !== known.pid;
}

/** What a trace without a culprit or without its end lacks. */
const NO_CULPRIT = -200;

function richness(trace: Trace): number {
  let n = Math.min(trace.frames.length, 64) + 4 * trace.boundaries.length;
  if (trace.frames.some((frame) => frame.args.length > 0)) n += 12;
  if (trace.frames.some((frame) => frame.source !== undefined)) n += 6;
  if (endOf(trace) === 'whole') n += 20;
  if (culpritIndex(trace.frames, trace.boundaries) < 0) n += NO_CULPRIT;
  return n;
}
