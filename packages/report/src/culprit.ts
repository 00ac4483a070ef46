import {
  isCheck,
  isFaultHandler,
  isHelper,
  isPanicHelper,
  isStackBase,
  isTrapHelper,
  isWayIn,
  plainName,
} from './functions/index.js';
import { FUNCTION_MAX } from './located.js';
import { isHexDigit } from './scan.js';
import type { Boundary, Frame } from './types.js';

/** Whether the frames past this boundary are the kernel's. */
export function interruptedKernel(frames: readonly Frame[], boundary: Boundary): boolean {
  return boundary.what !== 'syscall' && boundary.after + 1 < frames.length;
}

/** A frame without a name: a question mark, what gdb could not resolve, a bare address. */
export function isNameless(name: string): boolean {
  return (
    name === '' ||
    name === '?' ||
    name === '??' ||
    name === '(null)' ||
    (name.charCodeAt(0) === 48 && name.startsWith('0x')) ||
    isOptionSymbol(name) ||
    (isHexDigit(name.charCodeAt(0)) && /^[0-9a-f]{8,16}$/.test(name))
  );
}

/**
 * NetBSD's kernels have an absolute symbol of a small value for each option that they were built with: the
 * debugger gives its name to every address near 0, where there is no function.
 */
export function isOptionSymbol(name: string): boolean {
  return name.charCodeAt(0) === 95 && name.startsWith('_KERNEL_OPT_');
}

/** User code at the far end of a trace: an address below the kernel's, past the way in. */
function canBeCulprit(frame: Frame): boolean {
  const { function: name } = frame;
  return (
    !isNameless(name) && !isHelper(name) && !isEntryLabel(name) && !hasCutName(frame) && !name.endsWith('...')
  );
}

/**
 * A label of the code by which the kernel is entered as it starts. It calls one function that never comes
 * back: whatever happened next to it was done by another.
 */
export function isEntryLabel(name: string): boolean {
  return /^(?:btext|begin|virtdone|dmapbase|locore)$/.test(name);
}

/** A line that ends within the function's name, or may. */
function hasCutName({ cut, offset, source, args, argNames }: Frame): boolean {
  return (
    cut === true &&
    offset === undefined &&
    source === undefined &&
    args.length === 0 &&
    argNames === undefined
  );
}

/**
 * The frame that an engineer would name: past panic, trap and assertion helpers and past the trap that they
 * handle. The fault handler of the vm system counts as a helper only where a trap in kernel mode led into it.
 * -1 where the trace says nothing of the cause.
 *
 * @param begin the frame to begin at, where the place of a fault is known
 */
export function culpritIndex(
  frames: readonly Frame[],
  boundaries: readonly Boundary[],
  begin?: number,
): number {
  const from = begin ?? pastPanic(frames, boundaries);
  let i = from;
  let fallback = -1;
  let handler = -1;
  let nameless = false;
  const end = userBegins(frames, boundaries);
  while (i < end) {
    const frame = frames[i]!;
    if (isFaultHandler(frame.function)) {
      if (endsInTrap(frames, boundaries, i)) return fallback;
      const past = pastFault(frames, boundaries, i);
      if (past > i) {
        nameless ||= isNameless(frames[past]!.function);
        handler = handler < 0 ? i : handler;
        i = past;
        continue;
      }
    }
    // The handler of a trap was entered from user code: nothing of the kernel was interrupted.
    if (i > from && isWayIn(frame.function) && isTrapHelper(frames[i - 1]!.function)) return fallback;
    // A thread's own beginning is the first line of a trace only where its inner end was not read.
    if (beginsThread(frame.function) && frames.slice(0, i).every((each) => beginsThread(each.function))) {
      i++;
      continue;
    }
    // What starts every thread did nothing to the allocator or the lock that a thread of theirs runs in.
    if (fallback >= 0 && beginsThread(frame.function)) return fallback;
    if (canBeCulprit(frame) && !isMisnamed(frames, boundaries, i) && !dispatchesToStub(frames, i))
      return isTooFar(frame) || (i !== begin && isJumpedTo(frames, boundaries, i)) ? fallback : i;
    if (isCheck(frame.function) && fallback < 0 && !isMisnamed(frames, boundaries, i)) fallback = i;
    i++;
  }
  // Nothing but panic and trap code: the trace says nothing of the cause. Nor does a lock's own code, where
  // witness found fault with whoever took the lock.
  if (frames.some((frame) => /^_?witness_/.test(frame.function))) return -1;
  // Code that has no name was interrupted: what handled its fault did nothing wrong.
  return fallback >= 0 ? fallback : nameless ? -1 : handler;
}

