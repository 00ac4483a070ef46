import {
  culpritIndex,
  isEntryLabel,
  isMisnamed,
  isNameless,
  isOptionSymbol,
  OWN_MAX,
  ownFrames,
  PANIC_ENTRY,
} from './culprit.js';
import {
  isCheck,
  isDebuggerEntry,
  isFaultHandler,
  isHelper,
  isPanicHelper,
  isTrapHelper,
  isWayIn,
  plainName,
} from './functions/index.js';
import { farFrom } from './far-place.js';
import { HARDWARE, NON_MASKABLE } from './hardware.js';
import { LOCKS_HELD } from './forms/witness-held.js';
import { FUNCTION_MAX, type Located } from './located.js';
import { hexAdd, hexDiff, hexNumber } from './scan.js';
import type { Boundary, FaultPlace, Frame, Hex, PanicEvent, Span, Trace, Trap } from './types.js';

/*
 * Where a fault was. The trap block gives an address, the boundary in the trace a frame, the debugger's stop
 * a function (unless it stopped in its own entry), and somebody may have looked the address up. What says the
 * same is put together; what contradicts is left out.
 */

/** Addresses below this are no code, in no kernel. */
const CODE_MIN = 0x1000;

/** The first boundary past which the interrupted kernel code stands. */
export function trapBoundary(event: PanicEvent): Boundary | undefined {
  return event.boundaries.find((each) => isOfFault(event.frames, each));
}

/**
 * Whether a boundary can be that of a fault: a trap past which something stands. A panic enters the debugger
 * by a trap of its own, and that one interrupted the debugger's entry.
 */
export function isOfFault(frames: readonly Frame[], { what, after }: Boundary): boolean {
  const next = frames[after + 1];
  return what === 'trap' && next !== undefined && !isDebuggerEntry(next.function);
}

/** Kinds of events that have a place of their own. */
const FAULTS = new Set(['trap', 'double-fault', 'user-address']);

/** Adds to a trap where it happened. */
export function placeFault(event: PanicEvent, located: Located): void {
  if (!FAULTS.has(event.kind)) return;
  if (event.kind === 'double-fault') {
    placeDoubleFault(event);
    return;
  }
  const { trap } = event;
  if (trap === undefined) return;
  nameStopped(event, trap);
  const ip = trap.ip?.value.address;
  const jump = jumpOf(event, ip);
  const place = jump !== undefined ? jumped(event, jump) : placed(event, ip, located);
  if (place !== null && (place.function !== undefined || place.address !== undefined))
    event.faultPlace = place;
}

/**
 * A debugger on the dump begins the frame past the trap with the address where it came: where that has no
 * name and no line gives the instruction pointer, it is all that is known of the place.
 */
function nameStopped(event: PanicEvent, trap: Trap): void {
  const boundary = trapBoundary(event);
  const { traceStyle: style } = event;
  if (trap.ip !== undefined || boundary === undefined) return;
  if (style !== 'lldb' && (style !== 'kgdb' || boundary.implied === true)) return;
  const next = event.frames[boundary.after + 1];
  if (next?.address === undefined || !isNameless(next.function) || hexNumber(next.address) < CODE_MIN) return;
  trap.ip = { value: { address: next.address }, span: next.span, likely: true };
}

/** A double fault has no block: the registers that are printed with it are those of the moment. */
function placeDoubleFault(event: PanicEvent): void {
  const register = event.registers.find((each) => INSTRUCTION_POINTERS.has(each.name));
  if (register === undefined || event.registersOf !== 'fault') return;
  const symbol = symbolOf(event, undefined);
  const place: FaultPlace = { address: register.value, evidence: [register.span] };
  if (symbol !== null) {
    place.function = symbol.function;
    if (symbol.offset !== undefined) place.offset = symbol.offset;
  } else calledFrom(event, place);
  event.faultPlace = place;
}

/** Whether the kernel's own code was running, as far as the text says: no process's, nor the BIOS's. */
export function isOfKernel({ mode }: Trap): boolean {
  return mode === undefined || mode.value === 'kernel';
}

