import { isTrapName } from '../trap-names.js';
import type { PanicEvent } from '../types.js';
import { Events } from './events.js';
import type { OpenTrap } from './stream.js';

/** Trap blocks, of which two CPUs may print one each at once. */
export class Traps extends Events {
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
    const open: OpenTrap = { event, trap: {}, rank: 0, seen: new Set(), row: this.line.endRow + 1 };
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
  protected bareTrapPanic(): PanicEvent | undefined {
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
      const own =
        last !== null &&
        last.event === this.current &&
        (last.event.otherTraces.length === 0 || last.below === true);
      // Or he has given the name of the trap, its trace and then a field.
      const bare = last !== null && last.rank === 0;
      // Or he gives the fields of one block in an order of his own.
      const next =
        own && this.s.openTraps.length < 2 && this.line.row - last.row <= 1 && !this.line.afterBlank;
      best =
        last !== null &&
        last.event === this.current &&
        (rank === last.rank || ((own || bare) && rank > last.rank) || (next && !last.seen.has(rank)))
          ? last
          : (this.blockOfTrace(form) ?? this.beginTrap(form));
    }
    if (best === this.s.lastTrap) this.s.runLength++;
    else this.s.runLength = 1;
    if (this.s.openTraps.length > 1) {
      if (this.s.runLength >= 3) this.s.openTraps = this.s.openTraps.filter((open) => open === best);
      else if (best !== this.s.lastTrap && this.s.lastTrap !== null) this.noteInterleaved(best);
    }
    this.s.lastTrap = best;
    best.rank = rank;
    best.seen.add(rank);
    best.row = this.line.endRow + 1;
    this.current = best.event;
    this.extend(best.event);
    return best;
  }

  /** The block of a trap of which a trace stands right above: a writer has them the other way round. */
  private blockOfTrace(form: string): OpenTrap | undefined {
    const { current: event } = this;
    if (event === null || event.kind !== 'unknown' || event.trap !== undefined || !this.isBelowTrap())
      return undefined;
    if (!event.forms.includes(form)) event.forms.push(form);
    const open: OpenTrap = { event, trap: {}, rank: 0, seen: new Set(), row: 0, below: true };
    event.trap = open.trap;
    this.trace = null;
    this.s.openTraps.push(open);
    return open;
  }

  /** Whether the line stands at once below a backtrace with a trap in it. */
  protected isBelowTrap(): boolean {
    return false;
  }

  protected noteInterleaved(open: OpenTrap): void {
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

  /** One of the latest trap blocks, if it is this CPU's, of a trap of this name, and has no panic yet. */
  trapOn(cpu: number, name: string | undefined): PanicEvent | undefined {
    return this.events
      .slice(-8)
      .find(
        ({ message, otherTraces, trap }) =>
          message === undefined &&
          otherTraces.length === 0 &&
          trap?.cpuid?.value === cpu &&
          trap.name?.value === name,
      );
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
}