/** Code of a module without symbols, or none at all: the debugger takes the symbol below, however far. */
const isTooFar = ({ offset }: Frame): boolean => offset !== undefined && offset >= FUNCTION_MAX;

/** Whether the numbers of a trace leave out what stood inside a frame: that may be to blame as well. */
function isJumpedTo(frames: readonly Frame[], boundaries: readonly Boundary[], i: number): boolean {
  return frames[i]!.number !== undefined && frames[i]!.gap !== true && isApart(frames, boundaries, i);
}

/** A file system's operation that it has not: whoever asked for it stands outside the table's dispatcher. */
function dispatchesToStub(frames: readonly Frame[], i: number): boolean {
  const inner = frames[i - 1];
  return (
    inner !== undefined &&
    /^VOP_[A-Z0-9_]+$/.test(frames[i]!.function) &&
    /(?:^|_)(?:badop|eopnotsupp)$/.test(plainName(inner.function))
  );
}

/** What every thread of a kernel is started by. */
function beginsThread(name: string): boolean {
  return /^(?:fork_exit|fork_trampoline|proc_trampoline|lwp_trampoline)$/.test(name);
}

/**
 * A function whose last instruction is a call that never comes back leaves a return address behind it: the
 * debugger prints the name of what follows it in memory, without an offset. Most such calls are of panic().
 * Of any other, the frame inside it has an offset, and no trap lies between: what a trap stopped can have
 * been at its beginning.
 */
export function isMisnamed(frames: readonly Frame[], boundaries: readonly Boundary[], i: number): boolean {
  // A helper of theirs can be the first under a wrong name: the next, without an offset as well, called it at
  // its own end.
  const at = lastPlaced(frames, i);
  const inner = frames[at]!;
  if (at === i || inner.offset === undefined) return false;
  if (isPanicHelper(inner.function)) return true;
  const { function: name, offset, cut, gap } = frames[i]!;
  if (offset === undefined && isOneOfSeveral(frames, i)) return false;
  if (inner.offset === 0 || inner.cut === true || cut === true || gap === true) return false;
  if (boundaries.some((each) => each.after >= at && each.after < i)) return false;
  // A thread's first function is entered by a return address of its beginning.
  const entered = isTrapHelper(inner.function) || isWayIn(inner.function);
  return !entered && !isNameless(name) && !isStackBase(name);
}

/** Index of the nearest frame with a place in its function, from `i` inwards. */
function lastPlaced(frames: readonly Frame[], i: number): number {
  let at = i;
  while (at > 0 && isBare(frames[at]!)) at--;
  return at;
}

/** Frames on both sides among which others without a place are looked for. */
const AROUND = 32;

/** Whether other frames lack their places too, and not behind a panic: then a writer has left them out. */
function isOneOfSeveral(frames: readonly Frame[], i: number): boolean {
  const end = Math.min(frames.length, i + AROUND);
  for (let k = Math.max(1, i - AROUND); k < end; k++) {
    const { offset, source, function: name } = frames[k]!;
    if (k === i || offset !== undefined || source !== undefined) continue;
    if (isStackBase(name) || isTrapHelper(name)) continue;
    if (!isPanicHelper(frames[lastPlaced(frames, k)]!.function)) return true;
  }
  return false;
}