/** Whether the processor was to execute where nothing is: it jumped there through a pointer. */
function jumpOf(event: PanicEvent, ip: Hex | undefined): 'null' | 'bad' | undefined {
  const { trap } = event;
  if (trap === undefined || !isOfKernel(trap)) return undefined;
  // Kernels of these ports begin at address 0.
  if (event.forms.includes('old-ports')) return undefined;
  // A segment of another ring or of a process's own table is not the kernel's.
  const selector = trap.ip?.value.selector;
  if (selector !== undefined && (hexNumber(selector) & 7) !== 0) return undefined;
  const address = trap.faultAddress?.value;
  const target = ip ?? (trap.faultCode?.value.access === 'execute' ? address : undefined);
  if (target === undefined) return undefined;
  const executed = trap.faultCode?.value.access === 'execute';
  if (hexNumber(target) < CODE_MIN && (executed || ip !== undefined))
    // Only a pointer that held 0 was null.
    return targetOf(event) === '0x0' ? 'null' : 'bad';
  // Before processors could forbid execution, a fetch counted as a read: then both addresses are the same.
  return (executed || ip !== undefined) && address !== undefined && address === target ? 'bad' : undefined;
}

/**
 * Where the processor was to execute, as exactly as the text has it: where the fault gives the page alone,
 * the debugger's stop or the trace may have the rest.
 */
function targetOf(event: PanicEvent): Hex | undefined {
  const { trap, frames, stoppedAt } = event;
  if (trap?.ip !== undefined) return trap.ip.value.address;
  const fault = trap?.faultAddress?.value;
  if (trap?.pageOnly === undefined || fault === undefined) return fault;
  const nowhere = frames[(trapBoundary(event)?.after ?? -1) + 1];
  const shown = [stoppedAt?.debugger === true ? undefined : stoppedAt?.address, nowhere?.address];
  return shown.find((each) => each !== undefined && (hexNumber(each) < CODE_MIN || isOnPage(each, fault)));
}

/** Whether an address lies on the page on which a fault was, at the fault's or past it. */
function isOnPage(address: Hex, fault: Hex): boolean {
  const past = hexDiff(address, fault);
  return past >= 0 && past < 0x1000 - (hexNumber(fault) % 0x1000);
}

/** Entries of traps and system calls that kernels have on x86 alone. */
const X86_ENTRY = /^(?:X\w+|alltraps\w*|calltrap)$/;

/**
 * Whether the debugger went from an address where no function is by the frame pointer alone: that is still of
 * the function which jumped there, so that what is shown next is the one that called that. OpenBSD's and
 * NetBSD's on x86 look for the return address at the stack pointer only at the beginning of a function
 * (db_stack_trace_print in their db_trace.c); FreeBSD's does where no symbol is, and one on a dump goes by
 * other tables.
 */
function losesJumper({ forms, frames, boundaries, registers, trap, traceStyle: style }: PanicEvent): boolean {
  if (style === 'kgdb' || style === 'lldb' || forms.includes('freebsd-trap')) return false;
  // FreeBSD's lines: `--- trap 0xc, rip = ..`, `f() at f+0x12/frame 0x..`.
  if (boundaries.some((each) => each.ip !== undefined && isOfFault(frames, each))) return false;
  if (frames.some((frame) => frame.framePointer !== undefined)) return false;
  return (
    trap?.ip?.value.selector !== undefined ||
    registers.some(({ name }) => name === 'eip' || name === 'rip') ||
    frames.some((frame) => X86_ENTRY.test(frame.function))
  );
}

