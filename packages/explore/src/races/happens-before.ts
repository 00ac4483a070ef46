import type { MachineView, Stepper, StepView } from '@trap12/machine';
import type { System } from '@trap12/system';
import { commandAt } from '../processes.js';
import type { Onlooker } from '../lab.js';
import { exclude, type LockSet } from './clocks.js';
import { type Thread, Order } from './order.js';
import { AT, type Cell, CLOCK, LOCKS, MANY, READ, Shadow, SITE, THREAD } from './shadow.js';
import { indivisible, type SiteDeed, SiteDeeds } from './site-deeds.js';

/** One access to memory, as a finding tells of it. */
export interface Access {
  /** Number of the step since power-on */
  step: number;
  /** Text address of the instruction */
  site: number;
  context: number;
  process: string;
  write: boolean;
  /** Locks that it held */
  locks: LockSet;
}

/**
 * Two accesses to the same memory by different processes that nothing orders and nothing keeps apart, at
 * least one of which writes.
 */
export interface Race {
  /** Virtual address by which the second one came */
  address: number;
  first: Access;
  second: Access;
  /** How often this pair of instructions raced */
  times: number;
}

/** Stands in a set of locks for interrupts that are off: no lock lies there. */
export const NO_INTERRUPTS = 0;

/**
 * A write of so many bytes makes a page anew, or gives it to a program: its contents are no data of the
 * kernel's.
 */
const BULK = 4096;

/**
 * Data races by happens-before: vector clocks of processes (order.ts), and for each word the last write and
 * the last reads with their epochs. C. Flanagan, S. Freund, "FastTrack: efficient and precise dynamic race
 * detection" (PLDI 2009). Deviations: two accesses that held a lock in common do not race even where it gives
 * no order (sched_lock; interrupts off, on a single processor); two instructions that read and write at once
 * do not race with each other. Memory that is freed and allocated again needs no reset: the allocator's lock
 * orders its two lives. A process that takes the place of a dead one goes on with its clock.
 */
export class HappensBefore implements Onlooker, Stepper {
  readonly classes = ['KTR_LOCK', 'KTR_MTX', 'KTR_SPIN', 'KTR_PROC'];
  readonly order: Order;
  private readonly deeds: SiteDeeds;
  private readonly shadow = new Shadow();
  private readonly found = new Map<string, Race>();
  private readonly base: number;
  private readonly kernbase: number;
  /** The end of a scenario's threads: counted down by one instruction, so it is synchronisation */
  private readonly counter: number;
  private readonly alone: boolean;

  // The access that is being looked at.
  private me!: Thread;
  private deed!: SiteDeed;
  private writes = false;
  private locks!: LockSet;
  private site = 0;
  private at = 0;
  private address = 0;
  private readonly each = (cell: Cell): void => (this.writes ? this.write(cell) : this.read(cell));

  constructor(
    private readonly system: System,
    /** To be had from the detector of the try before: what they know of the kernel's text stays true */
    deeds?: SiteDeeds,
  ) {
    const { symbols, machine } = system;
    this.order = new Order(system);
    this.deeds = deeds ?? new SiteDeeds(system);
    this.base = machine.steps.number;
    this.kernbase = symbols.constant('KERNBASE') >>> 0;
    this.counter = symbols.has('scenario_left') ? symbols.address('scenario_left') : 0;
    this.alone = machine.cpus.length === 1;
  }

  /** Races so far, each pair of instructions once, in the order in which they were seen. */
  get races(): Race[] {
    return [...this.found.values()];
  }

  happened(kind: number, object: number, arg: number, view: MachineView): void {
    this.order.happened(kind, object, arg, view);
  }

  step(view: StepView): boolean {
    const { address, site, bytes } = view;
    if (address >>> 0 < this.kernbase) return false;
    if (address >>> 0 === this.counter) {
      const me = this.order.thread(this.system.machine.cpu.context);
      this.order.synchronised(me, this.physical(address), true);
      return false;
    }
    const deed = this.deeds.at(site);
    if (deed === null || deed.key?.kind === 'cpu') return false;
    this.begin(view, deed);
    if (bytes > 0) {
      if (bytes < BULK) this.copied(view);
      return false;
    }
    if (deed.atomic) this.order.synchronised(this.me, this.physical(address), deed.writes);
    this.writes = deed.writes;
    this.touch(address, deed.site.width);
    return false;
  }

  private begin({ number, site }: StepView, deed: SiteDeed): void {
    const { cpu } = this.system.machine;
    this.me = this.order.thread(cpu.context);
    this.deed = deed;
    this.site = site;
    this.at = number - this.base;
    this.locks = this.me.held;
    if (this.alone && !cpu.interruptsEnabled) this.locks = this.withoutInterrupts(this.locks);
  }

