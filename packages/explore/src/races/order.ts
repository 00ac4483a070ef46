import type { MachineView } from '@trap12/machine';
import type { System } from '@trap12/system';
import { kernelConstants } from '@trap12/target';
import { heldLocks, heldSpinLocks, ifMapped } from '../processes.js';
import { type Clock, join, type LockSet, LockSets } from './clocks.js';

/** A process, as what it does is ordered with what others do. */
export interface Thread {
  readonly index: number;
  readonly context: number;
  readonly clock: Clock;
  held: LockSet;
  /** Of locks that may be held more than once */
  readonly counts: Map<number, number>;
  /** Channel that it sleeps on; 0: none */
  asleep: number;
  /** That channel has been woken since */
  woken: boolean;
  /** It has had the processor since it was made */
  hasRun: boolean;
  /** It is about to leave it for good */
  ending: boolean;
}

interface LockClocks {
  /** What those knew who gave it back after an exclusive hold, and after a shared one */
  exclusive: Clock;
  shared: Clock;
}

const K = kernelConstants(
  'HW_ACQUIRED',
  'HW_EXCLUSIVE',
  'HW_EXIT',
  'HW_FORK',
  'HW_MTX',
  'HW_RELEASED',
  'HW_SLEEP',
  'HW_SPIN',
  'HW_SWITCH',
  'HW_WAKEUP',
  'LO_QUIET',
);

/**
 * What happens before what, as the kernel's own synchronisation says: a lock given back before it is taken (a
 * shared hold after exclusive ones only), a wakeup before the return of those who slept there, a fork before
 * the child's first turn, an end before the look of whoever waited for it (its parent, from the moment at
 * which it leaves the processor). That the processor goes from one process to another orders nothing.
 * sched_lock goes with it, so it orders nothing either: it only keeps those apart who hold it.
 */
export class Order {
  readonly sets = new LockSets();
  /** What kind of lock each one is: HW_MTX, HW_SPIN, HW_SX, HW_LOCKMGR */
  readonly kinds = new Map<number, number>();
  readonly threads: Thread[] = [];
  private readonly byContext = new Map<number, Thread>();
  private readonly locks = new Map<number, LockClocks>();
  /** Who has taken each lock exclusively, as the last one */
  private readonly owners = new Map<number, Thread>();
  private readonly interlocks = new Map<number, boolean>();
  private readonly words = new Map<number, Clock>();
  /**
   * What those knew who gave sched_lock back: for a process that somebody made able to run without a wakeup.
   */
  private readonly switches: Clock = [];
  /** sched_lock */
  readonly passing: number;
  private readonly k: ReturnType<typeof K>;

  constructor(private readonly system: System) {
    this.k = K(system);
    this.passing = system.symbols.address('sched_lock') | 0;
  }

  happened(kind: number, object: number, arg: number, { context }: MachineView): void {
    const { k } = this;
    const me = this.thread(context, object);
    if ((kind === k.HW_ACQUIRED || kind === k.HW_RELEASED) && this.isInterlock(object, arg)) return;
    if (kind === k.HW_ACQUIRED) this.acquired(me, object, arg);
    else if (kind === k.HW_RELEASED) this.released(me, object, (arg & k.HW_EXCLUSIVE) !== 0);
    else if (kind === k.HW_SLEEP) {
      me.asleep = object;
      me.woken = false;
    } else if (kind === k.HW_WAKEUP) this.wakes(me, object);
    else if (kind === k.HW_FORK) this.forked(this.thread(object), this.thread(arg));
    else if (kind === k.HW_SWITCH) this.switched(this.thread(object), this.thread(arg));
    else if (kind === k.HW_EXIT) me.ending = true;
  }

  /**
   * A spin mutex inside an sx or lockmgr lock: that two came by there is no order, what the lock around it
   * says is.
   */
  private isInterlock(lock: number, arg: number): boolean {
    const { HW_EXCLUSIVE, HW_SPIN, LO_QUIET } = this.k;
    if ((arg & ~HW_EXCLUSIVE) !== HW_SPIN) return false;
    let is = this.interlocks.get(lock);
    if (is === undefined) {
      const flags = ifMapped(() => this.system.memory.field('lock_object', lock, 'lo_flags')) ?? 0;
      is = (flags & LO_QUIET) !== 0;
      this.interlocks.set(lock, is);
    }
    return is;
  }

  /**
   * The process at an address. One that is met for the first time may have taken locks before anybody looked:
   * it has those that WITNESS knows of (lockmgr's are none of them).
   * @param event lock that it takes or gives back at this moment, which is told apart
   */
  thread(context: number, event = 0): Thread {
    let thread = this.byContext.get(context);
    if (thread === undefined) {
      const index = this.threads.length;
      const clock = new Array<number>(index + 1).fill(0);
      clock[index] = 1;
      const counts = new Map<number, number>();
      thread = {
        index,
        context,
        clock,
        held: this.sets.none,
        counts,
        asleep: 0,
        woken: false,
        hasRun: false,
        ending: false,
      };
      this.threads.push(thread);
      this.byContext.set(context, thread);
      this.takeBefore(thread, event);
    }
    return thread;
  }

