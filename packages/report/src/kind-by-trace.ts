import { isNameless } from './culprit.js';
import { isOfFault } from './fault-place.js';
import { roleOf } from './functions/index.js';
import { type Decoded, decodeEsr, decodeScause } from './syndrome.js';
import { isInParentheses } from './forms/trace-boundary.js';
import type { Identity } from './identify.js';
import { nativeTrapName, sparc64Code, trapNameOf } from './trap-names.js';
import type { Boundary, Frame, Hex, PanicEvent, Span, Trap } from './types.js';

/*
 * What a backtrace says of the event that no line tells of: which trap it was, or that it was a panic.
 */

/** What the boundary of the trap says where the block does not: the syndrome of arm64 and riscv. */
export function fillFromBoundary(event: PanicEvent): void {
  const { frames, boundaries } = event;
  const boundary = boundaries.find((each) => each.syndrome !== undefined && isOfFault(frames, each));
  const trap = event.trap!;
  fillAddresses(event, trap);
  if (trap.syndrome !== undefined) return;
  if (boundary?.syndrome === undefined) {
    fillFromArguments(event);
    return;
  }
  const { register, value } = boundary.syndrome;
  const decoded = register === 'esr' ? decodeEsr(value) : decodeScause(value);
  takeDecoded(trap, decoded, boundary.span);
}

/** The addresses that sparc64's line of a trap gives, and what its name says of the access. */
function fillAddresses(event: PanicEvent, trap: Trap): void {
  const boundary = faultBoundary(event);
  if (boundary?.name === undefined || (trap.name !== undefined && trap.name.value !== boundary.name)) return;
  const { name, span, faultAddress, lastCall } = boundary;
  trap.mode ??= { value: 'kernel', span };
  const code = sparc64Code(name);
  if (code !== undefined) trap.faultCode ??= { value: code, span };
  if (faultAddress !== undefined && trap.faultAddress === undefined) {
    trap.faultAddress = { value: faultAddress, span };
    if (boundary.pageOnly === true) trap.pageOnly = { value: true, span };
  }
  if (lastCall === undefined || event.registers.length > 0) return;
  event.registers.push({ name: 'o7', value: lastCall, span });
  event.registersOf = 'fault';
}

/** What the handler of an abort was called with, where a debugger on a dump shows it by name. */
function fillFromArguments(event: PanicEvent): void {
  const { frames } = event;
  const end = faultBoundary(event)?.after ?? -1;
  const handler = frames.findLast(
    (each, i) => i <= end && roleOf(each.function) === 'trap' && each.argNames?.includes('esr') === true,
  );
  if (handler === undefined) return;
  const argument = (name: string): Hex | undefined => {
    const value = handler.args[handler.argNames!.indexOf(name)];
    return value !== undefined && /^0x[0-9a-f]+$/.test(value) ? value : undefined;
  };
  const [esr, far] = [argument('esr'), argument('far')];
  if (esr === undefined) return;
  const trap = event.trap!;
  takeDecoded(trap, decodeEsr(esr), handler.span);
  if (far !== undefined) trap.faultAddress ??= { value: far, span: handler.span };
}

function takeDecoded(trap: Trap, decoded: Decoded, span: Span): void {
  trap.syndrome = { value: decoded.syndrome, span };
  if (decoded.name !== null) trap.name ??= { value: decoded.name, span };
  if (decoded.code !== undefined) trap.faultCode ??= { value: decoded.code, span };
  trap.mode ??= { value: decoded.mode ?? 'kernel', span };
}

/** The trap that a backtrace says happened. */
function faultBoundary({ frames, boundaries }: PanicEvent): Boundary | undefined {
  return boundaries.find((each) => each.after >= 0 && isOfFault(frames, each));
}

/** Traps by which a processor is made to stop where nothing is wrong: breakpoint, single step, NMI. */
const STOPS = new Set([3, 10, 19]);

/** An address of kernel code: of 64 bits, or of 32 where the kernel lies above the processes. */
const IN_KERNEL = /^0x(?:ffff[89a-f][0-9a-f]{11}|[89a-f][0-9a-f]{7})$/;

/** The same of a stack, below which lies that of a process, on i386 right at the end of its memory. */
const STACK_IN_KERNEL = /^0x(?:ffff[89a-f][0-9a-f]{11}|[c-f][0-9a-f]{7})$/;

/** Whether a trap was the kernel's: of code that went to where there is none, its stack tells. */
const isKernels = ({ ip, sp }: Boundary): boolean =>
  ip !== undefined && (IN_KERNEL.test(ip) || (sp !== undefined && STACK_IN_KERNEL.test(sp)));

/** Whether a boundary begins its trace, with what a trap's line says of a fault of the kernel. */
export function isTopOfCopy(boundary: Boundary): boolean {
  const { after, trap, syndrome } = boundary;
  if (after !== -1) return false;
  if (trap !== undefined) return isKernels(boundary) && trap > 0 && !STOPS.has(trap);
  return syndrome !== undefined && (syndrome.register !== 'esr' || decodeEsr(syndrome.value).mode !== 'user');
}

/** The functions by which kernels panic. */
export const PANICS = /^_?(?:panic|vpanic|kassert_panic)$/;

