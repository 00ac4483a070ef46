import { type Decider, replay } from '@trap12/machine';
import { pidAt } from './processes.js';
import { unlessCut } from './cut.js';
import { type Examined, examine, hasFailed } from './failure.js';
import { Kept } from './kept.js';
import { shorter } from './hold.js';
import type { Beginning, Lab } from './lab.js';
import { LooseReplay, pidOf } from './record.js';
import type { ScheduledChoice } from './schedule.js';
import { boundedPlan, TREES } from './walks/index.js';

/** One try, for others who have made the same lab; a plain record. */
export interface TryTask {
  choices: readonly ScheduledChoice[];
  /** What the lab's tries have been brought near, one after the other: virtual times, ns since power-on */
  near: readonly number[];
  /** Virtual time at which it is over */
  endNs: number;
}

/** What comes of one; plain data. */
export type Tried = Omit<Examined, 'log'>;

/** Others who try, several at the same time. */
export interface TryCrew {
  width: number;
  /** Tries that may last less, in virtual ns, are not worth asking for */
  longNs: number;
  /** @returns undefined: it was given up */
  run(task: TryTask): Promise<Tried | undefined>;
  /** Tells that tries near these will come: who has nothing to do may get ready for them */
  prepare?(task: Pick<TryTask, 'near'>): void;
}

/** Works off tries of one lab, which nobody else may use meanwhile. */
export class TryRunner {
  private near: readonly number[] = [];

  constructor(private readonly lab: Lab) {}

  run({ choices, near, endNs }: TryTask): Tried {
    const { lab } = this;
    if (this.near.some((ns, i) => ns !== near[i])) {
      lab.rewind();
      this.near = [];
    }
    for (const ns of near.slice(this.near.length)) lab.approach(ns);
    this.near = near;
    lab.endNs = endNs;
    const { log: _log, ...plain } = tried(lab, choices);
    return plain;
  }
}

/** A command's run that fails is all known then; that of threads is soon made again. */
const tried = (lab: Lab, choices: readonly ScheduledChoice[]): Examined =>
  examine(lab, new LooseReplay(lab, choices), undefined, lab.threads.length > 0 ? false : 'failed');

export interface ShrinkOptions {
  /** Who tries; without: the lab alone, one after the other. What comes of it is the same. */
  crew?: TryCrew | undefined;
  /** Asked before each try; true ends it where it is */
  stop?(): boolean;
  /** Asked in the middle of a try as well; true gives that up */
  cut?(): boolean;
  /** Lets the host's own events have their turn before each try */
  turn?(): Promise<void>;
  /** Told before each try how many choices are left, and how many tries there were */
  onTry?(choices: number, tries: number): void;
  /** Schedules with fewer interruptions that are tried, at most; 0: none */
  fewerMax?: number;
}

export interface Shrunk {
  /**
   * The smallest failing run that was found. The lab's machine stands anywhere: making a command's run again
   * takes long, and not everybody wants it.
   */
  examined: Examined;
  /** Choices before */
  before: number;
  tries: number;
  /**
   * Proved: without any single one of its choices, and with any hold that is shorter by a digit, the run does
   * not fail in this way before `endNs`. False: it was ended before.
   */
  minimal: boolean;
  /** Virtual time at which tries without the failure were ended, ns since power-on */
  endNs: number;
  /** Proved: no schedule with fewer interruptions fails in this way. False: that is not known. */
  fewest: boolean;
}

const FEWER_MAX = 2000;

/**
 * Makes a failing schedule small: choices are left out, in pieces from halves down to single ones, as long as
 * the run still fails with the same signature; until, with nothing changed in between, every piece of every
 * size has been tried in vain, single ones at last. So what is left cannot lose any one choice. Holds are
 * left out with another one moved on, and made shorter; before anything else the last one is tried alone,
 * where its process comes by that place at about the same time. Of threads, all schedules with fewer
 * interruptions are tried then, if there are not too many. Shrinking it again changes nothing. The lab's
 * tries begin shortly before the first choice that is left, until lab.rewind().
 *
 * A. Zeller, R. Hildebrandt, "Simplifying and isolating failure-inducing input" (TSE 2002). Deviations: what
 * a choice belongs to is a process and a count of its own decisions, so that what follows finds its place
 * after a piece is gone; after each success the run is recorded anew, which drops choices that did not come
 * by any more.
 */
