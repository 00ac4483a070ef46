import { isNameless, isOptionSymbol } from '../culprit.js';
import { LOCK_ORDERS } from '../forms/witness-order.js';
import { isPanicHelper, isStackBase, isTrapHelper } from '../functions/index.js';
import { chainScore } from '../interleave/chains.js';
import type { Boundary, Frame, PanicEvent, ProcessFact, Span, Trace } from '../types.js';
import { ITEMS_MAX } from './reading.js';
import type { Announced } from './stream.js';
import { Traps } from './traps.js';

const TRACES_MAX = 2000;
const FRAMES_MAX = 50_000;
/** Lines from one to the next that belongs to it: a blank one may lie between. */
export const NEXT_ROW = 2;

/** So many frame pointers that fall are no accident. */
const FALLING_MIN = 3;

/** Lines from one frame to the next: with more between than one, the trace was left. */
const APART = 2;

/** So many frames of a reversal's backtrace are past what prints it. */
const WARNING_MIN = 4;

/** The same frame by its number and name, and its place if both have one. */
const isSameFrame =
  ({ number, function: name, address, offset }: Frame) =>
  (each: Frame): boolean =>
    each.number === number &&
    each.function === name &&
    (address === undefined || each.address === undefined || address === each.address) &&
    (offset === undefined || each.offset === undefined || offset === each.offset);

/** Whether a trace has come to its outer end and what comes next is a panic: another thread's backtrace. */
function beginsNext({ frames }: Trace, frame: Frame): boolean {
  const [first, last] = [frames[0], frames[frames.length - 1]];
  if (last?.framePointer === undefined || frame.number !== undefined) return false;
  return (
    isPanicHelper(frame.function) && isStackBase(last.function) && first!.framePointer! < last.framePointer
  );
}

/** Backtraces: where one begins and ends, and whether it runs outwards. */
export class Traces extends Traps {
  /**
   * Places (in the original) of commands and stops: what stands on both sides of one was not printed at once.
   */
  readonly breaks: number[] = [];
  /** Counts dumps of registers: a command or a stop ends one. */
  protected dumps = 0;
  /** The line of the latest frame. */
  protected frameLine = 0;
  protected frameAfterBlank = false;
  /** The row in the text of the latest line of a trace, and those of the first frames of all of them. */
  frameRow = 0;
  readonly firstRows = new Map<Frame, number>();
  /** The last line of a trace that was not read as one of its frames. */
  skipped: { trace: Trace | null; read: boolean; span: Span; row: number } | null = null;
  /** The trace after whose latest line a writer has begun a paragraph. */
  spokenIn: Trace | null = null;
  /** A debugger was told to go to a frame: the next line shows that one again, and no trace. */
  showsFrame = false;
  /** Events whose debugger, on a dump, has gone to a thread; and the traces that it showed behind that. */
  private readonly left = new WeakSet<PanicEvent>();
  readonly aside = new WeakSet<Trace>();
  /** The thread whose held locks the debugger is listing. */
  lockHolder: ProcessFact | null = null;
  protected frames = 0;
  protected traces = 0;
  protected blockTrace = false;

  /** Where the heading of the next trace stands, and the headings of those that name a thread. */
  protected announcedAt: Span = [0, 0];
  readonly headings = new Map<Trace, Span>();

  /** Says that the frames that follow are a new trace. */
  announce(about: Announced = {}): void {
    // Two headings and no frame between them, or a heading inside a trace.
    if (this.s.announced !== null) this.suspect = true;
    this.doubtOpenTrace();
    this.trace = null;
    this.s.announced = about;
    this.announcedAt = this.span();
    this.closeTraps();
  }

  /** A command or a stop: whatever was being printed is at its end. */
  breakHere(): void {
    this.s.announced = null;
    this.s.hint = undefined;
    this.dumps++;
    if (this.breaks.length < ITEMS_MAX) this.breaks.push(this.line.at);
  }

  /**
   * The end of a trace as OpenBSD prints it.
   *
   * @param whole the stack ended where the kernel begins; without that line the trace was cut by its count
   */
  endOfKernel(whole: boolean): void {
    if (whole && this.trace !== null) this.trace.whole = true;
    if (!whole) this.endTrace();
  }

