import { InternalError, R_ESP, type Snapshot, type StepView } from '@trap12/machine';
import { processName } from '@trap12/kernel';
import {
  type Back,
  checkNeeds,
  type Execution,
  GivenUp,
  type Judge,
  NEED,
  type Need,
  type Outside,
  type Past,
  type PastEvent,
  type PastHistory,
  type Sought,
  stopRegisters,
  walkFrom,
  type Watchpoint,
  type WayBack,
  type Which,
  type Written,
} from '@trap12/target';
import { LastStep } from './accesses.js';
import { type Change, type Course, Courses, commonStep, type Kept, type Place, same } from './courses.js';
import { EventLog } from './event-log.js';
import { Follower, handlersAround } from './follower.js';
import { LineSearch } from './lines.js';
import type { Ending, Runnable } from './run.js';
import { alike, type Found, Located, StoreSpy } from './stores.js';
import type { System } from './system.js';

/** Bytes of snapshots that a history keeps, by default. */
export const HISTORY_BYTES = 512 << 20;
/** Steps between two snapshots at first; twice as many each time that there are too many. */
const FIRST_INTERVAL = 50_000;
/** Steps before a place that was come back to, where a snapshot is kept. */
const NEAR = 10_000;

/** Snapshots in a stretch that is searched for stores, at most: the way there is as long as it is. */
const STRETCH = 16;

/** Snapshots from which the machine goes on as if it had been put back. */
const REHEARSALS = 8;

/** Told of each step on the way through the past; true: that is far enough. */
type Onlooker = (view: StepView) => unknown;
/** Tells of a place that was found; undefined: what was told before is none. */
type Note = (step: number | undefined) => void;

const BACK: readonly Back[] = ['step', 'until', 'call', 'continue', 'line'];
const HOW: Need = { is: (value) => BACK.includes(value as Back), text: BACK.join(', ') };

/**
 * A way through the past that can be left in between: whoever leaves it (return()) has the machine stand
 * where it stood.
 */
export type Way<T> = Generator<undefined, T, undefined>;
/** Virtual time between two places where a way can be left. */
const TURN_NS = 2e6;

/**
 * The past of a machine with a kernel in its checked form: snapshots of it, and what came from outside in
 * between. Any step can be come back to, by going through the steps from the snapshot before it once more.
 */
export class History implements Past, Runnable {
  private readonly courses = new Courses();
  /** How many of the changes lie behind */
  private done = 0;
  private interval = FIRST_INTERVAL;
  private rehearsals = REHEARSALS;
  private place: Place = { untilNs: 0 };
  /** The step before which it is to stand, on the way through the past */
  private goal = 0;
  /** Who is told of stores on the way through the past */
  private spy: StoreSpy | undefined;
  private readonly follower: Follower;
  private readonly execution: Execution;
  givesUp = (_step: number): boolean => false;

  /** @throws RangeError if the kernel is not in its checked form, or that is no machine of ours */
  constructor(
    private readonly system: System,
    private readonly most = HISTORY_BYTES,
  ) {
    checkNeeds('History', { system, most }, { system: NEED.system, most: NEED.count });
    const { execution } = system.target;
    if (execution === undefined) throw new RangeError('only a kernel in its checked form has steps');
    this.execution = execution;
    this.follower = new Follower(system);
    system.machine.run(0);
    this.keep();
    execution.past = this;
  }

  /**
   * Does once what will be done in between: the host's compiler is not to learn that a machine is never put
   * back and never watched. What it would have to unlearn later took seconds.
   */
  private rehearse(snapshot: Snapshot): void {
    const { machine } = this.system;
    machine.watchStores({ watches: () => false, stores: () => undefined });
    machine.watchStores(null);
    machine.restore(snapshot);
  }

  private get kept(): readonly Kept[] {
    return this.courses.current.kept;
  }

  private get changes(): readonly Change[] {
    return this.courses.current.changes;
  }

  get step(): number {
    return this.system.machine.steps.number;
  }

  get end(): number {
    return Math.max(this.courses.current.farthest.step, this.step);
  }