export async function shrink(lab: Lab, found: Examined, options: ShrinkOptions = {}): Promise<Shrunk> {
  const tries = new Tries(lab, found.failure?.signature, options);
  tries.beginBefore(found);
  let current = await lastHoldAlone(lab, found, tries);
  if (current === undefined) {
    // What is replayed loosely may be a little different already; if it is another failure then, nothing can
    // be done.
    tries.prepare();
    current = await tries.first([found.choices], undefined, true);
  }
  const before = found.choices.length;
  const whole = lab.endNs;
  let minimal = false;
  let fewest = false;
  if (current === undefined)
    return { examined: found, before, tries: tries.count, minimal, fewest, endNs: whole };
  tries.beginBefore(current);
  limit(lab, current);
  while (!minimal && !tries.stopped()) {
    const smaller = await onePass(current.choices, tries);
    const next: Examined | undefined =
      smaller ?? (await movedHold(current, tries)) ?? (await shorterHold(lab, current, tries));
    if (next !== undefined) {
      current = next;
      tries.beginBefore(current);
      limit(lab, current);
      continue;
    }
    if (tries.stopped()) break;
    const fewer = await withFewer(lab, current, options.fewerMax ?? FEWER_MAX, tries);
    tries.count += fewer.tries;
    minimal = fewer.run === undefined;
    fewest = fewer.all;
    if (fewer.run !== undefined) current = fewer.run;
  }
  const { endNs } = lab;
  const { choices, attempt } = current;
  // A try may have been given less time than there is.
  const isKnown = lab.threads.length === 0 && attempt.ended !== 'time';
  const examined = isKnown ? current : examine(lab, new LooseReplay(lab, choices));
  lab.endNs = whole;
  return { examined, before, tries: tries.count, minimal, fewest, endNs };
}

type Choices = readonly ScheduledChoice[];

/** Longer lists of choices that are in vain are not remembered: they take room, and rarely come again. */
const KNOWN = 100;

/** Tries on the way to a smaller run. */
class Tries {
  /** So many were made, those left out that others made in vain behind one that was good */
  count = 0;
  private near: number[] = [];
  /** Others have been told to get ready */
  private prepared = false;
  /** A run was given up: nothing more is tried, and nothing is proved */
  private gaveUp = false;
  /** Choices without the failure, and the virtual time up to which that is known of them */
  private readonly vain = new Map<string, number>();

  constructor(
    private readonly lab: Lab,
    private readonly signature: string | undefined,
    private readonly options: ShrinkOptions,
  ) {}

  stopped(): boolean {
    return this.gaveUp || this.options.stop?.() === true;
  }

  /** Whether it is stopped is known only to a host that has its turn. */
  async turn(): Promise<void> {
    await this.options.turn?.();
  }

  /** How many tries at the same time are worth while now. */
  private get width(): number {
    const { crew } = this.options;
    const { endNs, beginNs, startNs } = this.lab;
    if (crew === undefined || endNs - beginNs < crew.longNs) return 1;
    // Who is not ready has to come to where tries begin first.
    const ready = crew.prepare === undefined || this.prepared;
    return ready || endNs - beginNs > (beginNs - startNs) / 2 ? crew.width : 1;
  }

  /**
   * The first run of these choices, in their order, that fails in the same way and is good; undefined: none,
   * or it was stopped.
   * @param always stopped or not
   */
  async first(list: Iterable<Choices>, good: (run: Examined) => boolean = () => true, always = false) {
    const { width } = this;
    for (const some of inGroups(this.notInVain(list), width)) {
      if (!always && this.stopped()) break;
      this.options.onTry?.(some[0]!.length, this.count);
      await this.turn();
      const runs = await this.run(some);
      for (const [i, run] of runs.entries()) this.remember(some[i]!, run);
      const at = runs.findIndex(
        (run) => run !== undefined && run.failure?.signature === this.signature && good(run),
      );
      this.count += at < 0 ? runs.filter((run) => run !== undefined).length : at + 1;
      if (at >= 0) return runs[at];
    }
    return undefined;
  }