  /** Whoever walked the stack says that he came to its end. */
  endOfStack(): void {
    if (this.trace !== null) this.trace.whole = true;
    this.endTrace();
  }

  /** Says what a numbered stack is that may follow at once, without a heading. */
  hintAt(purpose: string): void {
    this.s.hint = purpose;
    this.trace = null;
  }

  /** Frames until the next announcement are not of this panic (the traces of other threads). */
  endTrace(): void {
    this.trace = null;
  }

  /**
   * A heading of a trap without its block came between a panic's heading and its trace: the trace is the
   * panic's.
   */
  protected giveWaiting(): void {
    const { waiting } = this.s;
    this.s.waiting = null;
    const { trap } = this.current ?? {};
    if (waiting === null || trap === undefined || trap.ip !== undefined || waiting.otherTraces.length > 0)
      return;
    this.current = waiting;
  }

  /** Whether a heading or a command has announced a trace of which no frame was read yet. */
  get awaitsTrace(): boolean {
    return this.s.announced !== null && this.trace === null;
  }

  /** A debugger on a dump goes to a thread: what it shows from now on need not be of the event's own. */
  leavesThread(): void {
    if (this.current !== null) this.left.add(this.current);
  }

  /** Whether it has gone to one since an event began. */
  hasLeft(event: PanicEvent): boolean {
    return this.left.has(event);
  }

  openTrace(style: Trace['style'], form: string): Trace | null {
    if (this.trace !== null) return this.trace;
    if (this.blockTrace) return null;
    this.giveWaiting();
    // An event that begins here takes no heading away.
    const about = this.s.announced;
    this.s.announced = null;
    const event = this.event(form);
    this.closeTraps();
    const trace: Trace = { style, frames: [], boundaries: [], span: this.span() };
    if (about?.purpose !== undefined) trace.purpose = about.purpose;
    if (about?.firstSeen === true) trace.firstSeen = true;
    if (about?.cpu !== undefined) trace.cpu = about.cpu;
    if (about !== null && (about.pid !== undefined || about.tid !== undefined || about.name !== undefined)) {
      trace.process = {};
      this.headings.set(trace, this.announcedAt);
      if (about.pid !== undefined) trace.process.pid = about.pid;
      if (about.tid !== undefined) trace.process.tid = about.tid;
      if (about.name !== undefined) trace.process.name = about.name;
    }
    if (this.s.hint !== undefined && style === 'openbsd') {
      trace.purpose ??= this.s.hint;
      if (this.lockHolder !== null) trace.process ??= { ...this.lockHolder };
    }
    this.s.hint = undefined;
    if (++this.traces > TRACES_MAX) {
      this.hitLimit('traces', TRACES_MAX);
      this.blockTrace = true;
      return null;
    }
    if (this.left.has(event)) this.aside.add(trace);
    event.otherTraces.push(trace);
    this.trace = trace;
    return trace;
  }

  frame(frame: Frame, style: Trace['style'], form: string): void {
    if (isOptionSymbol(frame.function)) {
      frame.function = '??';
      delete frame.offset;
    }
    const shown = this.showsFrame;
    if (shown && this.isShownAgain(frame)) return;
    if (this.isQuotedAgain(frame)) return;
    // A trace that counts its frames starts again at 0.
    if (frame.number !== undefined && this.trace !== null) {
      const last = this.trace.frames[this.trace.frames.length - 1];
      if (last?.number !== undefined && frame.number !== last.number) {
        if (frame.number > last.number) this.ascending++;
        else this.descending++;
      }
      if (frame.number === 0 && last !== undefined && (last.number !== 0 || !last.inlined)) {
        this.doubtOpenTrace();
        this.trace = null;
      }
    }
    if (
      this.trace !== null &&
      (beginsNext(this.trace, frame) ||
        this.isSpokenApart(style, frame) ||
        this.beginsApart(frame) ||
        this.diesAfterWarning(frame))
    )
      this.trace = null;
    this.spokenIn = null;
    const trace = this.openTrace(style, form);
    if (trace === null) return;
    if (this.isUserCode(trace, frame)) return;
    this.voteOnOrder(trace, frame);
    this.doubtOrder(trace, frame);
    if (++this.frames > FRAMES_MAX) {
      this.hitLimit('frames', FRAMES_MAX);
      return;
    }
    if (this.skipped !== null) this.putGap(trace, frame, this.skipped);
    if (shown && trace.frames.length === 0) trace.shown = true;
    if (trace.frames.length === 0) this.firstRows.set(frame, this.line.row);
    trace.frames.push(frame);
    this.frameRow = this.line.endRow;
    this.frameLine = this.lineCount;
    this.frameAfterBlank = this.line.afterBlank;
    trace.span = [Math.min(trace.span[0], frame.span[0]), Math.max(trace.span[1], frame.span[1])];
    if (this.current !== null) this.extend(this.current);
  }