  /** Virtual time, ns since power-on. */
  now(): number {
    return this.system.machine.now();
  }

  /**
   * As Machine.run(), but what came from outside comes again where it came, and snapshots are taken on the
   * way.
   */
  run(untilNs: number, untilPoll = Number.POSITIVE_INFINITY): Ending {
    for (;;) {
      const next = this.changes[this.done];
      const why = this.runTo(next?.place, untilNs, untilPoll);
      if (next !== undefined && same(this.place, next.place)) {
        this.apply(next);
        // It was made while the machine stood: going on takes the step.
        if (this.step + 1 === this.goal) return 'step';
        continue;
      }
      if (why === 'time' && this.step - (this.kept.at(-1)?.step ?? 0) >= this.interval) {
        const snapshot = this.system.machine.save();
        this.keep(snapshot);
        if (this.rehearsals-- > 0) this.rehearse(snapshot);
      }
      if (why === 'time' && this.system.machine.now() < untilNs)
        throw new InternalError('a change from outside did not come again where it was made');
      return why;
    }
  }

  /** Runs to the next change or as far as asked, and notes how that ended. */
  private runTo(next: Place | undefined, untilNs: number, untilPoll: number): Ending {
    const { machine } = this.system;
    const to = next !== undefined && 'untilNs' in next ? Math.min(next.untilNs, untilNs) : untilNs;
    const poll = next !== undefined && 'untilPoll' in next ? Math.min(next.untilPoll, untilPoll) : untilPoll;
    machine.steps.standAt(next !== undefined && 'step' in next ? next.step + 1 : 0);
    const why = machine.run(to, poll);
    machine.steps.standAt(0);
    this.arrived(why);
    if (why === 'time') this.place = { untilNs: to };
    else if (why === 'step' && machine.step.polls >= poll) this.place = { untilPoll: poll };
    else this.place = { step: this.step };
    return why;
  }

  private apply({ what }: Change): void {
    const { machine } = this.system;
    if (typeof what === 'string') machine.type(what);
    else if (this.spy !== undefined) this.spy.debugged(() => machine.restore(what));
    else machine.restore(what);
    this.done++;
  }

  /** Goes a way to its end. @throws GivenUp */
  private atOnce<T>(way: Way<T>): T {
    for (;;) {
      const { done, value } = way.next();
      if (done === true) return value;
      if (!this.givesUp(this.step)) continue;
      way.return(undefined as T);
      throw new GivenUp();
    }
  }

  /** Notes how far it has been. */
  private arrived(why: Ending): void {
    const { step } = this;
    const { current } = this.courses;
    const nowNs = this.now();
    if (step > current.farthest.step || (step === current.farthest.step && nowNs >= current.farthest.nowNs))
      current.farthest = { step, nowNs, why };
  }

  /** Types at the machine's console. In the past that makes another history. */
  type(text: string): void {
    checkNeeds('type', { text }, { text: NEED.text });
    this.note({ typed: text }, text);
    this.system.machine.type(text);
  }

  changed(by: Outside): void {
    const what = this.system.machine.save();
    this.note(by, what);
    this.keep(what);
  }

  private note(by: Outside, what: string | Snapshot): void {
    const { place, step } = this;
    this.done = this.courses.note({ place, step, nowNs: this.now(), by, what }, this.done);
  }

  get history(): number {
    return this.courses.current.number;
  }

  get histories(): readonly PastHistory[] {
    return this.courses.list();
  }

  /** Keeps the machine as it is. */
  private keep(snapshot = this.system.machine.save()): void {
    const { step, done } = this;
    const times = this.courses.keep({ step, nowNs: this.now(), snapshot, changes: done }, this.most);
    this.interval *= 2 ** times;
  }

  /** The latest snapshot from which a step is still to come. */
  private before(step: number): Kept | undefined {
    return this.kept.findLast((k) => k.step < step);
  }