/** Whether frames between this one and the one before it are left out, or could not be read. */
export function isApart(frames: readonly Frame[], boundaries: readonly Boundary[], i: number): boolean {
  const frame = frames[i]!;
  const inner = frames[i - 1];
  if (inner === undefined) return false;
  if (frame.gap === true) return true;
  if (frame.number === undefined || inner.number === undefined) return false;
  const counted = boundaries.filter((each) => each.after === i - 1 && each.number !== undefined).length;
  return frame.number > inner.number + 1 + counted;
}

/** Frames of traces that give an offset in every line, where this one's is not there or could not be read. */
const PLACELESS = new WeakSet<Frame>();

/** Notes that the place of a frame is not known: it is not the beginning of its function. */
export function markPlaceless(frame: Frame): void {
  PLACELESS.add(frame);
}

/** A frame without a place in its function, or at its very beginning; DragonFly adds the address of each. */
function isBare(frame: Frame): boolean {
  return (frame.offset ?? 0) === 0 && frame.source === undefined && !PLACELESS.has(frame);
}

export const PANIC_ENTRY = /^_?(?:panic|vpanic|kassert_panic|kern_assert|_?assert)$/;

/**
 * Where to begin: past the one panic of the trace, since what it calls itself (console, dump, another
 * thread's turn) can be functions of any kind. Of two panics, the innermost is that of the message.
 */
function pastPanic(frames: readonly Frame[], boundaries: readonly Boundary[]): number {
  const end = boundaries.find((each) => each.after >= 0)?.after ?? frames.length - 1;
  let at = -1;
  for (let i = 0; i <= end && i < frames.length; i++) {
    if (!PANIC_ENTRY.test(frames[i]!.function)) continue;
    for (let k = at + 1; at >= 0 && k < i; k++) if (canBeCulprit(frames[k]!)) return 0;
    at = i;
  }
  return at + 1;
}

/** Index of the first frame of user code: past the boundary of a system call. */
function userBegins(frames: readonly Frame[], boundaries: readonly Boundary[]): number {
  const boundary = boundaries.find((each) => each.what === 'syscall' && each.after >= 0);
  return boundary === undefined ? frames.length : Math.min(frames.length, boundary.after + 1);
}

/** Whether a trace that goes through the handlers of a trap ends before it shows what was interrupted. */
function endsInTrap(frames: readonly Frame[], boundaries: readonly Boundary[], i: number): boolean {
  const rest = frames.slice(i);
  if (boundaries.some((each) => each.after >= i)) return false;
  return (
    rest.some((frame) => isTrapHelper(frame.function) || frame.function === 'vm_fault_trap') &&
    rest.every((frame) => isFaultHandler(frame.function) || isTrapHelper(frame.function))
  );
}

/** From a fault handler at `i` outwards: the frame past the trap boundary, if only helpers lie before it. */
function pastFault(frames: readonly Frame[], boundaries: readonly Boundary[], i: number): number {
  let j = i;
  while (j < frames.length && (isFaultHandler(frames[j]!.function) || isHelper(frames[j]!.function))) {
    const boundary = boundaries.find((each) => each.after === j);
    if (boundary !== undefined) return interruptedKernel(frames, boundary) ? j + 1 : i;
    j++;
  }
  return i;
}

/** Own frames that are kept of a trace. */
export const OWN_MAX = 5;

/**
 * The functions that are the event's own, by their plain names: from the culprit outwards to the way in,
 * without the helpers between.
 */
export function ownFrames(
  frames: readonly Frame[],
  boundaries: readonly Boundary[],
  begin?: number,
): string[] {
  const from = culpritIndex(frames, boundaries, begin);
  if (from < 0) return [];
  const out: string[] = [];
  for (let i = from; i < frames.length && out.length < OWN_MAX; i++) {
    if (i > from && (boundaries.some((each) => each.after === i - 1) || isApart(frames, boundaries, i)))
      break;
    const { function: name, cut } = frames[i]!;
    if (i > from && (isWayIn(name) || isTrapHelper(name) || cut === true)) break;
    if (i > from && (isHelper(name) || isNameless(name) || isMisnamed(frames, boundaries, i))) continue;
    // How deep a function has called itself is the run's.
    if (out.at(-1) !== plainName(name)) out.push(plainName(name));
  }
  return out;
}
