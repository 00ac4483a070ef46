import { type Line, lowOf, spanOf } from './normalise.js';
import type {
  Boundary,
  Damage,
  DumpState,
  Fact,
  Frame,
  KernelVersion,
  Lock,
  PanicEvent,
  PsEntry,
  Register,
  Span,
  Trace,
  Trap,
} from './types.js';

/* Bounds on what is kept of one text; they keep memory in proportion where a text is one endless trace. */
const EVENTS_MAX = 2000;
const TRACES_MAX = 2000;
const FRAMES_MAX = 50_000;
const ITEMS_MAX = 20_000;
const PROSE_MAX = 400;

/** A trap block that is being read. */
interface OpenTrap {
  event: PanicEvent;
  trap: Trap;
  /** Rank of the last field read; the fields of one block come in a fixed order. */
  rank: number;
}

/** Collects what the forms read and decides which panic of the text each fact belongs to. */
export class Builder {
  readonly events: PanicEvent[] = [];
  readonly damage: Damage[] = [];
  readonly ps: PsEntry[] = [];
  readonly commands: Fact<string>[] = [];
  readonly prose: Line[] = [];
  kernel: KernelVersion | undefined;
  dump: DumpState | undefined;
  /** Which system's texts were seen, by form. */
  readonly systems: Record<string, number> = {};
  /** Votes on the direction of the text: lines in their natural order, and in the opposite one. */
  ascending = 0;
  descending = 0;
  line!: Line;
  /** The line's text in lower case. */
  low = '';
  /** The event that facts now go to. */
  current: PanicEvent | null = null;
  /** The trace that frames now go to. */
  trace: Trace | null = null;
  /** Set by a line that announces a trace; used by the next frame. */
  private announced: { purpose?: string; pid?: number; tid?: number; name?: string } | null = null;
  private openTraps: OpenTrap[] = [];
  private lastTrap: OpenTrap | null = null;
  private runLength = 0;
  private lastRank = -1;
  private lastStamp = '';
  private frames = 0;
  private traces = 0;
  private items = 0;
  private limited = false;
  private blockTrace = false;

  span(i = 0, j = this.line.text.length): Span {
    return spanOf(this.line, i, j);
  }

  fact<T>(value: T, i = 0, j = this.line.text.length): Fact<T> {
    return { value, span: this.span(i, j) };
  }

  setLine(line: Line): void {
    this.line = line;
    this.low = lowOf(line);
    const { stamp } = line;
    if (stamp !== '') {
      if (this.lastStamp !== '' && stamp[0] === this.lastStamp[0] && stamp !== this.lastStamp) {
        if (stamp > this.lastStamp) this.ascending += 2;
        else this.descending += 2;
      }
      this.lastStamp = stamp;
    }
  }

  saw(system: string): void {
    this.systems[system] = (this.systems[system] ?? 0) + 1;
  }

  /** Tells the place of a line in the natural order of a panic; the votes show whether a text runs backwards. */
  order(rank: number): void {
    if (this.lastRank >= 0 && rank !== this.lastRank) {
      if (rank > this.lastRank) this.ascending++;
      else this.descending++;
    }
    this.lastRank = rank;
  }

  /** Starts a new panic or warning. */
  begin(kind: string, form: string): PanicEvent {
    const event: PanicEvent = {
      kind,
      forms: [form],
      frames: [],
      boundaries: [],
      otherTraces: [],
      registers: [],
      locks: [],
      details: {},
      span: this.span(),
    };
    if (this.events.length < EVENTS_MAX) this.events.push(event);
    else this.hitLimit('panics', EVENTS_MAX);
    this.current = event;
    this.trace = null;
    this.announced = null;
    return event;
  }

  /** The panic that a fact belongs to; where the text's head is missing, one of an unknown kind. */
  event(form: string): PanicEvent {
    const event = this.current ?? this.begin('unknown', form);
    if (!event.forms.includes(form)) event.forms.push(form);
    this.extend(event);
    return event;
  }

  private extend(event: PanicEvent): void {
    const [from, to] = this.span();
    event.span = [Math.min(event.span[0], from), Math.max(event.span[1], to)];
  }

  /** Starts a trap block. */
  beginTrap(form: string): OpenTrap {
    const open: OpenTrap = { event: this.begin('trap', form), trap: {}, rank: 0 };
    open.event.trap = open.trap;
    this.openTraps.push(open);
    if (this.openTraps.length > 8) this.openTraps.shift();
    this.lastTrap = open;
    this.runLength = 1;
    return open;
  }

  /**
   * The block that a field of this rank belongs to. Where two CPUs printed at once, the blocks advance side by side:
   * a field goes to the furthest block that has not passed it, the older of equals first. A block that stands still
   * while another one advances three fields was cut off and gets nothing more.
   */
  trapFor(rank: number, form: string): OpenTrap {
    let best: OpenTrap | null = null;
    for (const open of this.openTraps) {
      if (open.rank < rank && (best === null || open.rank > best.rank)) best = open;
    }
    if (best === null) {
      // A field with no block to go to: the head is missing, or the line is a repetition.
      const last = this.lastTrap;
      best = last !== null && last.event === this.current && rank === last.rank ? last : this.beginTrap(form);
    }
    if (best === this.lastTrap) this.runLength++;
    else this.runLength = 1;
    if (this.openTraps.length > 1) {
      if (this.runLength >= 3) this.openTraps = this.openTraps.filter((open) => open === best);
      else if (best !== this.lastTrap && this.lastTrap !== null) this.noteInterleaved(best);
    }
    this.lastTrap = best;
    best.rank = rank;
    this.current = best.event;
    this.extend(best.event);
    return best;
  }