  /**
   * Goes from a snapshot through the steps up to `end` once more, and stands before that.
   * @param makeOnlooker called where it begins; what it gives is told of each step, `end` too
   * @param atLeastNs goes on behind the last step, as far as the next one, until that time
   */
  private *through(
    from: Kept,
    end: number,
    makeOnlooker: () => Onlooker | undefined,
    atLeastNs = 0,
  ): Way<void> {
    const { machine } = this.system;
    this.recall(from);
    const onlooker = makeOnlooker();
    let enough = false;
    const stepper = {
      programs: true,
      step: (view: StepView): boolean => {
        enough = onlooker?.(view) === true;
        return enough || view.number >= end;
      },
    };
    machine.steps.askFrom(stepper, onlooker === undefined ? end : 0);
    const { farthest } = this.courses.current;
    const { onOutput } = machine.console;
    // It has been printed before.
    machine.console.onOutput = () => undefined;
    this.goal = end;
    try {
      // A stop of the kernel's that it went on from is no end.
      while (this.step < end - 1 || machine.now() < atLeastNs) {
        const left = this.step < end - 1 ? Number.POSITIVE_INFINITY : atLeastNs;
        const why = this.run(Math.min(machine.now() + TURN_NS, left));
        if (why === 'halt' || why === 'reboot' || enough || (why === 'step' && this.step === end - 1)) break;
        if (why === 'time') yield;
      }
    } finally {
      machine.console.onOutput = onOutput;
      this.goal = 0;
      this.courses.current.farthest = farthest;
      this.execution.askAgain();
    }
  }

  goTo(step: number, history = this.history): boolean {
    checkNeeds('goTo', { step, history }, { step: NEED.whole, history: NEED.whole });
    const to = this.courses.find(history);
    if (to === undefined) return false;
    return this.atOnce(history === this.history ? this.goingTo(step) : this.goingOver(to, step));
  }

  common(history: number): number {
    checkNeeds('common', { history }, { history: NEED.whole });
    const other = this.courses.find(history);
    return other === undefined ? 0 : commonStep(this.courses.current, other);
  }

  goToHistory(history: number): boolean {
    checkNeeds('goToHistory', { history }, { history: NEED.whole });
    const to = this.courses.find(history);
    return to !== undefined && this.atOnce(this.goingOver(to));
  }

  /** Goes over to a history, to a step or to its end. */
  private *goingOver(to: Course, step?: number): Way<boolean> {
    const here = this.here();
    const mine = this.courses.current;
    this.courses.enter(to);
    let there = false;
    try {
      if (step === undefined) yield* this.comingToEnd();
      there = step === undefined || (yield* this.goingTo(step));
    } finally {
      if (!there) {
        this.courses.enter(mine);
        this.comeBack(here);
      }
    }
    return there;
  }

  /** To where this history ends; before its last step, if a machine is off there. */
  private *comingToEnd(): Way<void> {
    const { step, nowNs, why } = this.courses.current.farthest;
    const off = why === 'halt' || why === 'reboot';
    yield* this.comingTo(off ? step : step + 1, this.before(step + 1)!);
    // Without a step it may have gone on for some time.
    if (!off && this.now() < nowNs) yield* this.through(this.here(), step + 1, () => undefined, nowNs);
  }

  goToTime(nowNs: number): boolean {
    checkNeeds('goToTime', { nowNs }, { nowNs: NEED.count });
    return this.atOnce(this.goingToTime(nowNs));
  }

  private *goingToTime(nowNs: number): Way<boolean> {
    const { machine } = this.system;
    const here = this.here();
    const from = this.kept.findLast((k) => k.nowNs <= nowNs) ?? this.kept[0]!;
    let there = false;
    const look = (): Onlooker => () => {
      there ||= machine.now() >= nowNs;
      return there;
    };
    try {
      yield* this.through(from, this.end + 1, look);
    } finally {
      if (!there) this.comeBack(here);
    }
    return there;
  }

  /** goTo(), as a way. */
  *goingTo(step: number): Way<boolean> {
    const from = this.before(step);
    if (from === undefined || step < 1 || step > this.end + 1) return false;
    const here = this.here();
    let there = false;
    try {
      yield* this.comingTo(step, from);
      there = true;
    } finally {
      if (!there) this.comeBack(here);
    }
    return true;
  }

