import { type Line, lowOf, spanOf } from '../line.js';
import type { Arch, Damage, Fact, PanicEvent, Span, System, Trace } from '../types.js';
import { Stream } from './stream.js';

/** Registers, locks, processes and commands that are kept. */
export const ITEMS_MAX = 20_000;
/** Lines behind the beginning of a sync in which what goes wrong has come of it. */
const ENDING_LINES = 12;
/** CPUs that are told apart by prefixes. */
const CPUS_MAX = 256;

/** The line that is being read, whose it is, and what the lines so far say of the text. */
export class Reading {
  readonly damage: Damage[] = [];
  /** Which systems' lines were seen, and how much that says. */
  readonly systems: Partial<Record<System, number>> = {};
  /** The same for lines that a system shares with none of its kin. */
  readonly ownSigns: Partial<Record<System, number>> = {};
  readonly arches: Partial<Record<Arch, number>> = {};
  /** Votes on the direction of the text: lines in their natural order, and in the opposite one. */
  ascending = 0;
  descending = 0;
  /** Of these, votes of the order of a panic's lines alone: people rearrange them. */
  loosely = 0;
  line!: Line;
  /** The line's text in lower case. */
  low = '';
  /** What the kernel does as it ends, and the last line of which that is likely said. */
  protected ending: { fact: Fact<string>; until: number } | null = null;
  /** Something is out of order, as where two CPUs print at once. */
  suspect = false;
  protected lineCount = 0;
  protected s = new Stream(-1);
  protected streams: Map<number, Stream> | null = null;
  protected lastStamp = '';
  protected items = 0;
  protected limited = false;

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
    const { low } = this;
    if (low.charCodeAt(0) === 115 && low.startsWith('syncing disks') && !/\bdone\b/.test(low))
      this.endsBy('the disks were synced', 0, 13);
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

  /**
   * The kernel ends what it does, after a panic or at the debugger's word: what goes wrong now comes of that.
   *
   * @param what what it does, in the past
   * @param lines so many lines further what goes wrong has come of it
   */
  endsBy(what: string, i: number, j: number, lines = ENDING_LINES): void {
    this.ending = { fact: this.fact(what, i, j), until: this.lineCount + lines };
  }

  /** Goes on where this CPU's last line was. */
  protected switchTo(cpu: number): void {
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

  /** No more fields of trap blocks are expected (a panic message, a trace or a prompt came). */
  closeTraps(): void {
    if (this.s.openTraps.length > 0) this.s.openTraps = [];
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

  detail(event: PanicEvent, name: string, value: string | number, i?: number, j?: number): void {
    if (event.details[name] === undefined) event.details[name] = this.fact(value, i, j);
  }

  protected full(): boolean {
    if (++this.items <= ITEMS_MAX) return false;
    this.hitLimit('registers, locks and processes', ITEMS_MAX);
    return true;
  }

  protected hitLimit(what: string, max: number): void {
    if (this.limited) return;
    this.limited = true;
    this.damage.push({ kind: 'limit', what, reason: `only the first ${max} ${what} of the text are kept` });
  }
}