  private takeBefore(thread: Thread, event: number): void {
    const { memory } = this.system;
    const { HW_MTX, HW_SPIN } = this.k;
    for (const { lock, exclusive, count } of heldLocks(memory, thread.context)) {
      if (lock === event) continue;
      if (!this.kinds.has(lock)) this.kinds.set(lock, HW_MTX);
      // That its owner has taken a mutex again, and gives it back once, nobody is told.
      thread.counts.set(lock, exclusive ? 1 : count);
      this.hold(thread, lock, exclusive ? 'exclusive' : 'shared');
    }
    for (const { lock } of heldSpinLocks(this.system, thread.context)) {
      if (lock === event || this.isInterlock(lock, HW_SPIN)) continue;
      if (!this.kinds.has(lock)) this.kinds.set(lock, HW_SPIN);
      thread.counts.set(lock, 1);
      this.hold(thread, lock, 'exclusive');
    }
  }

  /**
   * An access to a word that is for synchronisation: what comes after it is after all that came before it
   * there.
   */
  synchronised(me: Thread, word: number, writes: boolean): void {
    let clock = this.words.get(word);
    join(me.clock, clock);
    if (!writes) return;
    if (clock === undefined) {
      clock = [];
      this.words.set(word, clock);
    }
    join(clock, me.clock);
    this.tick(me);
  }

  private acquired(me: Thread, lock: number, arg: number): void {
    const exclusive = (arg & this.k.HW_EXCLUSIVE) !== 0;
    this.kinds.set(lock, arg & ~this.k.HW_EXCLUSIVE);
    const count = me.counts.get(lock) ?? 0;
    me.counts.set(lock, count + 1);
    if (exclusive && lock !== this.passing) this.own(me, lock);
    if (count === 0 || exclusive) this.hold(me, lock, exclusive ? 'exclusive' : 'shared');
    if (lock === this.passing) return;
    const clocks = this.locks.get(lock);
    if (clocks === undefined) return;
    join(me.clock, clocks.exclusive);
    if (exclusive) join(me.clock, clocks.shared);
  }

  private released(me: Thread, lock: number, exclusive: boolean): void {
    const count = me.counts.get(lock) ?? 0;
    if (count <= 1) {
      me.counts.delete(lock);
      this.letGo(me, lock);
    } else me.counts.set(lock, count - 1);
    if (lock === this.passing) join(this.switches, me.clock);
    else {
      let clocks = this.locks.get(lock);
      if (clocks === undefined) {
        clocks = { exclusive: [], shared: [] };
        this.locks.set(lock, clocks);
      }
      join(exclusive ? clocks.exclusive : clocks.shared, me.clock);
    }
    this.tick(me);
  }

  /** Whoever had a lock that somebody else takes has it no more: it was destroyed, and made anew there. */
  private own(me: Thread, lock: number): void {
    const before = this.owners.get(lock);
    if (before !== undefined && before !== me) {
      before.counts.delete(lock);
      this.letGo(before, lock);
    }
    this.owners.set(lock, me);
  }

  private hold(me: Thread, lock: number, how: 'exclusive' | 'shared'): void {
    const locks = new Map(me.held.locks);
    locks.delete(lock);
    me.held = this.sets.of(locks.set(lock, how));
  }

  private letGo(me: Thread, lock: number): void {
    if (!me.held.locks.has(lock)) return;
    const locks = new Map(me.held.locks);
    locks.delete(lock);
    me.held = this.sets.of(locks);
  }

  /** Whoever sleeps there may be woken by this or by a later one: all of them count, until it runs. */
  private wakes(me: Thread, channel: number): void {
    for (const other of this.threads) {
      if (other.asleep !== channel) continue;
      join(other.clock, me.clock);
      other.woken = true;
    }
    this.tick(me);
  }

  private forked(child: Thread, parent: Thread): void {
    child.hasRun = false;
    child.ending = false;
    join(child.clock, parent.clock);
    // Its place was another process's before: that one's accesses are not its own.
    this.tick(child);
    this.tick(parent);
  }

  private switched(next: Thread, last: Thread): void {
    join(this.switches, last.clock);
    this.tick(last);
    // Whoever made it able to run did so with sched_lock: some time after the fork; or its time was up, or a
    // signal came.
    if (!next.hasRun || (next.asleep !== 0 && !next.woken)) join(next.clock, this.switches);
    next.hasRun = true;
    if (last.ending) this.ended(last);
    if (next === last) return;
    next.asleep = 0;
    last.counts.delete(this.passing);
    this.letGo(last, this.passing);
    next.counts.set(this.passing, 1);
    this.hold(next, this.passing, 'exclusive');
  }

  /**
   * It has left the processor for the last time: whoever waits for it finds that out, and may use its place
   * again.
   */
  private ended(thread: Thread): void {
    const { memory } = this.system;
    const p = ifMapped(() => memory.field('proc', thread.context, 'p_pptr'));
    const parent = p === undefined ? undefined : this.byContext.get(p | 0);
    if (parent !== undefined) join(parent.clock, thread.clock);
    thread.ending = false;
  }

  private tick({ clock, index }: Thread): void {
    clock[index] = clock[index]! + 1;
  }
}