  /** From the snapshot before a step, to that. */
  private *comingTo(step: number, before: Kept): Way<void> {
    let from = before;
    if (step - from.step > 2 * NEAR) {
      // The next ways back, which are short as a rule, begin here.
      yield* this.through(from, step - NEAR, () => undefined);
      this.keep();
      from = this.before(step) as Kept;
    }
    yield* this.through(from, step, () => undefined);
  }

  back(how: Back, count = 1): boolean {
    checkNeeds('back', { how, count }, { how: HOW, count: NEED.whole });
    return this.atOnce(this.goingBack(how, count));
  }

  /** back(), as a way. */
  *goingBack(how: Back, count = 1): Way<boolean> {
    const here = count > 1 ? this.here() : undefined;
    let went = false;
    let isOver = false;
    try {
      for (let i = 0; i < count; i++) {
        const found = yield* this.lastStop(how);
        if (found === undefined) break;
        went = yield* this.goingTo(found);
      }
      isOver = true;
    } finally {
      // Left on the way, where it has come back to some places already.
      if (!isOver && here !== undefined) this.comeBack(here);
    }
    return went;
  }

  backTo(makeJudge: () => Judge): WayBack {
    const way = this.goingBackTo(makeJudge);
    return {
      next: () => {
        const { done, value } = way.next();
        return done === true ? value : undefined;
      },
      giveUp: () => {
        way.return(false);
      },
    };
  }

  private *goingBackTo(makeJudge: () => Judge): Way<boolean> {
    const found = yield* this.search((note) => {
      const judge = makeJudge();
      return (view) => {
        const step = judge(view);
        if (step !== undefined) note(step);
      };
    });
    return found !== undefined && (yield* this.goingTo(found));
  }

  /** The last step before this one where the machine is to stand. */
  private *lastStop(how: Back): Way<number | undefined> {
    const { machine, memory } = this.system;
    const { context } = machine.cpu;
    const inside = handlersAround(memory);
    const program = machine.program !== null && how !== 'step' && how !== 'until';
    const follow = (): void => this.follower.follow(context, { inside, program });
    // Of a kernel that has stopped in the debugger: the function in which it died.
    const { ebp } = stopRegisters(memory);
    const lines = how === 'line' ? new LineSearch(this.system, this.follower, ebp) : undefined;
    return yield* this.search((found, end) => {
      if (how === 'continue') return this.stops(found, end);
      follow();
      return lines === undefined
        ? this.ownSteps(found, end, how, ebp)
        : this.ownLines(lines.pass(found), end);
    });
  }

  private ownLines(pass: Onlooker, end: number): Onlooker {
    return (view) => {
      if (view.number < end && this.follower.own(view)) pass(view);
    };
  }

  private stops(found: Note, end: number): Onlooker {
    const { execution } = this;
    const watch = execution.watcher();
    return (view) => {
      // Before the store, not behind it.
      const change = watch(view);
      if (change !== undefined) found(change.after ?? view.number - 1);
      if (view.number < end && execution.breaksAt(view)) found(view.number);
    };
  }

  private ownSteps(found: Note, end: number, how: Back, ebp: number): Onlooker {
    const { follower } = this;
    const { reg } = this.system.machine;
    return (view) => {
      const { number } = view;
      if (number >= end || !follower.own(view)) return;
      const called = follower.begins(view);
      // Where a function is called the caller's frame is still the innermost: what it pushes lies between.
      const calls = called && reg[R_ESP]! >>> 0 > ebp;
      if (how === 'step' || (how === 'until' ? called || follower.returned : calls)) found(number);
    };
  }

