import { STOPPED_BY_DRIVER } from '../driver-said.js';
import { FORMS } from '../forms/index.js';
import { exactAddress } from '../forms/vm-messages.js';
import { isApart, isEntryLabel, isMisnamed, isNameless } from '../culprit.js';
import { isOurKernel } from '../derive/our-kernel.js';
import { parameter } from '../derive/prototypes.js';
import { byFramePointers, leavesOut, trapBoundary, unnamedFrames } from '../fault-place.js';
import {
  isBreak,
  isFaultHandler,
  isHelper,
  isPanicHelper,
  isToldToStop,
  isTrapHelper,
  plainName,
} from '../functions/index.js';
import { isBreakpoint } from '../trap-names.js';
import type { Boundary, FaultPlace, Frame, PanicEvent, Report, StoppedAt, Trap } from '../types.js';
import { type Item, item } from './item.js';
import { frameText, messageSaid, placeText, processText } from './words.js';

/** What happened, in the order in which it happened. */
export function steps(event: Report): Item[] {
  const out: Item[] = [];
  const who = processText(event.process?.value);
  if (who !== '')
    out.push(
      item(`process: ${who}${event.process?.likely === true ? ' (likely)' : ''}`, event.process?.span),
    );
  const told = FORMS.flatMap((form) =>
    event.forms.includes(form.id) && form.explain !== undefined ? form.explain(event) : [],
  );
  for (const step of told) if (step.before === true) out.push(item(step.text, step.evidence?.span));
  const { message, stoppedAt, kind } = event;
  const { path, handledAt, panicAt } = pathSteps(event);
  const trapped = trapStep(event);
  // The kernel handles a trap that has come, unless it is one that came of that.
  const before = handledAt >= 0 && !isOfHandler(event) ? handledAt : panicAt;
  const isBefore = before >= 0;
  if (trapped !== undefined && isBefore) path.splice(before, 0, trapped);
  out.push(...path);
  for (const step of told) if (step.before !== true) out.push(item(step.text, step.evidence?.span));
  if (trapped !== undefined && !isBefore) out.push(trapped);
  const exact = exactAddress(event);
  if (exact !== undefined) out.push(item(exact.text, exact.span));
  if (message !== undefined) {
    const said = SAID[messageSaid(message.value, message.cut)];
    const unsure = message.likely === true ? ' (likely)' : '';
    out.push(item(`${said} "${message.value}"${unsure}`, message.span));
  }
  if (stoppedAt !== undefined && (kind !== 'trap' || stoppedAt.debugger === true))
    out.push(stopItem(event, stoppedAt));
  return out;
}

/** Did the trap come while the kernel handled that of the trace? Its handler faulted or jumped to nowhere. */
function isOfHandler(event: Report): boolean {
  const { faultPlace, frames, trap, kind } = event;
  if (kind === 'double-fault') return false;
  if (faultPlace?.jump !== undefined && isNameless(frames[0]?.function ?? '')) return true;
  const ip = trap?.ip?.value.address;
  const own = trapBoundary(event);
  if (own === undefined) return false;
  if (ip !== undefined && own.ip !== undefined) return ip !== own.ip;
  const at = faultPlace?.function;
  const within = frames.slice(0, own.after + 1).some((frame) => frame.function === at);
  return at !== undefined && within && frames[own.after + 1]!.function !== at;
}

/** The trap that the event is, in one step. */
function trapStep(event: Report): Item | undefined {
  const { trap, kind } = event;
  if (kind === 'double-fault') return item('double fault', event.span);
  if (trap === undefined || kind !== 'trap') return undefined;
  return item(
    trapSentence(event, trap),
    trap.name?.span ?? trap.ip?.span ?? event.faultPlace?.evidence.at(-1) ?? event.span,
    trap.faultCode?.span,
    trap.faultAddress?.span,
  );
}

const SAID = {
  'has the form': 'a message of the form',
  begins: 'a message that begins',
  is: 'the message',
};

function stopItem(event: Report, stop: StoppedAt): Item {
  const panicked = event.cpu?.value;
  const { function: name, offset, address, debugger: own, cpu, span } = stop;
  const where = placeText({ function: name, offset, address });
  // Only where the kernel enters it by calling it is the stop a step of the event.
  const entry =
    own !== true
      ? ''
      : isEntry(name) || isBreakpoint(event.trap) || event.kind === STOPPED_BY_DRIVER
        ? ', on its own way in'
        : ', which says nothing of this event';
  if (cpu === undefined) return item(`the debugger stopped at ${where}${entry}`, span);
  const not = panicked === undefined ? '' : `, and not on cpu ${panicked}`;
  return item(`the debugger was on cpu ${cpu}${not}: stopped at ${where}`, span);
}