  /** Those of which it is not known yet that they are in vain. */
  private *notInVain(list: Iterable<Choices>): Generator<Choices> {
    for (const choices of list)
      if (choices.length > KNOWN || (this.vain.get(JSON.stringify(choices)) ?? 0) < this.lab.endNs)
        yield choices;
  }

  private remember(choices: Choices, run: Examined | undefined): void {
    if (run === undefined || run.failure?.signature === this.signature || choices.length > KNOWN) return;
    // What has come to an end of its own does so however long it is looked at.
    const upTo = run.attempt.ended === 'time' ? this.lab.endNs : Number.POSITIVE_INFINITY;
    this.vain.set(JSON.stringify(choices), upTo);
  }

  private async run(some: readonly Choices[]): Promise<(Examined | undefined)[]> {
    const { lab, options, near } = this;
    const { crew } = options;
    if (crew === undefined || some.length === 1)
      return some.map((choices) => this.unlessCut(() => tried(lab, choices))?.is);
    const { endNs } = lab;
    const runs = await Promise.all(some.map((choices) => crew.run({ choices, near: [...near], endNs })));
    return runs.map((run) => run && { ...run, log: undefined });
  }

  /** Makes runs. @returns undefined: they were given up */
  unlessCut<T>(call: () => T): { is: T } | undefined {
    const made = unlessCut(this.options.cut, call);
    this.gaveUp ||= made === undefined;
    return made;
  }

  /**
   * Has the tries begin shortly before a run's first choice: up to there every piece of it is alike.
   */
  beginBefore({ firstNs }: Examined): void {
    const { lab } = this;
    if (lab.threads.length > 0 || firstNs === undefined || firstNs - lab.beginNs < ALIKE_NS) return;
    this.approach(firstNs);
  }

  /** Has tries begin shortly before a time, here and with others. */
  private approach(ns: number): void {
    if (this.unlessCut(() => this.lab.approach(ns)) !== undefined) this.near.push(ns);
  }

  /** Has tries begin at a time, here and with others. @param told as Lab.advance() has it */
  advance(ns: number, told: Parameters<Lab['advance']>[1]): void {
    if (this.unlessCut(() => this.lab.advance(ns, told)) === undefined) return;
    this.near.push(this.lab.approaching(ns));
  }

  /** For goBack(): where tries begin now. */
  get beginning(): { here: Beginning | undefined; near: readonly number[] } {
    return { here: this.lab.beginning, near: [...this.near] };
  }

  goBack({ here, near }: Tries['beginning']): void {
    this.lab.rewind(here);
    this.near = [...near];
  }

  /** Has others get ready, while tries are made here which only come one after the other. */
  prepare(): void {
    this.prepared = true;
    if (this.width > 1) this.options.crew?.prepare?.({ near: [...this.near] });
  }
}

/** So long it has to be up to a run's first choice for it to be worth while. */
const ALIKE_NS = 0.2e9;

/**
 * Of a command a try that does not fail would go on for long: it may take a quarter longer than the run that
 * failed.
 */
const LONGER = 0.25;

function limit(lab: Lab, { firstNs = 0, attempt: { nowNs } }: Examined): void {
  if (lab.threads.length > 0) return;
  lab.endNs = Math.min(lab.endNs, nowNs + Math.ceil(LONGER * (nowNs - firstNs)));
}

/** The last hold is tried alone at so many of the times that its process comes by its place. */
const ALONE = 8;
/** They are so much earlier than it was, or later, at most. */
const EARLIER_NS = 3e9;
const LATER_NS = 1e9;
/** On the way there the machine is kept this often. */
const KEPT_NS = 0.5e9;

/**
 * Has a process wait as the last choice of several says, and nobody else: where it comes by that place by
 * itself at about the same time. That is soon tried, as up to there all is as the machine has it.
 */