/** A jump to nowhere: the function that jumped is the first with a name past it. */
function jumped(event: PanicEvent, jump: 'null' | 'bad'): FaultPlace {
  const { trap, frames } = event;
  const address = targetOf(event);
  const place: FaultPlace = { jump, evidence: [] };
  if (address !== undefined) place.address = address;
  const span = trap?.ip?.span ?? trap?.faultAddress?.span;
  if (span !== undefined) place.evidence.push(span);
  const boundary = trapBoundary(event);
  const first = boundary === undefined ? 0 : boundary.after + 1;
  // A stack that was read by frame pointers leaves out the function that jumped: it had no frame of its own
  // yet.
  const byPointers = boundary?.implied === true && leavesInterruptedOut(event);
  const nowhere = frames[first];
  if (nowhere === undefined || byPointers) return place;
  if (isNameless(nowhere.function) && losesJumper(event)) {
    place.lost = true;
    return place;
  }
  // Code without a name inside the entry of a trap: the handler jumped, and it has left no line.
  const [inner, entry] = frames;
  if (first > 1 && isNameless(inner!.function) && isTrapHelper(entry!.function)) return place;
  const from =
    isNameless(nowhere.function) || stopsThere(event, nowhere)
      ? first + 1
      : boundary === undefined
        ? -1
        : first;
  const caller = from < 0 ? undefined : frames[from];
  if (caller === undefined || isNameless(caller.function) || isEntryLabel(caller.function)) return place;
  // It calls the function of a thread, which is not null: who called has left no line.
  if (isWayIn(caller.function)) return place;
  place.caller = placeOf(caller);
  place.evidence.push(caller.span);
  return place;
}

function stopsThere(event: PanicEvent, frame: Frame): boolean {
  return event.stoppedAt !== undefined && event.stoppedAt.debugger !== true && isNameless(frame.function);
}

function placeOf(frame: Frame): { function: string; offset?: number } {
  return frame.offset === undefined
    ? { function: frame.function }
    : { function: frame.function, offset: frame.offset };
}

/** A fault in code: the function by what the text says of the address. */
function placed(event: PanicEvent, ip: Hex | undefined, located: Located): FaultPlace | null {
  const { trap, frames, stoppedAt } = event;
  const place: FaultPlace = { evidence: [] };
  if (ip !== undefined) {
    place.address = ip;
    place.evidence.push(trap!.ip!.span);
  }
  const found = ip === undefined ? undefined : located.get(ip);
  if (found !== undefined) {
    place.function = found.function;
    if (found.source !== undefined) place.source = found.source;
    if (found.offset !== undefined) place.offset = found.offset;
    place.evidence.push(found.span);
  }
  const at = frameAt(event, ip);
  if (at >= 0) {
    const frame = frames[at]!;
    if (found === undefined && !isSureAt(event, at, ip)) place.likely = true;
    if (stoppedAt?.function === frame.function && stoppedAt.debugger !== true)
      place.evidence.push(stoppedAt.span);
    place.evidence.push(frame.span);
    if (place.function === undefined || place.function === frame.function) {
      Object.assign(place, placeOf(frame));
      const start = startOf(frame);
      if (start !== undefined && ip !== undefined && frame.address !== ip) place.offset = hexDiff(ip, start);
      if (frame.source !== undefined) place.source ??= frame.source;
      if (place.offset === undefined && stoppedAt?.function === frame.function && stoppedAt.debugger !== true)
        if (stoppedAt.offset !== undefined) place.offset = stoppedAt.offset;
    }
    // What an interrupt or a trap stopped called nobody.
    const caller = event.boundaries.some((each) => each.after === at) ? undefined : frames[at + 1];
    const misnamed = caller !== undefined && isMisnamed(frames, event.boundaries, at + 1);
    if (caller !== undefined && !misnamed && !isHelper(caller.function) && !isNameless(caller.function))
      place.caller = placeOf(caller);
    return place;
  }
  if (stoppedAt !== undefined && stoppedAt.debugger !== true && !isNameless(stoppedAt.function)) {
    place.function ??= stoppedAt.function;
    if (place.function === stoppedAt.function && stoppedAt.offset !== undefined)
      place.offset = stoppedAt.offset;
    place.evidence.push(stoppedAt.span);
    return place;
  }
  const symbol = symbolOf(event, ip);
  if (symbol !== null) {
    place.function ??= symbol.function;
    if (symbol.offset !== undefined) place.offset ??= symbol.offset;
    place.evidence.push(symbol.span);
    return place;
  }
  calledFrom(event, place);
  calledFromBeyond(event, place);
  return place;
}

