import { hexAdd, hexNumber, NARROW, WIDE } from '../scan.js';
import { isApart } from '../culprit.js';
import { isHelper, isWayIn } from '../functions/index.js';
import type { Boundary, Confidence, Frame, Hex, Report, Span } from '../types.js';
import type { Context } from './context.js';

/** Starts that are worked out from return addresses, for the event's own functions. */
const STARTS_MAX = 6;

/**
 * Where functions start: a place in one minus its offset; a kernel thread's body from fork_exit's first
 * argument.
 */
export function functionStarts(c: Context): void {
  const { report } = c;
  const starts = new Map<string, { start: Hex; from: string; span: Span }>();
  const add = (
    name: string,
    address: Hex,
    offset: number,
    from: string,
    span: Span,
    sure: Confidence = 'follows',
  ) => {
    const start = hexAdd(address, -offset);
    if (start.startsWith('-') || isMistyped(address, 0) || c.isUnsureName(name)) return;
    const old = starts.get(name);
    if (old === undefined) {
      starts.set(name, { start, from, span });
      c.claim(
        'function-start',
        `${name} starts at ${start}`,
        `${address} (${from}) minus its offset 0x${offset.toString(16)}`,
        { function: name, start },
        [span],
        sure,
      );
    } else if (old.from !== from && old.start === start) {
      // Another start is no contradiction: static functions of two files can have one name.
      c.check(`start of ${name}`, true, `${old.from} and ${from} give ${start}`, [old.span, span]);
    }
  };
  const { trap, stoppedAt } = report;
  if (
    stoppedAt?.offset !== undefined &&
    stoppedAt.debugger !== true &&
    trap?.ip !== undefined &&
    stopsAtFault(report)
  ) {
    add(stoppedAt.function, trap.ip.value.address, stoppedAt.offset, 'the instruction pointer', trap.ip.span);
  }
  for (const boundary of report.boundaries) {
    const frame = report.frames[boundary.after + 1];
    if (boundary.ip === undefined || boundary.what === 'syscall' || frame?.offset === undefined) continue;
    // What lies under the first function of a thread was never a trap.
    if (/^(?:fork|proc|lwp)_trampoline$/.test(report.frames[boundary.after]?.function ?? '')) continue;
    // Frames that follow a trap in a stack without the interrupted function are not at its address.
    if (hexNumber(boundary.ip) < 0x1000 || frame.address !== undefined || isHelper(frame.function)) continue;
    if (isPast(report, boundary)) continue;
    add(frame.function, boundary.ip, frame.offset, 'the trap frame', boundary.span);
  }
  let listed = 0;
  const usual = usualLength(report.frames);
  const stopped = new Set(report.boundaries.map(({ after }) => report.frames[after + 1]));
  for (const frame of report.frames) {
    if (frame.address === undefined || frame.offset === undefined || isHelper(frame.function)) continue;
    if (isMistyped(frame.address, usual) || c.isUnsureName(frame.function)) continue;
    // The offset may lack its last digits.
    if (frame.cut === true || frame.unsure === true) continue;
    if (isWayIn(frame.function) || listed++ >= STARTS_MAX) continue;
    const from =
      frame.address === trap?.ip?.value.address
        ? 'the instruction pointer'
        : report.arch === 'arm64' || stopped.has(frame)
          ? // Debuggers of arm64 show the call itself, or what is behind it; in front of a trap none was made.
            'the address in its line'
          : 'a return address';
    // Both stand in one line.
    add(frame.function, frame.address, frame.offset, from, frame.span, 'certain');
  }
}

/** How many characters most addresses of a backtrace have; 0 where no length is that of most. */
function usualLength(frames: readonly Frame[]): number {
  const counts = new Map<number, number>();
  let all = 0;
  for (const { address } of frames) {
    if (address === undefined) continue;
    all++;
    counts.set(address.length, (counts.get(address.length) ?? 0) + 1);
  }
  for (const [length, n] of counts) if (n * 2 > all) return length;
  return 0;
}

/**
 * Whether a digit of an address is lost or too many: it has not the length of its neighbours, or begins like
 * one of 64 bits and is none.
 */
function isMistyped(address: Hex, usual: number): boolean {
  if (usual !== 0 && address.length !== usual) return true;
  return address.startsWith('0xfff') && address.length !== WIDE && address.length !== NARROW;
}

/**
 * Whether the frame behind a trap is of a function further out: the numbers of the trace jump there, or its
 * pointer is not the one that the trap's line gives.
 */
function isPast({ frames, boundaries }: Report, { after, fp }: Boundary): boolean {
  const pointer = frames[after + 1]!.framePointer;
  if (isApart(frames, boundaries, after + 1)) return true;
  return fp !== undefined && pointer !== undefined && fp !== pointer;
}

/** Whether the debugger stopped where the trap was: the trace begins there, and nothing says otherwise. */
function stopsAtFault(report: Report): boolean {
  const { stoppedAt, faultPlace, frames, message, trap } = report;
  // The kernel panicked in between: what stopped then was on the way into the debugger, whatever its name.
  const [told, fault, stop] = [message?.span[0], trap?.ip?.span[0], stoppedAt?.span[0]];
  if (told !== undefined && fault !== undefined && stop !== undefined && told > fault && told < stop)
    return false;
  if (report.registersOf === 'debugger' || faultPlace?.function !== stoppedAt?.function) return false;
  return frames.length === 0 || frames[0]!.function === stoppedAt?.function;
}

/** fork_exit calls the body of a kernel thread; its first argument is the function that stands inside it. */
export function threadBody(c: Context): void {
  const { frames } = c.report;
  const at = frames.findIndex((each) => each.function === 'fork_exit');
  if (at <= 0) return;
  const callout = c.argument(frames[at], 'callout');
  const body = frames[at - 1]!;
  if (callout === undefined || hexNumber(callout) < 0x1000 || isApart(frames, c.report.boundaries, at))
    return;
  c.claim(
    'function-start',
    `${body.function} starts at ${callout}`,
    `fork_exit's first argument is the body of a kernel thread, and ${body.function} is what it called`,
    { function: body.function, start: callout },
    [frames[at]!.span, body.span],
  );
  c.claim(
    'kernel-thread',
    `${c.report.process?.value.name ?? 'the process'} is a kernel thread and never was in user mode`,
    `its outermost frames are ${body.function}, fork_exit${frames[at + 1] === undefined ? '' : ` and ${frames[at + 1]!.function}`}`,
    { body: body.function },
    [frames[at]!.span],
  );
}