  /**
   * Goes back from snapshot to snapshot until an onlooker has found a step; then the machine stands where it
   * stood.
   * @param look called for each stretch with the step before which the machine stands now: that one and what
   * comes are not to be found. A stretch goes up to the step before which its end stood, for the one behind
   * may not have been told of it.
   */
  private *search(look: (found: Note, here: number) => Onlooker): Way<number | undefined> {
    const here = this.here();
    let found: number | undefined;
    const note: Note = (step) => {
      if (step === undefined || (step > 0 && step <= here.step)) found = step;
    };
    let end = here.step + 1;
    try {
      for (
        let from = this.before(end);
        from !== undefined && found === undefined;
        from = this.before(from.step)
      ) {
        yield* this.through(from, end, () => look(note, here.step + 1));
        yield;
        end = from.step + 1;
      }
    } finally {
      this.comeBack(here);
    }
    return found;
  }

  /** The machine as it stands, to be put back by comeBack(). */
  private here(): Kept & { place: Place } {
    const { place } = this;
    const snapshot = this.system.machine.save();
    return { step: this.step, nowNs: this.now(), snapshot, bytes: 0, changes: this.done, place };
  }

  private comeBack(here: ReturnType<History['here']>): void {
    this.recall(here);
    this.place = here.place;
    this.execution.askAgain();
  }

  write(which: Which, sought: Sought): Written | undefined {
    return this.atOnce(which === 'next' ? this.nextStore(sought) : this.storeBefore(which, sought));
  }

  /** The last store before here, or the first since the memory is mapped where it is. */
  private *storeBefore(which: 'last' | 'first', sought: Sought): Way<Written | undefined> {
    const here = this.here();
    let place = Located.of(this.system, sought);
    let answer: Found | undefined;
    let end: Kept = here;
    let longest = 1;
    try {
      for (
        let stretch = this.touched(end, place, longest);
        stretch !== undefined;
        stretch = this.touched(end, place, longest)
      ) {
        const { from, to } = stretch;
        const spy = new StoreSpy(this.system, place, sought);
        yield* this.spied(from, to, spy);
        const found = spy[which];
        if (which === 'last' && found?.mapping === true && alike(found.old, found.now)) {
          // Where it lay before it held the same: that is gone on with.
          yield* this.through(this.before(found.step)!, found.step, () => undefined);
          place = place.again();
          end = { ...from, step: this.step, nowNs: this.now(), snapshot: this.system.machine.save() };
          continue;
        }
        if (found !== undefined) answer = found;
        if (spy.moved && which === 'first' && !alike(spy.last!.old, spy.last!.now)) answer ??= spy.last;
        if (spy.moved || (which === 'last' && found !== undefined)) break;
        end = from;
        longest = Math.min(2 * longest, STRETCH);
        yield;
      }
      return answer && (yield* this.described(this.before(answer.step)!, answer));
    } finally {
      this.comeBack(here);
    }
  }

  /**
   * The last stretch before `end` in which a place may have been stored to.
   * @param longest in snapshots: each that begins a stretch is to be put back first
   */
  private touched(end: Kept, place: Located, longest: number): { from: Kept; to: Kept } | undefined {
    const before = this.kept.filter((k) => k !== end && k.step <= end.step && k.nowNs <= end.nowNs);
    let to = end;
    let from = before.pop();
    while (from !== undefined && place.untouched(from.snapshot, to.snapshot))
      [to, from] = [from, before.pop()];
    if (from === undefined) return undefined;
    for (let length = 1; length < longest; length++) {
      const earlier = before.at(-1);
      if (earlier === undefined || place.untouched(earlier.snapshot, from.snapshot)) break;
      from = before.pop()!;
    }
    return { from, to };
  }

  private *nextStore(sought: Sought): Way<Written | undefined> {
    const here = this.here();
    const place = Located.of(this.system, sought);
    const { end } = this;
    const last: Kept = { ...here, step: end, nowNs: 0 };
    const ways = [here, ...this.kept.filter((k) => k.step > here.step), last];
    try {
      for (let i = 0; i + 1 < ways.length; i++) {
        const [from, to] = [ways[i]!, ways[i + 1]!];
        if (to !== last && place.untouched(from.snapshot, to.snapshot)) continue;
        const spy = new StoreSpy(this.system, place, sought);
        yield* this.spied(from, to, spy);
        if (spy.earliest !== undefined) return yield* this.described(from, spy.earliest);
        yield;
      }
    } finally {
      this.comeBack(here);
    }
    return undefined;
  }