  /**
   * Whether this is a frame of the open trace, to which a debugger was told to go. One that goes on where the
   * trace ends is part of it; any other is of another trace.
   */
  protected isShownAgain(frame: Frame): boolean {
    this.showsFrame = false;
    if (this.trace === null || frame.number === undefined) return false;
    const again = this.trace.frames.some(
      (each) => each.number === frame.number && each.function === frame.function,
    );
    const last = this.trace.frames.at(-1)?.number;
    // What is asked of a frame that is shown again belongs to none of those above.
    if (last !== undefined && frame.number !== last + 1) this.endTrace();
    return again;
  }

  /**
   * A trace counts its frames upwards. Apart from it, a frame whose number is not a further one is quoted
   * from it, as in a reply, or of another trace. On adjacent lines two processors may have printed at once,
   * or the newest line comes first.
   *
   * @returns whether the open trace has this frame already
   */
  protected isQuotedAgain(frame: Frame): boolean {
    const { trace } = this;
    const last = trace?.frames.at(-1)?.number;
    if (trace === null || last === undefined || frame.number === undefined || frame.number === 0)
      return false;
    if (frame.number > last || !this.isApart()) return false;
    const again = trace.frames.some(isSameFrame(frame));
    if (!again && trace.frames.length > 1 && frame.number < last) this.trace = null;
    return again;
  }

  /** Whether the line stands apart from the latest frame; a text can have a blank line after each. */
  protected isApart(): boolean {
    const { afterBlank } = this.line;
    return (afterBlank && !this.frameAfterBlank) || this.lineCount - this.frameLine > APART;
  }

  /** Whether a writer has spoken since the latest frame, and the trace does not go on there. */
  protected isSpokenApart(style: Trace['style'], frame?: Frame): boolean {
    const { trace } = this;
    const last = trace?.frames.at(-1);
    if (trace === null || trace !== this.spokenIn || last === undefined) return false;
    if (frame === undefined) return style !== trace.style;
    if (frame.number !== undefined && last.number !== undefined) return frame.number <= last.number;
    return isStackBase(last.function) || isPanicHelper(frame.function);
  }

  /** Whether a panic begins a stack away from the lines of the one before, which was past its own. */
  protected beginsApart(frame: Frame): boolean {
    const last = this.trace!.frames.at(-1);
    if (last === undefined || frame.number !== undefined || !isPanicHelper(frame.function)) return false;
    return this.isApart() && !isPanicHelper(last.function) && !isTrapHelper(last.function);
  }

  /** Whether a panic's own function follows on the frames of a reversal, whose warning kills nothing. */
  protected diesAfterWarning({ function: name, number }: Frame): boolean {
    const { frames } = this.trace!;
    const last = frames[frames.length - 1];
    if (last === undefined || number !== undefined || !LOCK_ORDERS.has(this.current?.kind ?? ''))
      return false;
    return frames.length >= WARNING_MIN && isPanicHelper(name) && !isPanicHelper(last.function);
  }

  boundary(boundary: Omit<Boundary, 'after'>, style: Trace['style'], form: string): void {
    if (this.isSpokenApart(style)) this.trace = null;
    const trace = this.openTrace(style, form);
    if (trace === null || trace.boundaries.length > FRAMES_MAX / 4) return;
    const after = trace.frames.length - 1;
    // A writer who comes to speak of the line gives it again: two boundaries at one place have two addresses.
    const last = trace.boundaries.at(-1);
    if (
      last?.after === after &&
      last.what === boundary.what &&
      last.ip !== undefined &&
      last.ip === boundary.ip
    )
      return;
    this.frameRow = this.line.endRow;
    trace.boundaries.push({ after, ...boundary });
    trace.span = [trace.span[0], Math.max(trace.span[1], boundary.span[1])];
    if (this.current !== null) this.extend(this.current);
  }