/** Functions by which a kernel that has panicked goes into its debugger. */
const isEntry = (name: string): boolean => isBreak(name) || (isPanicHelper(name) && !isToldToStop(name));

/** Functions that stop or print, and call nothing of what is printed. */
const INTO_DEBUGGER =
  /^_?(?:kdb_enter\w*|kdb_backtrace|db_enter|Debugger|cpu_Debugger|breakpoint|db_trace_self\w*)$/;
const LEFT_OUT = '(frames that the text leaves out, or that could not be read)';

const HANDLED = 'the kernel handled the trap:';

/**
 * The call path in the order of time: outermost first, a run of helpers to a line; and at which of its steps
 * the kernel handled the trap that the event is, -1 where none is known to be that; and where it panicked
 * over it, if the trace does not show the trap.
 */
function pathSteps(event: Report): { path: Item[]; handledAt: number; panicAt: number } {
  const out: Item[] = [];
  let panicAt = -1;
  const { frames, boundaries } = event;
  const own = trapBoundary(event);
  const handled: { at: number; isOwn: boolean }[] = [];
  const before = (i: number): Boundary | undefined => boundaries.find((each) => each.after === i);
  const inRun = (i: number): boolean =>
    i >= 0 && isOnTheWay(frames[i]!) && !(i > 0 && before(i - 1) !== undefined);
  // The way into the debugger calls nothing else: a list that ends with it is in another order.
  let last = frames.length - 1;
  while (last > 0 && INTO_DEBUGGER.test(frames[last]!.function) && !isHelper(frames[last - 1]!.function))
    last--;
  const outer = before(last);
  // A new thread's stack ends in a trap frame of zeros: nothing came in.
  if (outer !== undefined && outer.ip !== '0x0' && !isLeftover(event, outer))
    out.push(item(originText(outer), outer.span));
  let apart = false;
  for (let i = last; i >= 0; i--) {
    const frame = frames[i]!;
    if (i < last && isApart(frames, boundaries, i + 1)) {
      out.push(item(LEFT_OUT, frame.span));
      apart = true;
    }
    const boundary = i > 0 ? before(i - 1) : undefined;
    if (boundary?.what === 'syscall') out.push(item(originText(boundary), boundary.span));
    else if (boundary !== undefined) out.push(...crossing(event, frame, boundary));
    else if (inRun(i)) {
      const run = [frame];
      const names: string[] = [];
      if (!isOther(frames, boundaries, i)) names.push(frame.function);
      while (inRun(i - 1) && !isApart(frames, boundaries, i)) {
        run.push(frames[--i]!);
        if (!isOther(frames, boundaries, i)) names.push(frames[i]!.function);
      }
      const entry = boundaries.find((each) => each.after >= i + run.length - 1);
      const panicked = panicLength(names);
      const parts = panicked > 0 ? [names.slice(0, panicked), names.slice(panicked)] : [names];
      for (const part of parts) {
        const verb =
          part === parts[1]
            ? 'into the debugger:'
            : runVerb(part, entry, part === parts.at(-1) ? frames[i - 1] : undefined);
        const said = verb === 'then' && (apart || out.length === 0) ? 'in' : verb;
        if (verb === HANDLED) handled.push({ at: out.length, isOwn: own?.after === i + run.length - 1 });
        if (part.length > 0 && panicAt < 0 && isOnlyPanic(event, part)) panicAt = out.length;
        if (part.length > 0) out.push(item(`${said} ${part.join(' > ')}`, ...run.map((each) => each.span)));
      }
    } else if (i === 0 && isNameless(frame.function) && event.faultPlace?.jump !== undefined)
      out.push(item(jumpText(event.faultPlace), frame.span));
    else if (isMisnamed(frames, boundaries, i))
      out.push(item(`likely a function that ends where ${frame.function} begins`, frame.span));
    else out.push(item(`${apart || out.length === 0 ? 'in' : 'then'} ${frameText(frame)}`, frame.span));
    apart = false;
  }
  const its =
    handled.find((each) => each.isOwn) ??
    (own === undefined && handled.length === 1 ? handled[0] : undefined);
  return { path: out, handledAt: its?.at ?? -1, panicAt };
}

/**
 * Is it another function that a debugger shows under this name? Nobody who waits for the power to go off
 * begins to reboot: what does stands before it in memory, and is panic().
 */
const isOther = (frames: readonly Frame[], boundaries: readonly Boundary[], i: number): boolean =>
  isMisnamed(frames, boundaries, i) ||
  (frames[i]!.function === 'poweroff_wait' && /^(?:boot|kern_reboot)$/.test(frames[i - 1]?.function ?? ''));