  nextRead(address: number, bytes: number): Written | undefined {
    return this.atOnce(this.readAfter({ address: address >>> 0, bytes }));
  }

  private *readAfter(area: Watchpoint): Way<Written | undefined> {
    const here = this.here();
    const { machine } = this.system;
    let found: Found | undefined;
    const nothing = new Uint8Array(0);
    const look = (): Onlooker => {
      const last = new LastStep(this.system);
      let before = { context: machine.cpu.context, nowNs: machine.now() };
      return (view) => {
        if (last.accesses(area, false)) {
          const { program, site } = last;
          const by = program === undefined ? 'kernel' : 'program';
          const { symbols } = program ?? this.system;
          found = {
            ...{ ...before, step: view.number - 1, site, by, symbols },
            ...{ mapping: false, old: nothing, now: nothing },
          };
        }
        last.step(view);
        before = { context: machine.cpu.context, nowNs: machine.now() };
        return found !== undefined;
      };
    };
    try {
      yield* this.through(here, this.end + 1, look);
      if (found === undefined) return undefined;
      const read = yield* this.described(here, found);
      const contents = Located.of(this.system, area).contents();
      return { ...read, old: contents, now: contents };
    } finally {
      this.comeBack(here);
    }
  }

  events(from: number, to: number): PastEvent[] {
    if (from < 1 || to < from || to > this.end + 1)
      throw new RangeError(`steps ${from} to ${to}: accepted: 1 to ${this.end + 1}, in order`);
    return this.atOnce(this.eventsBetween(from, to));
  }

  /**
   * The kernel's trace points are asked with steps of their own, so that stretch is gone through twice: as it
   * was, and with them; what comes between the steps that were is theirs.
   */
  private *eventsBetween(from: number, to: number): Way<PastEvent[]> {
    const here = this.here();
    const log = new EventLog(this.system);
    const { interval } = this;
    // With trace points it is no machine to be come back to.
    this.interval = Number.POSITIVE_INFINITY;
    try {
      yield* this.comingTo(from, this.before(from)!);
      const start = this.here();
      const next = this.changes.slice(this.done).find(({ place }) => 'step' in place && place.step < to);
      // What came from outside at a step comes at the same number, which with trace points is another's.
      const end = next !== undefined && 'step' in next.place ? Math.max(from, next.place.step) : to;
      yield* this.through(start, end, () => log.plain(start.step));
      yield* this.through(start, Number.MAX_SAFE_INTEGER, () => log.traced());
    } finally {
      log.close();
      this.interval = interval;
      this.comeBack(here);
    }
    return log.events;
  }

  /** Goes from one place through the steps to another, with the stores told to a spy. */
  private *spied(from: Kept, to: Kept, spy: StoreSpy): Way<void> {
    const { machine } = this.system;
    const end = to.step + 1;
    const spying = (): undefined => {
      machine.watchStores(spy);
      this.spy = spy;
    };
    try {
      yield* this.through(from, end, spying, to.nowNs);
      spy.settle();
    } finally {
      machine.watchStores(null);
      this.spy = undefined;
    }
  }

  /** What is known of a store when the machine stands before the step that made it. */
  private *described(from: Kept, found: Found): Way<Written> {
    const { machine, memory } = this.system;
    yield* this.through(from, found.step, () => undefined);
    const { old, now, nowNs, step, mapping } = found;
    const site = found.site === 0 ? undefined : found.symbols?.site(found.site);
    const copies = found.by === 'kernel' && (site === undefined || site.kind === 'other');
    return {
      ...{ old, now, nowNs, step, mapping, site },
      by: copies ? 'copy' : found.by,
      process: processName(memory, found.context),
      trace: machine.steps.standing === undefined ? [] : [...walkFrom(memory, stopRegisters(memory))],
    };
  }

  private recall({ snapshot, changes }: Kept): void {
    this.system.machine.restore(snapshot);
    this.done = changes;
  }
}