  /**
   * A line within a trace that is not there, or could not be read: if the trace goes on, it has a gap there.
   *
   * @param read whether the line tells of it itself
   */
  skip(read: boolean): void {
    if (read || (this.trace !== null && this.trace.frames.length > 0))
      this.skipped = { trace: this.trace, read, span: this.span(), row: this.line.endRow };
  }

  protected override isBelowTrap(): boolean {
    if (this.line.afterBlank || this.line.row - this.frameRow !== 1) return false;
    return this.trace?.boundaries.some(({ what, trap }) => what === 'trap' && trap !== undefined) === true;
  }

  protected putGap(trace: Trace, frame: Frame, skipped: NonNullable<Traces['skipped']>): void {
    this.skipped = null;
    // Where the writer left out the innermost frames, the trace begins in the next line.
    const begun = trace.frames.length === 0;
    if (begun ? this.line.row > skipped.row + NEXT_ROW : skipped.trace !== trace) return;
    frame.gap = true;
    if (skipped.read || this.damage.length >= 200) return;
    const reason = 'it looks like one, and could not be read';
    this.damage.push({ kind: 'garbled', what: 'line of the backtrace', reason, span: skipped.span });
  }

  /**
   * Past the function at which a stack begins, gdb goes on into the user's stack, for which it has no names.
   */
  protected isUserCode(trace: Trace, frame: Frame): boolean {
    const last = trace.frames[trace.frames.length - 1];
    if (last === undefined || !isNameless(frame.function) || !isStackBase(last.function)) return false;
    if (frame.source !== undefined) return false;
    trace.whole = true;
    return true;
  }

  /** Nothing stands outside the first function of a stack. */
  protected voteOnOrder(trace: Trace, frame: Frame): void {
    const last = trace.frames[trace.frames.length - 1];
    if (last === undefined) return;
    if (isPanicHelper(frame.function) && isStackBase(last.function)) this.descending++;
    // A thread of FreeBSD's kernel begins with these two.
    if (last.function === 'fork_trampoline' && frame.function === 'fork_exit') this.descending += 2;
    if (last.function === 'fork_exit' && frame.function === 'fork_trampoline') this.ascending += 2;
  }

  /** Frame pointers rise outwards: a stack on which they all fall was printed the other way round. */
  voteByPointers(): void {
    for (const event of this.events) {
      for (const { frames } of event.otherTraces) {
        let [up, down] = [0, 0];
        for (let i = 1; i < frames.length; i++) {
          const [a, b] = [frames[i - 1]!.framePointer, frames[i]!.framePointer];
          if (a === undefined || b === undefined || a.length !== b.length || a === b) continue;
          if (a < b) up++;
          else down++;
        }
        if (down >= FALLING_MIN && up === 0) this.descending += FALLING_MIN;
        else if (up >= FALLING_MIN && down === 0) this.ascending += FALLING_MIN;
      }
    }
  }

  /** Numbers that do not go on, frame pointers that go down, a panic inside a panic. */
  protected doubtOrder(trace: Trace, frame: Frame): void {
    if (this.suspect) return;
    const last = trace.frames[trace.frames.length - 1];
    if (last === undefined) return;
    // What was inlined into a function has the number of its line.
    const inlined = last.inlined === true && frame.number === last.number;
    if (
      frame.number !== undefined &&
      last.number !== undefined &&
      !inlined &&
      frame.number !== last.number + 1
    )
      this.suspect = true;
    const [a, b] = [last.framePointer, frame.framePointer];
    // Numbers in canonical form and of one length compare as texts do.
    if (a !== undefined && b !== undefined && (b.length < a.length || (b.length === a.length && b < a)))
      this.suspect = true;
    if (isPanicHelper(frame.function) && chainScore(last.function, frame.function) < 0) this.suspect = true;
  }
}
