import { PANIC_ENTRY } from './culprit.js';
import { isOfFault } from './fault-place.js';
import { isPanicHelper } from './functions/index.js';
import type { Frame, PanicEvent, Trace } from './types.js';

/*
 * While a kernel ends after a panic it can panic again. One backtrace then holds both: the later panic's part
 * ends where the earlier one begins, and from there on it is the earlier one's.
 */

/** Frames in which the part of an earlier panic begins. */
const OUTER = new WeakSet<Frame>();

/** Whether the numbers before this frame's are those of a later panic's part. */
export const beginsOuter = (frame: Frame): boolean => OUTER.has(frame);

/** Gives the two panics of one backtrace each its part of it. */
export function partInner(events: readonly PanicEvent[]): void {
  events.forEach((later, i) => {
    const earlier = events[i - 1];
    if (earlier === undefined || later.consequence === undefined) return;
    for (const event of [later, earlier]) {
      for (const trace of [...event.otherTraces]) {
        const at = outerBegins(trace);
        if (at > 0) partTrace(event, trace, at, earlier, later);
      }
    }
  });
}

/** Gives the part of a backtrace up to a frame to the later of two events, and the rest to the earlier. */
export function partTrace(
  of: PanicEvent,
  trace: Trace,
  at: number,
  earlier: PanicEvent,
  later: PanicEvent,
): void {
  const [inner, outer] = [trace.frames.slice(0, at), trace.frames.slice(at)];
  const whole = trace.span;
  OUTER.add(outer[0]!);
  const from = outer[0]!.span[0];
  of.otherTraces = of.otherTraces.filter((each) => each !== trace);
  later.otherTraces.push({
    ...trace,
    frames: inner,
    boundaries: trace.boundaries.filter((each) => each.after < at),
    // It goes on: that it ends here says nothing of the stack.
    shown: true,
    span: [whole[0], inner.at(-1)!.span[1]],
  });
  earlier.otherTraces.push({
    ...trace,
    frames: outer,
    boundaries: trace.boundaries
      .filter((each) => each.after >= at)
      .map((each) => ({ ...each, after: each.after - at })),
    span: [from, whole[1]],
  });
  // What a frame of the outer part was called with is the earlier one's.
  const ofOuter = later.registers.filter(({ span }) => span[0] >= from && span[1] <= whole[1]);
  if (ofOuter.length === 0) return;
  later.registers = later.registers.filter((each) => !ofOuter.includes(each));
  if (earlier.registers.length === 0) earlier.registers = ofOuter;
}

/** Index of the frame in which the way to the earlier panic begins; -1 where the trace is of one alone. */
function outerBegins({ frames, boundaries }: Trace): number {
  const trap = boundaries.find((each) => each.after >= 0 && isOfFault(frames, each));
  const first = frames.findIndex((each) => PANIC_ENTRY.test(each.function));
  // A fault goes to the debugger by itself, or by a panic of its own.
  const inner = trap !== undefined && (first < 0 || first > trap.after) ? trap.after : first;
  if (inner < 0) return -1;
  const own = frames.findIndex((each, i) => i > inner && !isPanicHelper(each.function));
  return own < 0 ? -1 : frames.findIndex((each, i) => i > own && PANIC_ENTRY.test(each.function));
}