/** Whether the text ties the frame to the fault: by the address, by `---`, or by the debugger's stop. */
function isSureAt(event: PanicEvent, at: number, ip: Hex | undefined): boolean {
  const boundary = event.boundaries.find((each) => each.what === 'trap' && each.after === at - 1);
  const frame = event.frames[at]!;
  if (ip !== undefined && (boundary?.ip === ip || frame.address === ip)) return true;
  if (event.stoppedAt?.debugger !== true && event.stoppedAt?.function === frame.function) return true;
  return boundary !== undefined && boundary.implied === undefined && ip === undefined;
}

/** Whether the debugger stopped in the handler of a trap: one fault was met while another was handled. */
function stopsInHandler({ frames, stoppedAt: stop }: PanicEvent): boolean {
  if (stop === undefined || stop.debugger === true || frames[0]?.function !== stop.function) return false;
  return isTrapHelper(stop.function);
}

/**
 * The frame of the fault: past the boundary with the block's address, at that address, or the debugger's
 * stop.
 */
function frameAt(event: PanicEvent, ip: Hex | undefined): number {
  const { frames, stoppedAt } = event;
  if (stopsInHandler(event)) return 0;
  for (const boundary of event.boundaries) {
    if (!isOfFault(frames, boundary)) continue;
    const next = frames[boundary.after + 1]!;
    if (isNameless(next.function)) continue;
    if (isLeftOut(event, boundary)) continue;
    // Without an address of its own, the boundary is that of the block unless the next frame says otherwise.
    const address = boundary.ip ?? next.address;
    if (ip === undefined || address === undefined || address === ip || holds(frames, next, ip))
      return boundary.after + 1;
  }
  if (ip !== undefined) {
    const at = frames.findIndex((frame) => frame.address === ip && !isNameless(frame.function));
    if (at >= 0) return at;
  }
  const top = frames[0];
  if (top === undefined || stoppedAt === undefined || stoppedAt.debugger === true) return -1;
  return top.function === stoppedAt.function && !isNameless(top.function) ? 0 : -1;
}

/**
 * Whether the stack was read by frame pointers alone (KDB without a debugger, DragonFly's): such lines have
 * the return address and the offset. It leaves out the function that a trap interrupted.
 */
export function byFramePointers(frames: readonly Frame[]): boolean {
  return frames.some(
    ({ address, offset, framePointer }) =>
      address !== undefined && offset !== undefined && framePointer === undefined,
  );
}

/** Where a function begins, by a frame that has its address, its offset and its frame pointer. */
function startOf({ address, offset, framePointer }: Frame): Hex | undefined {
  if (address === undefined || offset === undefined || framePointer === undefined) return undefined;
  return hexAdd(address, -offset);
}

/** Whether an address is in the function of a frame, as far as the starts of the trace's functions tell. */
function holds(frames: readonly Frame[], frame: Frame, ip: Hex): boolean {
  const start = startOf(frame);
  if (start === undefined) return false;
  const offset = hexDiff(ip, start);
  if (offset < 0 || offset >= FUNCTION_MAX) return false;
  return !frames.some((each) => {
    const other = startOf(each);
    return other !== undefined && hexDiff(other, start) > 0 && hexDiff(ip, other) >= 0;
  });
}

/** Whether the trace gives an address past the trap, and the fault was in another function. */
function isBeyond({ frames, trap }: PanicEvent, { after }: Boundary): boolean {
  const next = frames[after + 1]!;
  const ip = trap?.ip?.value.address;
  return ip !== undefined && startOf(next) !== undefined && next.address !== ip && !holds(frames, next, ip);
}

/**
 * Whether the trace lacks the function that a trap interrupted: one read by frame pointers, or NetBSD's of
 * x86 where its debugger did not know the trap's handler (it prints `--- trap ---` where it does, and then
 * nothing is implied).
 */
function leavesInterruptedOut(event: PanicEvent): boolean {
  const { traceStyle: style, frames } = event;
  // lldb has the kernel's tables for unwinding.
  return style !== 'lldb' && (style === 'netbsd' || style === 'kdb' || byFramePointers(frames));
}