  private noteInterleaved(open: OpenTrap): void {
    const what = 'trap block';
    if (this.damage.some((d) => d.kind === 'interleaved' && d.what === what)) return;
    this.damage.push({
      kind: 'interleaved',
      what,
      reason:
        'the fields of two trap blocks alternate: two CPUs printed at the same time; they were told apart by order',
      span: open.event.span,
    });
  }

  /** No more fields of trap blocks are expected (a panic message, a trace or a prompt came). */
  closeTraps(): void {
    if (this.openTraps.length > 0) this.openTraps = [];
  }

  /** The trap block that a closing line (`trap number = 12`, `panic: page fault`) belongs to. */
  recentTrap(): PanicEvent | null {
    return this.lastTrap !== null && this.current === this.lastTrap.event ? this.lastTrap.event : null;
  }

  /** Says that the frames that follow are a new trace. */
  announce(about: { purpose?: string; pid?: number; tid?: number; name?: string } = {}): void {
    this.trace = null;
    this.announced = about;
    this.closeTraps();
  }

  /** Frames until the next announcement are not of this panic (the traces of other threads). */
  endTrace(): void {
    this.trace = null;
  }

  openTrace(style: Trace['style'], form: string): Trace | null {
    if (this.trace !== null) return this.trace;
    if (this.blockTrace) return null;
    const event = this.event(form);
    this.closeTraps();
    const trace: Trace = { style, frames: [], boundaries: [], span: this.span() };
    const about = this.announced;
    if (about?.purpose !== undefined) trace.purpose = about.purpose;
    if (about !== null && (about.pid !== undefined || about.tid !== undefined || about.name !== undefined)) {
      trace.process = {};
      if (about.pid !== undefined) trace.process.pid = about.pid;
      if (about.tid !== undefined) trace.process.tid = about.tid;
      if (about.name !== undefined) trace.process.name = about.name;
    }
    this.announced = null;
    if (++this.traces > TRACES_MAX) {
      this.hitLimit('traces', TRACES_MAX);
      this.blockTrace = true;
      return null;
    }
    event.otherTraces.push(trace);
    this.trace = trace;
    return trace;
  }

  frame(frame: Frame, style: Trace['style'], form: string): void {
    // A trace that counts its frames starts again at 0.
    if (frame.number !== undefined && this.trace !== null) {
      const last = this.trace.frames[this.trace.frames.length - 1];
      if (last?.number !== undefined && frame.number !== last.number) {
        if (frame.number > last.number) this.ascending++;
        else this.descending++;
      }
      if (frame.number === 0 && last !== undefined && last.number !== 0) this.trace = null;
    }
    const trace = this.openTrace(style, form);
    if (trace === null) return;
    if (++this.frames > FRAMES_MAX) {
      this.hitLimit('frames', FRAMES_MAX);
      return;
    }
    trace.frames.push(frame);
    trace.span = [Math.min(trace.span[0], frame.span[0]), Math.max(trace.span[1], frame.span[1])];
    if (this.current !== null) this.extend(this.current);
  }

  boundary(boundary: Omit<Boundary, 'after'>, style: Trace['style'], form: string): void {
    const trace = this.openTrace(style, form);
    if (trace === null || trace.boundaries.length > FRAMES_MAX / 4) return;
    trace.boundaries.push({ after: trace.frames.length - 1, ...boundary });
    trace.span = [trace.span[0], Math.max(trace.span[1], boundary.span[1])];
    if (this.current !== null) this.extend(this.current);
  }

  register(register: Register, form: string): void {
    if (this.full()) return;
    this.event(form).registers.push(register);
  }

  lock(lock: Lock, form: string): void {
    if (this.full()) return;
    this.event(form).locks.push(lock);
  }

  process(entry: PsEntry): void {
    if (this.full()) return;
    this.ps.push(entry);
  }

  command(text: string, i: number, j: number): void {
    if (this.full()) return;
    this.commands.push(this.fact(text, i, j));
  }

  detail(event: PanicEvent, name: string, value: string | number, i?: number, j?: number): void {
    if (event.details[name] === undefined) event.details[name] = this.fact(value, i, j);
  }

  /** A line that no form reads; the recipe is looked for among these. */
  keepProse(line: Line): void {
    if (this.prose.length < PROSE_MAX) this.prose.push(line);
  }

  private full(): boolean {
    if (++this.items <= ITEMS_MAX) return false;
    this.hitLimit('registers, locks and processes', ITEMS_MAX);
    return true;
  }

  private hitLimit(what: string, max: number): void {
    if (this.limited) return;
    this.limited = true;
    this.damage.push({ kind: 'limit', what, reason: `only the first ${max} ${what} of the text are kept` });
  }
}