/** Whether a backtrace goes through panic(). */
export const leadsToPanic = ({ frames }: { frames: readonly Frame[] }): boolean =>
  frames.some((frame) => PANICS.test(frame.function));

/**
 * A text without its panic: what the backtrace itself says happened.
 *
 * @param identity which system and architecture the whole text is of
 */
export function kindByTrace(event: PanicEvent, identity: () => Identity): void {
  const { frames } = event;
  const boundary = faultBoundary(event);
  const inside = boundary === undefined ? frames : frames.slice(0, boundary.after + 1);
  const has = (name: string): Frame | undefined => inside.find((frame) => frame.function === name);
  if (boundary !== undefined) {
    const trapped = has('trap_fatal') ?? has('data_abort') ?? has('dblfault_handler');
    // What the way to the panic led to itself (a second panic, a dump) stands further in.
    const from = trapped === undefined ? 0 : inside.lastIndexOf(trapped);
    const named = inside.slice(from).filter((frame) => !isNameless(frame.function));
    const before = named.map((frame) => roleOf(frame.function));
    // A thread that sleeps in a page fault has other functions there.
    const all = before.every((role) => role === 'panic' || role === 'trap' || role === 'fault');
    if (all && (trapped !== undefined || before.includes('trap'))) {
      event.kind = has('dblfault_handler') === undefined ? 'trap' : 'double-fault';
      if (event.kind === 'trap') {
        event.trap = { ...trapOf(event, boundary, identity), ...event.trap };
        fillFromBoundary(event);
      }
      return;
    }
  }
  // Copied from the trap's line on.
  const top = event.boundaries.find(isTopOfCopy);
  if (top !== undefined && isOfFault(frames, top)) {
    event.kind = 'trap';
    event.trap = { ...trapOf(event, top, identity), ...event.trap };
    fillFromBoundary(event);
    return;
  }
  // The way to the panic is there, and what was interrupted is not.
  const fatal = has('trap_fatal');
  const pfault = has('trap_pfault');
  if (boundary === undefined && fatal !== undefined && pfault !== undefined) {
    event.kind = 'trap';
    event.trap = { name: { value: 'page fault', span: pfault.span, likely: true }, ...event.trap };
    return;
  }
  if (leadsToPanic(event)) event.kind = 'panic';
}

/**
 * The name of a trap by its number: the systems count theirs differently. In parentheses it is NetBSD's or
 * OpenBSD's (`native`), unless the text is of another system; where it is not known of which, no name is.
 */
function numbered(
  event: PanicEvent,
  boundary: Boundary,
  trap: number,
  { system, arch }: Identity,
): { name: string | undefined; native: boolean } {
  const parentheses = isInParentheses(boundary);
  if (system === 'NetBSD' || system === 'OpenBSD') {
    const own = parentheses && /^(?:amd64|i386|unknown)$/.test(arch);
    return { name: own ? nativeTrapName(trap) : undefined, native: true };
  }
  if (parentheses && system === 'unknown') return { name: undefined, native: true };
  return event.traceStyle === 'netbsd'
    ? { name: undefined, native: true }
    : { name: trapNameOf(trap), native: false };
}

/** The trap for which trap_fatal went into the debugger: one on the dump shows the argument by name. */
function typeOfTrap({ frames }: PanicEvent, { after }: Boundary): number | undefined {
  const fatal = frames.findIndex((frame, i) => i <= after && frame.function === 'trap_fatal');
  const entry = frames[fatal - 1];
  if (entry?.function !== 'kdb_trap') return undefined;
  const value = entry.args[entry.argNames?.indexOf('type') ?? -1];
  const number = value === undefined ? Number.NaN : Number.parseInt(value, 16);
  return number > 0 && number < 0x100 ? number : undefined;
}

/** What the lines up to a boundary say of its trap. */
export function trapOf(event: PanicEvent, boundary: Boundary, identity: () => Identity): Trap {
  const { span } = boundary;
  const trap: Trap = { mode: { value: 'kernel', span } };
  const number = boundary.trap ?? typeOfTrap(event, boundary);
  const named = number === undefined ? undefined : numbered(event, boundary, number, identity());
  const name = named?.name;
  if (named?.native === true) trap.nativeType = { value: number!, span };
  else if (name !== undefined) trap.number = { value: number!, span };
  const pfault = event.frames
    .slice(0, boundary.after + 1)
    .find((frame) => frame.function === 'trap_pfault' || frame.function === 'kpageflttrap');
  // The debuggers on dumps give no number: the handler of page faults is told by its name.
  const told = name ?? boundary.name ?? (pfault === undefined ? undefined : 'page fault');
  if (told !== undefined)
    trap.name = {
      value: told,
      span: name === undefined ? (pfault?.span ?? span) : span,
      ...(name === undefined && boundary.name === undefined ? { likely: true as const } : {}),
    };
  const stopped = event.frames[boundary.after + 1];
  if (boundary.ip !== undefined) trap.ip = { value: { address: boundary.ip }, span };
  else if (stopped?.address !== undefined && event.traceStyle === 'kgdb' && boundary.implied !== true)
    // A debugger on the dump begins that frame with where it was stopped.
    trap.ip = { value: { address: stopped.address }, span: stopped.span };
  return trap;
}
