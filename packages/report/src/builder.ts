import { isNameless } from './culprit.js';
import { isPanicHelper, isStackBase } from './functions/index.js';
import { chainScore } from './interleave/chains.js';
import { type Line, lowOf, spanOf } from './line.js';
import { isTrapName } from './trap-names.js';
import type { Decoded } from './syndrome.js';
import type {
  Arch,
  Boundary,
  Damage,
  DumpState,
  Fact,
  FaultCode,
  Frame,
  Hex,
  KernelVersion,
  Lock,
  PanicEvent,
  ProcessFact,
  PsEntry,
  Register,
  Span,
  System,
  Trace,
  Trap,
} from './types.js';

/** What a panic message turns out to be. */
export interface MessageClass {
  kind: string;
  details?: Record<string, string | number>;
  /** The message without what changes from run to run; by default addresses and numbers are taken out. */
  stable?: string;
  /** What the message itself says of a trap, where the system prints no other block. */
  trap?: {
    name: string;
    mode?: 'kernel' | 'user';
    ip?: Hex;
    address?: Hex;
    code?: FaultCode;
    decoded?: Decoded;
  };
  /** The architecture whose kernels alone print such a message. */
  arch?: Exclude<Arch, 'unknown'>;
}

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

/**
 * What goes on at one place of the text: usually there is one, and one for each CPU where lines name the CPU.
 */
class Stream {
  /** The event that facts now go to. */
  current: PanicEvent | null = null;
  /** The trace that frames now go to. */
  trace: Trace | null = null;
  /** Set by a line that announces a trace; used by the next frame. */
  announced: { purpose?: string; pid?: number; tid?: number; name?: string } | null = null;
  openTraps: OpenTrap[] = [];
  lastTrap: OpenTrap | null = null;
  /** What a numbered stack that follows without a heading is. */
  hint: string | undefined;
  runLength = 0;
  lastRank = -1;
  /** A panic whose trace was announced when another CPU's line came between. */
  waiting: PanicEvent | null = null;

  constructor(readonly cpu: number) {}
}

/** So many frame pointers that fall are no accident. */
const FALLING_MIN = 3;

/** CPUs that are told apart by prefixes. */
const CPUS_MAX = 256;

/** Seconds between two stamps from which on they are of different panics. */
const APART_SECONDS = 120;

/** Whether two stamps of one format lie minutes apart; within an hour boundary it is not known. */
function apart(a: string, b: string): boolean {
  if (a === '' || b === '' || a[0] !== b[0] || a === b) return false;
  const [x, y] = [secondsOf(a), secondsOf(b)];
  if (x === null || y === null) return false;
  if (x.day !== y.day) return true;
  return Math.abs(x.seconds - y.seconds) > APART_SECONDS;
}

/**
 * The day and the second in it of a stamp, as the log readers write them (`i2024-03-05T09:02:31`,
 * `s010203:04:05`).
 */
function secondsOf(stamp: string): { day: string; seconds: number } | null {
  const m = /(\d\d):(\d\d):(\d\d)/.exec(stamp);
  if (m === null) return null;
  return {
    day: stamp.slice(0, m.index),
    seconds: Number(m[1]) * 3600 + Number(m[2]) * 60 + Number(m[3]),
  };
}