/**
 * Is a run of helpers the way to the panic that a trap led to, of whose trace nothing further out was read?
 * Then the trap stands in the text before the trace.
 */
function isOnlyPanic(event: Report, run: readonly string[]): boolean {
  if (event.kind !== 'trap' || trapBoundary(event) !== undefined) return false;
  const at = event.trap?.name?.span ?? event.trap?.ip?.span;
  return at !== undefined && at[0] < event.frames[0]!.span[0] && run.some((name) => PANIC_ENTRY.test(name));
}

/** A jump to nowhere, with which a trace begins. */
const jumpText = ({ jump, lost }: FaultPlace): string =>
  `${lost === true ? 'a function that the stack leaves out ' : ''}likely called through a ${jump} function pointer`;

/** What lies under the first function of a kernel's thread was never a trap. */
function isLeftover({ frames }: PanicEvent, { what, after }: Boundary): boolean {
  const last = frames[after]?.function ?? '';
  return what === 'trap' && /^(?:fork_trampoline|proc_trampoline|lwp_trampoline)$/.test(plainName(last));
}

/** How the code of a frame came to be left for what stands inside a boundary. */
function crossing(event: Report, frame: Frame, boundary: Boundary): Item[] {
  const { faultPlace } = event;
  const stop = `${stopText(boundary)}${faultAddress(event, boundary)}`;
  const called = item(`then ${frameText(frame)}`, frame.span);
  // Where a backtrace begins with the code without a name, that tells of the jump: by then the handler of the
  // trap of this boundary was at work.
  const isLater = isNameless(event.frames[0]!.function);
  if (boundary === trapBoundary(event) && faultPlace?.jump !== undefined && !isLater) {
    const jump = `likely called through a ${faultPlace.jump} function pointer and ${stop}`;
    const { caller } = faultPlace;
    if (caller?.function === frame.function)
      return [item(`${frameText(frame)} ${jump}`, boundary.span, ...faultPlace.evidence)];
    const who = caller === undefined ? 'a function that the stack leaves out' : placeText(caller);
    const jumped = item(`${who} ${jump}`, boundary.span, ...faultPlace.evidence);
    return isNameless(frame.function) ? [jumped] : [called, jumped];
  }
  if (boundary === trapBoundary(event) && faultPlace !== undefined && isLeftOut(event, faultPlace)) {
    const address = faultPlace.address === undefined ? '' : ` at ${faultPlace.address}`;
    const callee =
      faultPlace.function === undefined
        ? `a function${address}`
        : placeText({ ...faultPlace, function: faultPlace.function });
    // With a line of its own for the trap, the stack shows whom it interrupted: that line is not there.
    const why = boundary.implied === true ? 'left out by this kind of stack' : 'of which no line was read';
    const stopped = `${callee}, likely called from there and ${why}, ${stop}`;
    return [called, item(stopped, boundary.span, ...faultPlace.evidence)];
  }
  if (isEntryLabel(frame.function) && faultPlace?.function !== frame.function) {
    const at = faultPlace?.address === undefined ? '' : ` at ${faultPlace.address}`;
    return [called, item(`a function that the stack leaves out${at} ${stop}`, boundary.span)];
  }
  // A stack that was read by frame pointers leaves the interrupted function out.
  if (boundary.implied === true && faultPlace === undefined && byFramePointers(event.frames))
    return [
      called,
      item(`likely a function called from there and left out by this kind of stack ${stop}`, boundary.span),
    ];
  return [item(`${frameText(frame)} ${stop}`, boundary.span, frame.span)];
}

/** Whether the function that a trap interrupted is not on the stack as it was printed. */
function isLeftOut(event: PanicEvent, { function: name }: FaultPlace): boolean {
  if (name === undefined) return leavesOut(event) && unnamedFrames(event) === 0;
  return !event.frames.some((frame) => plainName(frame.function) === plainName(name));
}

/** Whether a frame is on the way of every panic and says nothing of its own. */
function isOnTheWay(frame: Frame): boolean {
  return isHelper(frame.function) || isFaultHandler(frame.function);
}

function stopText({ what, trap, implied }: Boundary): string {
  const unsure = implied === true ? ' (likely)' : '';
  if (what === 'trap') return `was stopped by ${trap === undefined ? 'a trap' : `trap ${trap}`}${unsure}`;
  return what === 'interrupt' ? 'was interrupted' : 'entered the kernel';
}