/** A function that has not come further than this may not have set its frame pointer yet. */
const PROLOGUE = 0x20;

/** Whether the frame past the boundary is not that of the function which the trap interrupted. */
function isLeftOut(event: PanicEvent, boundary: Boundary): boolean {
  if (boundary.implied === true) return leavesInterruptedOut(event);
  const next = event.frames[boundary.after + 1];
  // Its line is there and could not be read.
  if (next?.gap === true) return true;
  // FreeBSD's debugger gives the frame pointer at the trap, and again behind the function that it is of.
  const pointer = next?.framePointer;
  if (boundary.fp === undefined || pointer === undefined || event.traceStyle !== 'ddb') return false;
  return boundary.fp !== pointer && (next?.offset ?? 0) > PROLOGUE;
}

/**
 * The symbol that the debugger printed beside the instruction pointer, if the registers are those of the
 * fault.
 */
function symbolOf(
  event: PanicEvent,
  ip: Hex | undefined,
): { function: string; offset?: number; span: Span } | null {
  const register = event.registers.find((each) => INSTRUCTION_POINTERS.has(each.name));
  if (register?.symbol === undefined || event.registersOf === 'debugger') return null;
  if (ip !== undefined && register.value !== ip) return null;
  const plus = register.symbol.indexOf('+');
  const name = plus < 0 ? register.symbol : register.symbol.slice(0, plus);
  if (isDebuggerEntry(name) || isOptionSymbol(name)) return null;
  const offset = plus < 0 ? Number.NaN : Number.parseInt(register.symbol.slice(plus + 1), 16);
  return Number.isNaN(offset)
    ? { function: name, span: register.span }
    : { function: name, offset, span: register.span };
}

export const INSTRUCTION_POINTERS = new Set([
  'rip',
  'eip',
  'pc',
  'elr',
  'sepc',
  'srr0',
  'iar',
  'tf_rip',
  'tpc',
]);

/**
 * A stack that was read by frame pointers leaves the interrupted function out: the next frame is who called
 * it.
 */
function calledFrom(event: PanicEvent, place: FaultPlace): void {
  const boundary = trapBoundary(event);
  if (boundary === undefined || place.function !== undefined || place.address === undefined) return;
  const caller = event.frames[boundary.after + 1]!;
  if (!isLeftOut(event, boundary) && (boundary.implied !== true || !isBeyond(event, boundary))) return;
  if (isNameless(caller.function) || isEntryLabel(caller.function)) return;
  place.caller = placeOf(caller);
  place.evidence.push(caller.span);
  const [inner, outer] = leftOutFrames(event);
  if (inner === undefined) return;
  place.function = inner.function;
  if (inner.source !== undefined) place.source = inner.source;
  place.evidence.push(inner.span);
  if (outer !== undefined) place.caller = placeOf(outer);
}

/** Index of the frame past the boundary of the fault, if it is of the fault's own code; -1 if it is not. */
function interruptedAt(event: PanicEvent): number {
  const boundary = trapBoundary(event);
  const frame = boundary === undefined ? undefined : event.frames[boundary.after + 1];
  if (frame === undefined || isLeftOut(event, boundary!)) return -1;
  const ip = event.trap?.ip?.value.address;
  return frame.address === undefined || ip === undefined || frame.address === ip ? boundary!.after + 1 : -1;
}

/**
 * How many frames without a name stand between the fault and the first that has one: code of a module whose
 * symbols the debugger had not.
 */
export function unnamedFrames(event: PanicEvent): number {
  const at = interruptedAt(event);
  if (at < 0 || event.faultPlace?.function !== undefined || event.faultPlace?.jump !== undefined) return 0;
  let n = 0;
  while (event.frames[at + n] !== undefined && isNameless(event.frames[at + n]!.function)) n++;
  return n;
}