/** How a line of a trace begins, whatever has become of the rest: `zorp_get(`, `at zorp_get+0x1c`. */
const UNREAD_FRAME = /^(?:at )?(?:netbsd:)?[A-Za-z_][\w.$]{2,80}(?:\(|\+0x[0-9a-f])/;

/** Whether a trace has come to its outer end and what comes next is a panic: another thread's backtrace. */
function beginsNext({ frames }: Trace, frame: Frame): boolean {
  const [first, last] = [frames[0], frames[frames.length - 1]];
  if (last?.framePointer === undefined || frame.number !== undefined) return false;
  return (
    isPanicHelper(frame.function) && isStackBase(last.function) && first!.framePointer! < last.framePointer
  );
}

/** Collects what the forms read and decides which panic of the text each fact belongs to. */
export class Builder {
  readonly events: PanicEvent[] = [];
  readonly damage: Damage[] = [];
  readonly ps: PsEntry[] = [];
  readonly commands: Fact<string>[] = [];
  readonly prose: Line[] = [];
  /** Registers whose values were printed without `0x`: decimal numbers if the debugger's radix was ten. */
  readonly bareRegisters: Register[] = [];
  /** Frames and stops whose offsets were printed without `0x`. */
  readonly barePlaces: { offset?: number }[] = [];
  /** The debugger printed numbers in decimal. */
  decimal = false;
  /** Addresses that somebody looked up in the symbols: `list *0x..`, `info line *0x..`. */
  readonly located = new Map<
    Hex,
    { function: string; offset?: number; source?: { file: string; line?: number }; span: Span }
  >();
  /** Rows of the kernel's symbol table that somebody has added. */
  readonly symbols: { address: Hex; function: string; span: Span }[] = [];
  /** Threads that the debugger named as those that its CPUs were running. */
  readonly threads: Fact<ProcessFact>[] = [];
  kernel: KernelVersion | undefined;
  /** A line that is there to say so names the system, if not the version (the banner of a login). */
  systemStated = false;
  /** How formally the text gives it; a better line takes its place. */
  kernelQuality = 0;
  dump: DumpState | undefined;
  /** Events at whose end the debugger said that a panic had entered it. */
  readonly enteredByPanic = new Set<PanicEvent>();
  /** The crash that a dump's header was the first to tell of: the header is of its kernel. */
  headerOfAnother: PanicEvent | null = null;
  /** What was known of the kernel before a dump's header gave it. */
  beforeHeader: { kernel: KernelVersion | undefined; arch: Arch | undefined } | null = null;
  /** Which systems' lines were seen, and how much that says. */
  readonly systems: Partial<Record<System, number>> = {};
  /** The same for lines that a system shares with none of its kin. */
  readonly ownSigns: Partial<Record<System, number>> = {};
  readonly arches: Partial<Record<Arch, number>> = {};
  /** The architecture that the text names beside the version line. */
  statedArch: Arch | undefined;
  /** Votes on the direction of the text: lines in their natural order, and in the opposite one. */
  ascending = 0;
  descending = 0;
  /** Of these, votes of the order of a panic's lines alone: people rearrange them. */
  loosely = 0;
  line!: Line;
  /** The line's text in lower case. */
  low = '';
  /**
   * Places (in the original) of commands and stops: what stands on both sides of one was not printed at once.
   */
  readonly breaks: number[] = [];
  /** Something is out of order, as where two CPUs print at once. */
  suspect = false;
  private lineCount = 0;
  /** Boots that the text shows so far, and for every panic the boot and the stamp of its first line. */
  private boots = 0;
  private readonly begun = new Map<PanicEvent, { boot: number; stamp: string }>();
  /** powerpc says user or kernel in a line before the block. */
  powerpcUser = false;
  /** Counts dumps of registers: a command or a stop ends one. */
  private dumps = 0;
  private readonly registerDump = new WeakMap<PanicEvent, number>();
  /** Messages of other CPUs that `show panic` lists beside the first panic's. */
  readonly cpuMessages: { message: string; span: Span }[] = [];
  /** The address that the latest debugger command asks about. */
  asked: Hex | null = null;
  /** Rows of OpenBSD's table of running threads follow. */
  threadTable = false;
  /** The trace whose lines give the place in the caller. */
  callerPlaces: Trace | null = null;
  /** The latest frame whose line has the place of another function. */
  strayPlace: { frame: Frame; place: { function: string; offset?: number } } | null = null;
  /** A line that is the name of a function and nothing else, or the trace that such lines make. */
  nameList: { first: Frame | null; end: number; trace: Trace | null } | null = null;
  /** The latest line that no form has read. */
  unread: Line | null = null;
  /** A line with `panic: ` in its middle, until the next tells whether the kernel printed it. */
  held: { line: Line; from: number; number: number } | null = null;
  /** The last line of a trace that was not read as one of its frames. */
  skipped: { trace: Trace; read: boolean; span: Span } | null = null;
  /** What a debugger command is printing, where its lines are not those of a panic. */
  showing: 'panic' | null = null;
  /** Lines at which the latest two panics began. */
  private begunAt: [number, number] = [0, 0];
  private s = new Stream(-1);
  private streams: Map<number, Stream> | null = null;
  private lastStamp = '';
  private frames = 0;
  private traces = 0;
  private items = 0;
  private limited = false;
  private blockTrace = false;

  /**
   * @param classify what a panic message turns out to be; null where no form knows it
   * @param backwards the lines come last first
   */
  constructor(
    readonly classify: (message: string) => MessageClass | null,
    readonly backwards = false,
  ) {}

  /** The event that facts now go to. */
  get current(): PanicEvent | null {
    return this.s.current;
  }

  set current(event: PanicEvent | null) {
    this.s.current = event;
  }

  /** The trace that frames now go to. */
  get trace(): Trace | null {
    return this.s.trace;
  }

  set trace(trace: Trace | null) {
    this.s.trace = trace;
  }

  /** Lines that were read so far. */
  get lineNumber(): number {
    return this.lineCount;
  }

  span(i = 0, j = this.line.text.length): Span {
    return spanOf(this.line, i, j);
  }

  fact<T>(value: T, i = 0, j = this.line.text.length): Fact<T> {
    return { value, span: this.span(i, j) };
  }

  setLine(line: Line): void {
    this.line = line;
    this.lineCount++;
    this.low = lowOf(line);
    if (line.cpu !== this.s.cpu && line.cpu >= 0) this.switchTo(line.cpu);
    const { stamp } = line;
    if (stamp !== '') {
      if (this.lastStamp !== '' && stamp[0] === this.lastStamp[0] && stamp !== this.lastStamp) {
        if (stamp > this.lastStamp) this.ascending += 2;
        else this.descending += 2;
      }
      this.lastStamp = stamp;
    }
  }

  /** Goes on where this CPU's last line was. */
  private switchTo(cpu: number): void {
    this.streams ??= new Map([[this.s.cpu, this.s]]);
    let stream = this.streams.get(cpu);
    if (stream === undefined) {
      if (this.streams.size >= CPUS_MAX) return;
      stream = new Stream(cpu);
      // What came before any CPU was named is this one's, unless it says otherwise or has a trace already.
      const head = this.streams.get(-1)?.current ?? null;
      const its = head?.trap?.cpuid?.value ?? head?.cpu?.value ?? cpu;
      if (this.streams.size === 1 && head !== null && its === cpu) stream.current = head;
      this.streams.set(cpu, stream);
    }
    this.s = stream;
  }

  /**
   * A line that this system prints.
   *
   * @param own none of its kin prints such a line
   */
  saw(system: Exclude<System, 'unknown'>, weight = 2, own = false): void {
    this.systems[system] = (this.systems[system] ?? 0) + weight;
    if (own) this.ownSigns[system] = (this.ownSigns[system] ?? 0) + weight;
  }

  /** A line that only kernels of this architecture print. */
  sawArch(arch: Exclude<Arch, 'unknown'>, weight = 4): void {
    this.arches[arch] = (this.arches[arch] ?? 0) + weight;
  }

  /**
   * Tells the place of a line in the natural order of a panic; the votes show whether a text runs backwards.
   */
  order(rank: number): void {
    if (this.s.lastRank >= 0 && rank !== this.s.lastRank) {
      if (rank > this.s.lastRank) this.ascending++;
      else {
        this.descending++;
        this.loosely++;
      }
    }
    this.s.lastRank = rank;
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
    this.begunAt = [this.begunAt[1], this.lineCount];
    this.begun.set(event, { boot: this.boots, stamp: this.lastStamp });
    if (this.s.cpu >= 0) event.cpu = { value: this.s.cpu, span: event.span };
    if (this.s.announced !== null) {
      this.suspect = true;
      const { current } = this;
      if (current !== null && current.otherTraces.length === 0) this.s.waiting = current;
    }
    this.doubtOpenTrace();
    this.current = event;
    this.trace = null;
    this.s.announced = null;
    return event;
  }

  /** What was taken for a panic was none of a kernel. */
  forget(event: PanicEvent): void {
    const at = this.events.indexOf(event);
    if (at >= 0) this.events.splice(at, 1);
    if (this.current === event) this.current = null;
    this.trace = null;
  }

  /** The machine starts again: what follows is of another run. */
  bootMark(): void {
    this.boots++;
    this.closeTraps();
    this.s.announced = null;
    this.current = null;
    this.trace = null;
  }

  /** Whether the line stands in another boot than this event, or minutes from it. */
  isLater(event: PanicEvent): boolean {
    const mark = this.begun.get(event);
    if (mark === undefined) return false;
    return mark.boot !== this.boots || apart(mark.stamp, this.lastStamp);
  }

  /** Whether two events are of different boots, or minutes apart. */
  areApart(a: PanicEvent, b: PanicEvent): boolean {
    const [x, y] = [this.begun.get(a), this.begun.get(b)];
    return x !== undefined && y !== undefined && (x.boot !== y.boot || apart(x.stamp, y.stamp));
  }

  /** An event of an unknown kind that takes nothing from the heading of the trace that follows. */
  unknownEvent(form: string): PanicEvent {
    if (this.current !== null) return this.current;
    const { announced } = this.s;
    this.s.announced = null;
    const event = this.begin('unknown', form);
    this.s.announced = announced;
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
    const told = this.bareTrapPanic();
    const event = told ?? this.begin('trap', form);
    if (told !== undefined) {
      told.kind = 'trap';
      if (!told.forms.includes(form)) told.forms.push(form);
      this.current = told;
      this.trace = null;
    }
    const open: OpenTrap = { event, trap: {}, rank: 0 };
    event.trap = open.trap;
    this.s.openTraps.push(open);
    if (this.s.openTraps.length > 8) this.s.openTraps.shift();
    this.s.lastTrap = open;
    this.s.runLength = 1;
    return open;
  }

  /**
   * `panic: page fault` and nothing else, as at the head of crashinfo's file: the block that follows is its.
   */
  private bareTrapPanic(): PanicEvent | undefined {
    const event = this.events[this.events.length - 1];
    if (event === undefined || event.kind !== 'panic' || event.trap !== undefined) return undefined;
    if (event.otherTraces.length > 0 || event.stoppedAt !== undefined || this.isLater(event))
      return undefined;
    return event.message !== undefined && isTrapName(event.message.value) ? event : undefined;
  }

  /**
   * The block that a field of this rank belongs to. Where two CPUs printed at once, the blocks advance side
   * by side: a field goes to the furthest block that has not passed it, the older of equals first. A block
   * that stands still while another one advances three fields was cut off and gets nothing more.
   */
  trapFor(rank: number, form: string): OpenTrap {
    let best: OpenTrap | null = null;
    for (const open of this.s.openTraps) {
      if (open.rank < rank && (best === null || open.rank > best.rank)) best = open;
    }
    if (best === null) {
      // A field with no block to go to: the head is missing, the line is a repetition, or a writer has put
      // the field behind the panic's message.
      const last = this.s.lastTrap;
      const own = last !== null && last.event === this.current && last.event.otherTraces.length === 0;
      best =
        last !== null && last.event === this.current && (rank === last.rank || (own && rank > last.rank))
          ? last
          : this.beginTrap(form);
    }
    if (best === this.s.lastTrap) this.s.runLength++;
    else this.s.runLength = 1;
    if (this.s.openTraps.length > 1) {
      if (this.s.runLength >= 3) this.s.openTraps = this.s.openTraps.filter((open) => open === best);
      else if (best !== this.s.lastTrap && this.s.lastTrap !== null) this.noteInterleaved(best);
    }
    this.s.lastTrap = best;
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
    if (this.s.openTraps.length > 0) this.s.openTraps = [];
  }

  /** The trap block that a closing line (`trap number = 12`, `panic: page fault`) belongs to. */
  recentTrap(): PanicEvent | null {
    return this.s.lastTrap !== null && this.current === this.s.lastTrap.event ? this.s.lastTrap.event : null;
  }

  /** One of the latest trap blocks, if the trap has this name and nobody has panicked over it. */
  trapNamed(low: string): PanicEvent | undefined {
    return this.events
      .slice(-8)
      .find((event) => event.message === undefined && event.trap?.name?.value.toLowerCase() === low);
  }

  /**
   * The panic that a line with a CPU's number belongs to: of two that came in one breath, the first that has
   * none.
   */
  cpuOwner(): PanicEvent | null {
    const { current } = this;
    const n = this.events.length;
    if (current === null || n < 2 || this.s.cpu >= 0 || current !== this.events[n - 1]) return current;
    const before = this.events[n - 2]!;
    const free = before.cpu === undefined && before.trap === undefined && before.otherTraces.length === 0;
    if (!free || current.cpu !== undefined || this.begunAt[1] - this.begunAt[0] !== 1) return current;
    this.damage.push({
      kind: 'interleaved',
      what: 'CPU numbers',
      reason: 'two panics came in one breath; the numbers of their CPUs were given in the order of printing',
      span: this.span(),
    });
    return before;
  }

  /** Says that the frames that follow are a new trace. */
  announce(about: { purpose?: string; pid?: number; tid?: number; name?: string } = {}): void {
    // Two headings and no frame between them, or a heading inside a trace.
    if (this.s.announced !== null) this.suspect = true;
    this.doubtOpenTrace();
    this.trace = null;
    this.s.announced = about;
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
  private giveWaiting(): void {
    const { waiting } = this.s;
    this.s.waiting = null;
    const { trap } = this.current ?? {};
    if (waiting === null || trap === undefined || trap.ip !== undefined || waiting.otherTraces.length > 0)
      return;
    this.current = waiting;
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
    if (about !== null && (about.pid !== undefined || about.tid !== undefined || about.name !== undefined)) {
      trace.process = {};
      if (about.pid !== undefined) trace.process.pid = about.pid;
      if (about.tid !== undefined) trace.process.tid = about.tid;
      if (about.name !== undefined) trace.process.name = about.name;
    }
    if (this.s.hint !== undefined && style === 'openbsd') trace.purpose ??= this.s.hint;
    this.s.hint = undefined;
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
      if (frame.number === 0 && last !== undefined && (last.number !== 0 || !last.inlined)) {
        this.doubtOpenTrace();
        this.trace = null;
      }
    }
    if (this.trace !== null && beginsNext(this.trace, frame)) this.trace = null;
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
    trace.frames.push(frame);
    trace.span = [Math.min(trace.span[0], frame.span[0]), Math.max(trace.span[1], frame.span[1])];
    if (this.current !== null) this.extend(this.current);
  }

  /**
   * A line within a trace that is not there, or could not be read: if the trace goes on, it has a gap there.
   *
   * @param read whether the line tells of it itself
   */
  skip(read: boolean): void {
    if (this.trace !== null && this.trace.frames.length > 0)
      this.skipped = { trace: this.trace, read, span: this.span() };
  }

  private putGap(trace: Trace, frame: Frame, skipped: NonNullable<Builder['skipped']>): void {
    this.skipped = null;
    if (skipped.trace !== trace) return;
    frame.gap = true;
    if (skipped.read || this.damage.length >= 200) return;
    const reason = 'it looks like one, and could not be read';
    this.damage.push({ kind: 'garbled', what: 'line of the backtrace', reason, span: skipped.span });
  }

  /** A trace that is left before its end may go on later: another CPU's lines may have come between. */
  private doubtOpenTrace(): void {
    const { trace } = this.s;
    if (trace === null || this.suspect) return;
    const last = trace.frames[trace.frames.length - 1];
    if (last !== undefined && !isStackBase(last.function)) this.suspect = true;
  }

  /**
   * Past the function at which a stack begins, gdb goes on into the user's stack, for which it has no names.
   */
  private isUserCode(trace: Trace, frame: Frame): boolean {
    const last = trace.frames[trace.frames.length - 1];
    if (last === undefined || !isNameless(frame.function) || !isStackBase(last.function)) return false;
    trace.whole = true;
    return true;
  }

  /** Nothing stands outside the first function of a stack. */
  private voteOnOrder(trace: Trace, frame: Frame): void {
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
  private doubtOrder(trace: Trace, frame: Frame): void {
    if (this.suspect) return;
    const last = trace.frames[trace.frames.length - 1];
    if (last === undefined) return;
    if (frame.number !== undefined && last.number !== undefined && frame.number !== last.number + 1)
      this.suspect = true;
    const [a, b] = [last.framePointer, frame.framePointer];
    // Numbers in canonical form and of one length compare as texts do.
    if (a !== undefined && b !== undefined && (b.length < a.length || (b.length === a.length && b < a)))
      this.suspect = true;
    if (isPanicHelper(frame.function) && chainScore(last.function, frame.function) < 0) this.suspect = true;
  }

  boundary(boundary: Omit<Boundary, 'after'>, style: Trace['style'], form: string): void {
    const trace = this.openTrace(style, form);
    if (trace === null || trace.boundaries.length > FRAMES_MAX / 4) return;
    trace.boundaries.push({ after: trace.frames.length - 1, ...boundary });
    trace.span = [trace.span[0], Math.max(trace.span[1], boundary.span[1])];
    if (this.current !== null) this.extend(this.current);
  }

  /** Keeps a register of the first dump of an event; a later one is another moment's or another CPU's. */
  register(register: Register, form: string): void {
    if (this.full()) return;
    const event = this.event(form);
    if (event.registers.length === 0) {
      this.registerDump.set(event, this.dumps);
      // What the trap handler prints before anybody stops is the fault's.
      if (
        (event.kind === 'trap' || event.kind === 'double-fault') &&
        event.stoppedAt === undefined &&
        event.message === undefined
      )
        event.registersOf = 'fault';
    } else if (this.registerDump.get(event) !== this.dumps) {
      // The flags in the line of a trap are no dump of registers.
      if (event.registers.length > 1) return;
      event.registers.length = 0;
      delete event.registersOf;
      this.registerDump.set(event, this.dumps);
    }
    event.registers.push(register);
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
    if (this.trace !== null && UNREAD_FRAME.test(line.text)) this.skip(false);
    this.unread = line;
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