/** Functions that panic; others of a panic's helpers print a stack for a warning as well, or write a dump. */
const PANIC_ENTRY = /^_*k?(?:panic|vpanic|assert_panic|kassert_panic|kern_assert|assert|spl_panic|vcmn_err)$/;

/**
 * How many of a run's functions, from its outer end, are the way to a panic whose entry into the debugger
 * made a trap of its own; 0 where the handlers of a trap come first, or where there are none.
 */
function panicLength(run: readonly string[]): number {
  const trapped = run.findIndex(isTrapHelper);
  if (trapped < 1 || !run.slice(trapped).includes('kdb_trap')) return 0;
  return run.slice(0, trapped).some((name) => PANIC_ENTRY.test(name)) ? trapped : 0;
}

/** What a run of helper functions did, by what they are and how the kernel was entered before. */
function runVerb(run: readonly string[], entry: Boundary | undefined, callee: Frame | undefined): string {
  // Some processors enter system calls and interrupts by way of the trap handler.
  const isCall =
    entry?.what === 'syscall' || entry?.what === 'interrupt' || /^_?sys_/.test(callee?.function ?? '');
  if (isCall && !run.some(isPanicHelper)) return 'by way of';
  if (run.some(isTrapHelper)) return HANDLED;
  return run.some((name) => PANIC_ENTRY.test(name)) ? 'on to the panic:' : 'then';
}

/**
 * The address of an interrupted access, if trap_pfault stands inside the boundary and shows it: by the name
 * of the argument, or in the kernel whose prototypes are known.
 */
function faultAddress(event: Report, boundary: Boundary): string {
  const frame = event.frames.slice(0, boundary.after + 1).find((each) => each.function === 'trap_pfault');
  if (frame === undefined || boundary.what !== 'trap') return '';
  const named = frame.argNames?.indexOf('eva') ?? (isOurKernel(event) ? parameter('trap_pfault', 'eva') : -1);
  const value = frame.args[named];
  return value === undefined || value === '?' ? '' : `, at address ${value}`;
}

function originText(boundary: Boundary): string {
  if (boundary.what === 'syscall')
    return `a process made ${boundary.syscall?.name === undefined ? 'a system call' : `the system call ${boundary.syscall.name}`}`;
  return boundary.what === 'interrupt'
    ? 'an interrupt came in'
    : boundary.trap === undefined
      ? 'a trap came in'
      : `trap ${boundary.trap} came in`;
}

/** A trap in one sentence: which, where, what was touched. */
export function trapSentence(event: PanicEvent, trap: Trap): string {
  const code = trap.faultCode?.value;
  const why = code === undefined || code.why === 'unknown' ? '' : `, ${code.why}`;
  const what = code === undefined ? '' : `: ${code.by} ${code.access}${why}`;
  const page = trap.pageOnly === undefined ? 'address' : 'at or past address';
  const address = trap.faultAddress === undefined ? '' : `, ${page} ${trap.faultAddress.value}`;
  const number = trap.number ?? trap.nativeType;
  const name = trap.name?.value ?? (number === undefined ? 'trap' : `trap ${number.value}`);
  const mode = trap.mode === undefined ? '' : ` in ${trap.mode.value} mode`;
  return `${name}${mode}${faultPlaceText(event, trap)}${what}${address}`;
}

/** ` at vm_fault1+0x122, in "incw 0x3a(%eax)"`, as far as it is known. */
function faultPlaceText(event: PanicEvent, trap: Trap): string {
  const { faultPlace, stoppedAt } = event;
  const stop = stoppedAt?.debugger === true ? undefined : stoppedAt;
  // Where nothing is to be executed, what the debugger makes of the bytes there is no instruction.
  const shown = faultPlace?.jump === undefined ? stop?.instruction : undefined;
  const instruction = shown === undefined ? '' : `, in "${shown}"`;
  const place = faultPlace ?? stop;
  if (place?.function !== undefined && !isNameless(place.function))
    return ` ${faultPlace?.likely === true ? 'likely ' : ''}at ${placeText({ function: place.function, offset: place.offset })}${instruction}`;
  const { selector } = trap.ip?.value ?? {};
  const segment = trap.mode?.value === 'vm86' && selector !== undefined ? `${selector}:` : '';
  const known = place?.address ?? trap.ip?.value.address;
  const address = known === undefined ? undefined : `${segment}${known}`;
  const more = unnamedFrames(event) > 1 ? ', by way of unnamed code,' : '';
  const from =
    faultPlace?.caller === undefined ? '' : `, likely called${more} from ${placeText(faultPlace.caller)}`;
  return address === undefined ? instruction : ` at ${address}${from}${instruction}`;
}