  /** On one processor, whoever runs with interrupts off is kept apart from all that do. */
  private readonly quiet = new Map<number, LockSet>();
  private withoutInterrupts(locks: LockSet): LockSet {
    let set = this.quiet.get(locks.id);
    if (set === undefined) {
      set = this.order.sets.of(new Map([...locks.locks, [NO_INTERRUPTS, 'exclusive']]));
      this.quiet.set(locks.id, set);
    }
    return set;
  }

  private copied({ address, from, bytes }: StepView): void {
    this.writes = true;
    for (let i = 0; i < bytes; i += 4) this.touch(address + i, Math.min(4, bytes - i));
    if (from >>> 0 < this.kernbase) return;
    this.writes = false;
    for (let i = 0; i < bytes; i += 4) this.touch(from + i, Math.min(4, bytes - i));
  }

  private touch(address: number, width: number): void {
    const pa = this.physical(address);
    if (pa < 0) return;
    this.address = address;
    this.shadow.visit(pa, width, this.each);
  }

  /** -1: the access will fault. */
  private physical(address: number): number {
    const { mmu } = this.system.machine;
    const page = mmu.kr[address >>> 12]!;
    if (page >= 0) return page | (address & 4095);
    return mmu.inspect(address).pa;
  }

  private write(cell: Cell): void {
    const { cells, at, key } = cell;
    const me = this.me.index + 1;
    const now = this.me.clock[this.me.index]!;
    const read = cells[at + READ]!;
    if (cells[at] !== me || cells[at + CLOCK] !== now || read !== 0) {
      this.check(cells, at, true);
      if (read === MANY) {
        const readers = this.shadow.readers.get(key)!;
        for (let r = 0; r < readers.length; r += READ) this.check(readers, r, false);
        this.shadow.readers.delete(key);
      } else this.check(cells, at + READ, false);
      cells[at + READ] = 0;
      cells[at] = me;
      cells[at + CLOCK] = now;
    }
    cells[at + SITE] = this.site;
    cells[at + LOCKS] = this.locks.id;
    cells[at + AT] = this.at;
  }

  private read(cell: Cell): void {
    const { cells, at, key } = cell;
    const me = this.me.index + 1;
    const { clock } = this.me;
    const now = clock[me - 1]!;
    const r = at + READ;
    const before = cells[r]!;
    if (before !== me || cells[r + CLOCK] !== now) {
      this.check(cells, at, true);
      if (before === MANY) {
        this.readAmongMany(this.shadow.readers.get(key)!, me, now);
        return;
      }
      if (before !== 0 && before !== me && (clock[before - 1] ?? 0) < cells[r + CLOCK]!) {
        const readers = [...cells.subarray(r, r + READ)];
        this.shadow.readers.set(key, readers);
        cells[r] = MANY;
        this.readAmongMany(readers, me, now);
        return;
      }
      cells[r] = me;
      cells[r + CLOCK] = now;
    }
    cells[r + SITE] = this.site;
    cells[r + LOCKS] = this.locks.id;
    cells[r + AT] = this.at;
  }

  private readAmongMany(readers: number[], me: number, now: number): void {
    let r = 0;
    while (r < readers.length && readers[r] !== me) r += READ;
    readers[r] = me;
    readers[r + CLOCK] = now;
    readers[r + SITE] = this.site;
    readers[r + LOCKS] = this.locks.id;
    readers[r + AT] = this.at;
  }

  /** Does what is at hand race with the access that a row of a cell holds? */
  private check(rows: Int32Array | number[], at: number, write: boolean): void {
    const thread = rows[at + THREAD]!;
    if (thread <= 0 || thread === this.me.index + 1) return;
    if ((this.me.clock[thread - 1] ?? 0) >= rows[at + CLOCK]!) return;
    const locks = this.order.sets.get(rows[at + LOCKS]!);
    if (exclude(locks, this.locks)) return;
    const site = rows[at + SITE]!;
    const other = this.deeds.at(site);
    if (other === null || indivisible(other, this.deed)) return;
    const { index } = this.me;
    const pair = `${site} ${write ? 'w' : 'r'} ${this.site} ${this.writes ? 'w' : 'r'}`;
    const before = this.found.get(pair);
    if (before !== undefined) {
      before.times++;
      return;
    }
    const first = this.access(thread - 1, site, write, locks, rows[at + AT]!);
    const second = this.access(index, this.site, this.writes, this.locks, this.at);
    this.found.set(pair, { address: this.address >>> 0, first, second, times: 1 });
  }

  private access(index: number, site: number, write: boolean, locks: LockSet, at: number): Access {
    const { context } = this.order.threads[index]!;
    const process = commandAt(this.system.memory, context);
    return { step: this.base + at, site: site >>> 0, context, process, write, locks };
  }
}