async function lastHoldAlone(lab: Lab, run: Examined, tries: Tries): Promise<Examined | undefined> {
  const { choices, attempt, lastNs } = run;
  const last = choices.at(-1);
  if (choices.length < 2 || last?.hold === undefined || lastNs === undefined) return undefined;
  const { hold } = last;
  const { endNs } = lab;
  const from = tries.beginning;
  const away = ({ ns }: Passing): number => Math.abs(ns - lastNs);
  const nearest = passings(tries, lab, last, Math.min(endNs, lastNs + LATER_NS))
    .filter(({ ns }) => ns >= lastNs - EARLIER_NS)
    .sort((a, b) => away(a) - away(b))
    .slice(0, ALONE);
  let alone: Examined | undefined;
  for (const { ns, nth, before } of nearest) {
    tries.goBack(before);
    lab.endNs = Math.min(endNs, Math.ceil(ns + (1 + LONGER) * (attempt.nowNs - lastNs)));
    alone = await tries.first([[{ ...last, hold: { ...hold, nth } }]], (it) => it.choices.length === 1);
    if (alone !== undefined || tries.stopped()) break;
  }
  lab.endNs = endNs;
  if (alone === undefined) tries.goBack(from);
  return alone;
}

/** A time at which a process comes by a place where it could be made to wait, if nobody is. */
interface Passing {
  nth: number;
  /** ns since power-on */
  ns: number;
  /** Where tries may begin: before that */
  before: Tries['beginning'];
}

/** When the process of a hold comes by its place up to a time. The lab's tries begin there then. */
function passings(tries: Tries, lab: Lab, { process, hold }: ScheduledChoice, untilNs: number): Passing[] {
  const { machine, memory } = lab.system;
  const pid = pidOf(process!);
  const out: Passing[] = [];
  while (lab.beginNs < untilNs && !tries.stopped()) {
    const before = tries.beginning;
    const { beginNs } = lab;
    tries.advance(Math.min(beginNs + KEPT_NS, untilNs), (context, place, nth) => {
      if (place !== hold!.place || pidAt(memory, context) !== pid) return;
      out.push({ nth, ns: machine.now(), before });
    });
    // It does not go on by itself.
    if (lab.beginNs === beginNs) break;
  }
  return out;
}

/** A later hold is tried at so many places further on, where one before it is left out. */
const MOVES = 4;

/**
 * Leaves a hold out and moves another one on: what was held before comes by more often without it. Returns a
 * run that still fails so.
 */
function movedHold({ choices }: Examined, tries: Tries): Promise<Examined | undefined> {
  return tries.first(withoutHold(choices), (run) => run.choices.length < choices.length);
}

/** Without a hold, the last one behind it moved on by each of a few places. */
function* withoutHold(choices: Choices): Generator<Choices> {
  const moved = (c: ScheduledChoice, places: number): ScheduledChoice =>
    c.hold === undefined ? c : { ...c, hold: { ...c.hold, nth: c.hold.nth + places } };
  for (const [without, { hold }] of choices.entries()) {
    const to = choices.findLastIndex((c, i) => i > without && c.hold !== undefined);
    if (hold === undefined || to < 0) continue;
    for (let places = 1; places <= MOVES; places++)
      yield choices.flatMap((c, i) => (i === without ? [] : [i === to ? moved(c, places) : c]));
  }
}

/**
 * Times that are tried first, the shortest first: what was too long may have gone past a shorter time that
 * does it.
 */
const BRIEF_NS = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8];
/** A try of such a time goes on for so long behind the hold: it is a guess, and nothing is said by it. */
const AFTER_NS = 0.25e9;

/**
 * Shortens a hold, to a time of one digit; returns a run that still fails so, undefined if neither one of the
 * times of BRIEF_NS nor the next shorter one does it for any hold. The steps grow as long as that goes well:
 * most of the waiting is of no use.
 */
async function shorterHold(lab: Lab, run: Examined, tries: Tries): Promise<Examined | undefined> {
  const { choices, lastNs = 0 } = run;
  const { endNs } = lab;
  for (const [at, { hold }] of choices.entries()) {
    if (hold?.forNs === undefined) continue;
    const { forNs: whole } = hold;
    const heldFor = (forNs: number): Choices =>
      choices.map((c, i) => (i === at ? { ...c, hold: { ...hold, forNs } } : c));
    const noLonger = (it: Examined): boolean => it.choices.length <= choices.length;
    // What came next after the shorter time may be so far off that the hold was as long as before.
    const isShorter = (it: Examined): boolean => (it.choices[at]?.hold?.forNs ?? whole) < whole;
    const briefer = BRIEF_NS.filter((forNs) => forNs < whole);
    lab.endNs = Math.min(endNs, lastNs + (briefer.at(-1) ?? 0) + AFTER_NS);
    const brief = await tries.first(briefer.map(heldFor), (it) => noLonger(it) && isShorter(it));
    lab.endNs = endNs;
    const shorterRun =
      brief ??
      (await gallop(
        whole,
        (forNs) => tries.first([heldFor(forNs)], noLonger),
        isShorter,
        () => tries.stopped(),
      ));
    if (shorterRun !== undefined) return shorterRun;
  }
  return undefined;
}