/** Where the code that faulted has no name, the first function that has one called it, or what called it. */
function calledFromBeyond(event: PanicEvent, place: FaultPlace): void {
  if (place.function !== undefined || place.caller !== undefined || place.address === undefined) return;
  const n = unnamedFrames(event);
  const at = interruptedAt(event) + n;
  const caller = event.frames[at];
  if (n === 0 || caller === undefined || isEntryLabel(caller.function) || isHelper(caller.function)) return;
  if (event.boundaries.some((each) => each.after >= at - n && each.after < at)) return;
  place.caller = placeOf(caller);
  place.evidence.push(caller.span);
}

/**
 * What a stack that was read by frame pointers leaves out, innermost first, where a debugger on the dump
 * shows the same stack: the frames between its trap and the first function that both have. Empty where none
 * does.
 */
function leftOutFrames(event: PanicEvent): Frame[] {
  const boundary = trapBoundary(event);
  if (boundary?.implied !== true || !leavesInterruptedOut(event)) return [];
  const [caller, next] = event.frames.slice(boundary.after + 1);
  const ip = event.trap?.ip?.value.address;
  for (const { style, purpose, frames, boundaries } of event.otherTraces) {
    const trap = boundaries.find((each) => isOfFault(frames, each));
    if (style !== 'kgdb' || purpose !== undefined || trap === undefined) continue;
    const from = trap.after + 1;
    // The line of the trap itself has a number, and is left out by people; a further one is of a function.
    const [last, first] = [frames[trap.after]?.number, frames[from]!.number];
    if (last !== undefined && first !== undefined && first > last + 2) continue;
    const to = frames.findIndex((each, i) => i >= from && each.function === caller?.function);
    const beyond = frames[to + 1]?.function ?? next?.function;
    if (to <= from || to - from > LEFT_OUT_MAX || (next !== undefined && beyond !== next.function)) continue;
    if (boundaries.some((each) => each.after >= from && each.after < to)) continue;
    const inside = frames.slice(from, to);
    const elsewhere =
      ip !== undefined && inside.some(({ address }) => address !== undefined && address !== ip);
    if (!elsewhere && inside.every((each) => !isNameless(each.function) && each.cut !== true)) return inside;
  }
  return [];
}

/** Frames that can be missing: the function that was interrupted, and what a compiler put into it. */
const LEFT_OUT_MAX = 6;

/** Whether a trace of this event has the interrupted function left out. */
export function leavesOut(event: PanicEvent): boolean {
  return (
    event.faultPlace !== undefined &&
    event.faultPlace.function === undefined &&
    event.faultPlace.caller !== undefined
  );
}

function isOwn(name: string): boolean {
  return !isHelper(name) && !isFaultHandler(name) && !isNameless(name);
}

/**
 * Whether the trace of a trap goes from the panic outwards and shows no handler of a trap: it ends before it,
 * or its names are wrong, and none of them is of what was interrupted.
 */
function showsOnlyHandling({ kind, trap, frames, boundaries }: PanicEvent): boolean {
  if (kind !== 'trap' || trap?.ip === undefined) return false;
  const at = frames.findLastIndex((frame) => PANIC_ENTRY.test(frame.function));
  if (at < 0 || boundaries.some((each) => each.after >= at)) return false;
  return !frames.slice(at).some((frame) => isTrapHelper(frame.function) || isFaultHandler(frame.function));
}

/** Index of the frame of the fault: whatever stands inside it handled the trap, also under a wrong name. */
export function faultFrame(event: PanicEvent): number | undefined {
  const { faultPlace, trap } = event;
  if (event.kind === 'sleeping-with-locks') return pastCalled(event);
  if (showsOnlyHandling(event)) return event.frames.length;
  if (faultPlace?.function === undefined || faultPlace.jump !== undefined) return undefined;
  const at = frameAt(event, trap?.ip?.value.address);
  return at > 0 && event.frames[at]!.function === faultPlace.function ? at : undefined;
}

/**
 * Index past the function that the kernel says was called with locks held (`calling f with ..`): it only
 * looks whether some are, and its caller is to answer for them.
 */
