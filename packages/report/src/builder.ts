import type { MessageClass } from './builder/message-class.js';
import { Traces } from './builder/traces.js';
import { joinLines, type Line } from './line.js';
import { VERSION_NAMES } from './products.js';
import { isWriters } from './said-between.js';
import { CONSOLE_WIDTH, isFull } from './widths.js';
import type {
  Arch,
  Damage,
  DumpState,
  Fact,
  Frame,
  Hex,
  KernelVersion,
  Lock,
  PanicEvent,
  ProcessFact,
  PsEntry,
  Register,
  Span,
  StoppedAt,
  Trace,
} from './types.js';

export type { MessageClass };

/** The beginning of a line with a kernel's version. */
const BEGINS_VERSION = new RegExp(`^(?:${VERSION_NAMES})[ /]`);

const PROSE_MAX = 400;
const DAMAGE_MAX = 200;
/** Lines below `panic: ` that tell of its CPU and time. */
const SECONDARY_LINES = 3;

/**
 * How a line of a trace begins, whatever has become of the rest: `zorp_get(`, `at zorp_get+0x1c`,
 * `zorp_get...`.
 */
const UNREAD_FRAME = /^(?:at )?(?:netbsd:)?[A-Za-z_](?:[\w.$]{2,80}(?:\(|\+0x[0-9a-f])|\w{2,80}\.{3}$)/;

/** Collects what the forms read and decides which panic of the text each fact belongs to. */
export class Builder extends Traces {
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
  /** Who was running on the CPU that the debugger stopped on, by the panic; null where lines disagree. */
  readonly currentThread = new Map<PanicEvent, Fact<ProcessFact> | null>();
  /** The CPU that the debugger's latest command asks about: one by its number, or all of them. */
  cpuAsked: number | 'all' | null = null;
  /** Whose stack the debugger of mips says that it walked, by the panic. */
  readonly userLevel = new Map<PanicEvent, Fact<ProcessFact>>();
  /** Threads that NetBSD's table of processes marks as running, with their CPUs, by the panic. */
  readonly runningLwps = new Map<PanicEvent, { cpu: number; process: Fact<ProcessFact> }[]>();
  kernel: KernelVersion | undefined;
  /** What the kernel said that a panic may come of, and in which line. */
  saidBefore: { fact: Fact<string>; at: number } | null = null;
  /** The line in which a kernel that starts says who holds its copyright, or somebody logs in to it. */
  startedAt = Number.NEGATIVE_INFINITY;
  /** The version that it gave then. */
  bootBanner: KernelVersion | undefined;
  /** A line that is there to say so names the system, if not the version (the banner of a login). */
  systemStated = false;
  /** How formally the text gives it; a better line takes its place. */
  kernelQuality = 0;
  /** The release that the heading of the text names, for a text that gives none. */
  headedRelease: KernelVersion | undefined;
  /** The kin of the system that a line with a build of it names. */
  statedProduct: string | undefined;
  /** Where the text shows a machine that is up: what stands before the prompt for a login. */
  readonly logins: number[] = [];
  /** Kin of FreeBSD that the writer's own lines name as his machine. */
  readonly toldKin = new Set<string>();
  dump: DumpState | undefined;
  /** Events at whose end the debugger said that a panic had entered it. */
  readonly enteredByPanic = new Set<PanicEvent>();
  /** The crash that a dump's header was the first to tell of: the header is of its kernel. */
  headerOfAnother: PanicEvent | null = null;
  /** What was known of the kernel before a dump's header gave it. */
  beforeHeader: { kernel: KernelVersion | undefined; arch: Arch | undefined } | null = null;
  /** The architecture that the text names beside the version line. */
  statedArch: Arch | undefined;
  /** powerpc says user or kernel in a line before the block. */
  powerpcUser = false;
  protected readonly registerDump = new WeakMap<PanicEvent, number>();
  /** Messages of other CPUs that `show panic` lists beside the first panic's. */
  readonly cpuMessages: { message: string; cpu: number; span: Span; process?: Fact<ProcessFact> }[] = [];
  /** OpenBSD's tables of running threads: who was on which CPU when this panic entered the debugger. */
  readonly running = new Map<PanicEvent, { cpu: number; process: Fact<ProcessFact>; starred: boolean }[]>();
  /** Panics of a CPU on which the debugger was not, with the one where it was: its thread is another. */
  readonly elsewhere = new Map<PanicEvent, number>();
  /** Events behind which a CPU stopped that was about something else: thread, table and CPU are its own. */
  readonly stopsAside = new Set<PanicEvent>();
  /** The CPU that the prompt named as the registers of an event were read. */
  readonly registerCpus = new Map<PanicEvent, number>();
  /** Messages that stop before their end, and how it is known. */
  readonly cutMessages = new Map<Fact<string>, string>();
  /** Reversals that OpenBSD's witness has found. */
  readonly openbsdOrders = new Set<PanicEvent>();
  /** The CPU that the first prompt behind an event names. */
  readonly promptCpus = new Map<PanicEvent, Fact<number>>();
  /** The CPU that the debugger's latest prompt names, or -1. */
  promptCpu = -1;
  /** The address that the latest debugger command asks about. */
  asked: Hex | null = null;
  /** What DDB's latest command asks to see of the memory (`x/i 0x..`), while this event was the latest. */
  examines: { of: Hex | null; event: PanicEvent | null; answered: boolean } | null = null;
  /** Instructions that it answered with, by the address that was asked for where one was. */
  readonly examined: { at: StoppedAt; of: Hex | null }[] = [];
  /** What a debugger on a dump was asked to print, until it answers. */
  asksFor: { what: 'message' | 'name' | 'pid'; of: string } | null = null;
  /** Names of processes, where lines give them beside a thread. */
  readonly processNames = new Map<number, string>();
  /** Rows of OpenBSD's table of running threads follow. */
  threadTable = false;
  /** The trace whose lines give the place in the caller. */
  callerPlaces: Trace | null = null;
  /** The latest frame whose line has the place of another function. */
  strayPlace: {
    frame: Frame;
    place: { function: string; offset?: number };
    /** The name in front, and what was noted of the two. */
    name: string;
    damage: Damage;
  } | null = null;
  /** A line that is the name of a function and nothing else, or the trace that such lines make. */
  nameList: { first: Frame | null; end: number; trace: Trace | null } | null = null;
  /** Where a text ends that has no line end there, and may have been cut; -1 for one that has. */
  cutEnd = -1;
  /** The last characters of such a text. */
  cutTail = '';
  /** Lines that are one name each: a backtrace, or words. */
  names: Line[] = [];
  /** The message that the latest `panic:` gave, and the number of its line. */
  messageLine: { fact: Fact<string>; number: number; after: boolean } | null = null;
  /** The line of the latest panic that the debugger was told to make. */
  secondaryLine = -10;
  /** Events whose message stood before a line that kernels print after one. */
  readonly confirmed = new Set<PanicEvent>();
  /** Panics of which a heading tells. */
  readonly headed = new Set<PanicEvent>();
  /** The row behind the latest line that a form has read, marks of what is left out not counted. */
  private behindRead = -1;
  /** A mark of lines that are left out, until the next tells whether it stands among those of a report. */
  private leftOut: { damage: Damage; row: number } | null = null;
  /** A line in which the lines of two CPUs are mixed. */
  mixed: readonly [number, number] | null = null;
  /** The latest line that no form has read. */
  unread: Line | null = null;
  /** A line with `panic: ` in its middle, until the next tells whether the kernel printed it. */
  held: { line: Line; from: number; number: number; more?: Line } | null = null;
  /** What a debugger command is printing, where its lines are not those of a panic. */
  showing: 'panic' | null = null;

  /**
   * @param classify what a panic message turns out to be; null where no form knows it
   * @param backwards the lines come last first
   */
  constructor(
    readonly classify: (message: string) => MessageClass | null,
    readonly backwards = false,
  ) {
    super();
  }

  /** Keeps a register of the first dump of an event; a later one is another moment's or another CPU's. */
  register(register: Register, form: string): void {
    if (this.full()) return;
    const event = this.event(form);
    if (event.registers.length === 0) {
      this.registerDump.set(event, this.dumps);
      if (this.promptCpu >= 0) this.registerCpus.set(event, this.promptCpu);
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

  /** Whether the line is one of those that kernels print below `panic: `, and that panic was asked for. */
  isBelowSecondary(): boolean {
    return this.lineNumber > this.secondaryLine && this.lineNumber - this.secondaryLine <= SECONDARY_LINES;
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

  /** A line and the next as one, if a mailer or a console can have broken it there. */
  wrapped(line: Line, next: Line): Line | null {
    if (next.afterBlank || !isFull(line, next)) return null;
    return joinLines(line, next, line.width === CONSOLE_WIDTH && next.indent === 0 ? '' : ' ');
  }

  /** The number of the thread of a process that is known without it. */
  addThread({ process: known }: PanicEvent, pid: number, tid: number): void {
    if (known !== undefined && known.value.pid === pid) known.value.tid ??= tid;
  }

  /**
   * Notes a mark of lines that are left out. What a writer has left out of a source, or of his own words, is
   * no gap of the report: a line of it stands at once above the mark, or below.
   */
  leaveOut(damage: Damage): void {
    this.leftOut = { damage, row: this.line.endRow };
    if (this.line.row === this.behindRead) this.isGap();
  }

  /** A form has read the line. */
  wasRead({ row, endRow, text }: Line): void {
    if (this.leftOut?.row === endRow) return;
    // Above a version it is left out what came before that.
    if (this.leftOut?.row === row - 1 && !BEGINS_VERSION.test(text)) this.isGap();
    this.behindRead = endRow + 1;
  }

  private isGap(): void {
    if (this.leftOut !== null && this.damage.length < DAMAGE_MAX) this.damage.push(this.leftOut.damage);
    this.leftOut = null;
  }

  /** A line that no form reads; the recipe is looked for among these. */
  keepProse(line: Line): void {
    if (this.trace !== null && UNREAD_FRAME.test(line.text)) this.skip(false);
    // What follows at once on a message and begins nothing may be the rest of it.
    const told = this.messageLine;
    if (told !== null && !line.afterBlank && this.lineNumber === told.number + 1) told.fact.likely = true;
    if (this.trace !== null && line.afterBlank && isWriters(line)) this.spokenIn = this.trace;
    this.unread = line;
    if (this.prose.length < PROSE_MAX) this.prose.push(line);
  }
}