/**
 * Tries shorter and shorter times, in steps that grow while it goes well; returns the last run that is
 * shorter.
 */
async function gallop(
  from: number,
  tryFor: (ns: number) => Promise<Examined | undefined>,
  isShorter: (run: Examined) => boolean,
  stopped: () => boolean,
): Promise<Examined | undefined> {
  let best: Examined | undefined;
  let forNs = from;
  for (let step = 1; !stopped(); ) {
    let next: number | undefined = forNs;
    for (let i = 0; i < step && next !== undefined; i++) next = shorter(next);
    const run = next === undefined ? undefined : await tryFor(next);
    if (run !== undefined) {
      if (isShorter(run)) best = run;
      forNs = next!;
      step *= 2;
    } else if (step === 1) break;
    else step = 1;
  }
  return best;
}

const interruptions = ({ choices }: Examined): number => choices.filter((c) => c.kind === 'preempt').length;

/**
 * Looks for a schedule that fails in the same way with fewer interruptions, or with as many and fewer choices
 * of who runs, where there are few enough to try them all.
 */
async function withFewer(
  lab: Lab,
  than: Examined,
  most: number,
  all: Tries,
): Promise<{ run: Examined | undefined; all: boolean; tries: number }> {
  const fewer = interruptions(than) - 1;
  // Of a processor that stands, which is an interruption too, these schedules say nothing.
  const stands = than.choices.some((c) => c.kind === 'stall');
  if (lab.threads.length === 0 || most === 0 || stands) return { run: undefined, all: false, tries: 0 };
  const limit = than.choices.some((c) => c.kind === 'run') ? fewer + 1 : fewer;
  if (limit < 0) return { run: undefined, all: true, tries: 0 };
  const plan = boundedPlan(limit)(0, 1);
  for (let tries = 1; tries <= most; tries++) {
    await all.turn();
    if (all.stopped()) return { run: undefined, all: plan.covers(fewer), tries: tries - 1 };
    const unit = plan.next(1);
    if (unit === undefined || unit === 'wait') return { run: undefined, all: plan.covers(fewer), tries };
    const walk = TREES.bounded!.walk(lab, unit.prefixes![0]!);
    const made = all.unlessCut(() => kept(lab, walk));
    if (made === undefined) return { run: undefined, all: false, tries: tries - 1 };
    const { choices, attempt } = made.is;
    plan.told(unit, { tries: 1, growth: [walk.growth()], turns: walk.turns });
    if (!hasFailed(lab, attempt)) continue;
    const run = all.unlessCut(() => examine(lab, replay(choices), undefined, false))?.is;
    if (run === undefined) return { run, all: false, tries };
    if (run.failure?.signature !== than.failure?.signature) continue;
    if (run.choices.length < than.choices.length) return { run, all: false, tries };
  }
  return { run: undefined, all: plan.covers(fewer), tries: most };
}

function kept(lab: Lab, decider: Decider) {
  const decided = new Kept(decider);
  const attempt = lab.attempt(decided);
  return { attempt, choices: decided.choices };
}

/** So many at a time, the last ones fewer; none is made before it is asked for. */
function* inGroups<T>(list: Iterable<T>, width: number): Generator<T[]> {
  let group: T[] = [];
  for (const each of list) {
    group.push(each);
    if (group.length < width) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** Leaves out pieces of all sizes; returns the first run that still fails so, undefined if there is none. */
function onePass(choices: Choices, tries: Tries): Promise<Examined | undefined> {
  return tries.first(withoutPieces(choices), (run) => run.choices.length < choices.length);
}

/**
 * The choices less a piece, from all of them down to single ones. One after the other: of a livelock there
 * are tens of thousands, and all lists at once would be as many as the square of that.
 */
function* withoutPieces(choices: Choices): Generator<Choices> {
  for (let size = choices.length; size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let from = 0; from < choices.length; from += size)
      yield [...choices.slice(0, from), ...choices.slice(from + size)];
}