function pastCalled({ details, frames, boundaries }: PanicEvent): number | undefined {
  const called = /^calling (\w{1,80})$/.exec(String(details.doing?.value))?.[1];
  if (called === undefined) return undefined;
  const at = frames.findIndex((frame) => plainName(frame.function) === called);
  const caller = frames[at + 1];
  if (at < 0 || caller === undefined || boundaries.some((each) => each.after <= at && each.after >= 0))
    return undefined;
  return isOwn(caller.function) ? at + 1 : undefined;
}

/** The backtrace of where the lock was taken: the debugger lists the locks of other threads as well. */
export function takersTrace({ otherTraces, process }: PanicEvent): Trace | undefined {
  const of = process?.value.tid;
  return otherTraces.find(
    (each) =>
      each.purpose === 'acquired' &&
      (each.process?.tid === undefined || of === undefined || each.process.tid === of),
  );
}

/** The backtrace of the thread that slept with a lock, where the kernel says that one did. */
export function sleepersTrace({ kind, otherTraces }: PanicEvent): Trace | undefined {
  return kind === 'sleeping-thread' ? otherTraces.find((each) => each.purpose === 'slept') : undefined;
}

/** The backtrace of the thread that was blocked for too long: a function of it was handed that thread. */
export function blockedTrace({ kind, details, otherTraces }: PanicEvent): Trace | undefined {
  const thread = details.thread?.value;
  if (kind !== 'possible-deadlock' || typeof thread !== 'string') return undefined;
  return otherTraces.find((trace) => trace.frames.some(({ args }) => args.includes(thread)));
}

/**
 * Own functions of whoever took the lock that was still held at the way out: there the trace of the panic has
 * none, and the text gives that of the lock.
 */
function takerOfLock(event: PanicEvent): string[] | undefined {
  const sleeper = sleepersTrace(event);
  if (sleeper !== undefined) {
    const own = ownFrames(sleeper.frames, sleeper.boundaries);
    return own.length > 0 ? own : undefined;
  }
  const said = event.message?.value ?? event.trap?.name?.value ?? '';
  if (HARDWARE.test(said) || NON_MASKABLE.test(said)) return [];
  // Who found the thread has only looked.
  if (event.kind === 'possible-deadlock') {
    const blocked = blockedTrace(event);
    return blocked === undefined ? [] : ownFrames(blocked.frames, blocked.boundaries);
  }
  if (!LOCKS_HELD.has(event.kind)) return undefined;
  const at = culpritIndex(event.frames, event.boundaries, faultFrame(event));
  if (at >= 0 && !isWayIn(event.frames[at]!.function)) return undefined;
  const trace = takersTrace(event);
  const own = trace === undefined ? [] : ownFrames(trace.frames, trace.boundaries);
  return own.length > 0 ? own : undefined;
}

/** The functions by which a thread leaves its CPU to others. */
const SWITCH = /^(?:sched_switch|mi_switch|cpu_switch|cpu_switchto|lwkt_switch)$/;

/** Whether the text has no word of what happened, and its backtrace is of a thread that slept or waited. */
export function isAsleep({ kind, frames }: PanicEvent): boolean {
  return kind === 'unknown' && frames[0] !== undefined && SWITCH.test(frames[0].function);
}

/**
 * Whether the inner end of the backtrace was not read: its numbers begin later, or the debugger was entered
 * by a panic of which the backtrace shows nothing. What stands first may be anybody's who called the one to
 * name.
 */
export function lacksInnerEnd({ kind, frames, message }: PanicEvent): boolean {
  if (frames.length === 0) return false;
  const [first] = frames;
  const late = first!.number === undefined ? first!.gap === true : first!.number > 0;
  if (kind === 'unknown') return late;
  if (frames.some((frame) => isPanicHelper(frame.function) || isTrapHelper(frame.function))) return false;
  return kind === 'trap' || kind === 'panic' ? late || (kind === 'panic' && message === undefined) : false;
}

/**
 * Whether a frame is only of the way on which a thread returned with its locks. The function that looks for
 * them there, userret, stands for the event where nothing else does.
 */
export function isWayOut({ kind }: PanicEvent, { function: name }: Frame): boolean {
  return kind === 'returning-with-locks' && isWayIn(name) && plainName(name) !== 'userret';
}

/** Where a thread is looked at for locks that it has not given back: on its way out, and when it is gone. */
const LOOKS_FOR_LOCKS = /^(?:userret|syscallret|mi_syscall_return|reaper|exit1|thread_exit)$/;

/**
 * Whether the function to name is the one that looked for locks: where the text has no backtrace of who took
 * them, nothing else is left to name.
 */
export const findsLocks = ({ kind }: PanicEvent, name: string): boolean =>
  (kind === 'returning-with-locks' || kind === 'exiting-with-locks') && LOOKS_FOR_LOCKS.test(plainName(name));

/** Whether no frame is sure to be whole, or of this CPU. */
function isMixed({ frames }: PanicEvent): boolean {
  return frames.length > 0 && frames.every((frame) => frame.unsure === true);
}

/**
 * Whether the debugger stopped at an instruction of a function that the backtrace lacks: nothing says what
 * made it stop, but there it was.
 */
function isPlaceOfStop({ stoppedAt: stop, frames }: PanicEvent): boolean {
  if (stop?.instruction === undefined || stop.debugger === true || !isOwn(stop.function)) return false;
  return frames.length > 0 && !frames.some((frame) => frame.function === stop.function);
}

/** The function to name in a headline; where the trace has none of its own, where the fault was. */
export function culpritName(event: PanicEvent): string | undefined {
  if (isAsleep(event) || lacksInnerEnd(event) || isMixed(event)) return undefined;
  // Somebody has stopped a machine that was well.
  if (event.kind === 'unknown' && event.details.entry !== undefined) return undefined;
  // The symbol below a place is not its function where that would be longer than functions are.
  if (farFrom(event) !== undefined) return undefined;
  const place = event.faultPlace;
  const named = place?.function;
  const leftOut = named === undefined ? undefined : leftOutFrames(event).find((each) => isOwn(each.function));
  if (leftOut !== undefined) return leftOut.function;
  // The trace can lack the function of the fault; whoever looked the address up has named it.
  if (named !== undefined && isOwn(named) && !event.frames.some((frame) => frame.function === named))
    return named;
  const taker = takerOfLock(event);
  if (taker !== undefined) return taker[0];
  if (event.kind === 'unknown' && isPlaceOfStop(event)) return event.stoppedAt!.function;
  const at = culpritIndex(event.frames, event.boundaries, faultFrame(event));
  // The way out to user mode has taken no lock.
  if (at >= 0 && isWayOut(event, event.frames[at]!)) return undefined;
  // Of a text without a word of what happened, what every thread runs in says nothing.
  if (at >= 0 && event.kind === 'unknown' && isWayIn(event.frames[at]!.function)) return undefined;
  if (at >= 0) return event.frames[at]!.function;
  const name = place?.function ?? place?.caller?.function;
  if (name !== undefined && isOwn(name)) return name;
  // Without a backtrace a lock's or an allocator's function is all that there is.
  if (named !== undefined && event.frames.length === 0 && isCheck(named)) return named;
  const stop = event.stoppedAt;
  // A fault in the handler of a trap is the second of two: what the first was in, the place does not say.
  return stop === undefined ||
    stop.debugger === true ||
    isNameless(stop.function) ||
    isTrapHelper(stop.function)
    ? undefined
    : stop.function;
}

/**
 * The event's own functions, with the function of the fault where the trace lacks it.
 *
 * @param plain the plain name of the culprit, if there is one
 */
export function eventFrames(event: PanicEvent, plain: string | undefined): string[] {
  const taker = takerOfLock(event);
  if (taker !== undefined) return taker;
  const own = ownFrames(event.frames, event.boundaries, faultFrame(event));
  if (plain === undefined) return [];
  const leftOut = leftOutFrames(event).map((frame) => plainName(frame.function));
  if (leftOut.includes(plain))
    return [...leftOut.slice(leftOut.indexOf(plain)).filter(isOwn), ...own].slice(0, OWN_MAX);
  return own[0] === plain
    ? own
    : own.includes(plain)
      ? own.slice(own.indexOf(plain))
      : [plain, ...own].slice(0, OWN_MAX);
}
