import { type Decider, type Decision, type DecisionKind, nextStallOf } from '@trap12/machine';
import type { System } from '@trap12/system';
import { commandAt, pidAt } from './processes.js';
import { Held, HoldFinder, PlaceCounts, placeName } from './hold.js';
import { decisionKind, type ScheduledChoice, scheduledName } from './schedule.js';

/** Leaves everything as it is. */
export const STANDARD: Decider = { decide: ({ standard }) => standard };

/** Before which steps a list of choices has a processor stand: Decider.nextStall. */
export function nextStalls(choices: readonly ScheduledChoice[]): (from: number) => number | undefined {
  return nextStallOf(choices.flatMap(({ kind, number }) => (kind === 'stall' ? [number] : [])));
}

/** Kinds of decisions that are about processes, and whose numbers count for each of them alone, too. */
const ABOUT_PROCESSES = new Set<DecisionKind>(['preempt', 'run']);

/** Who a context is, as schedules name it. Read from memory each time: a process's place is used again. */
export function nameOf({ memory }: System, context: number): string {
  return scheduledName(commandAt(memory, context), pidAt(memory, context));
}

/** The number of a process, of its name in a schedule. */
export const pidOf = (scheduled: string): number => Number(scheduled.slice(scheduled.lastIndexOf('/') + 1));

/** Counts, for each process, its decisions of a kind. Contexts are counted, as names are costly. */
export class OwnCounts {
  private readonly counts: Record<'preempt' | 'run', Map<number, number>>;
  /** Preemptions, by where the process stood; empty unless somebody counts there */
  readonly places: PlaceCounts;

  /** @param from what has been counted before */
  constructor(from?: OwnCounts) {
    this.counts = { preempt: new Map(from?.counts.preempt), run: new Map(from?.counts.run) };
    this.places = new PlaceCounts(from?.places);
  }

  next(kind: DecisionKind, context: number): number {
    if (kind !== 'preempt' && kind !== 'run') return 0;
    const counts = this.counts[kind];
    const own = counts.get(context) ?? 0;
    counts.set(context, own + 1);
    return own;
  }
}

/** Where decisions are made: a machine, and what its processes had decided where the run begins. */
export interface Stage {
  readonly system: System;
  readonly ownCounts: OwnCounts | undefined;
  /** Are choices that only keep a process waiting said as holds? */
  readonly holds: boolean;
}

/** Lets `inner` decide and keeps what was not the standard choice. */
export class Recorder implements Decider {
  /** Virtual time of the first of them, ns; undefined without any */
  firstNs: number | undefined;
  private readonly made: ScheduledChoice[] = [];
  /** Virtual time of each, ns */
  private readonly times: number[] = [];
  private readonly places = new Map<number, { place: string; nth: number }>();
  private readonly finder: HoldFinder | undefined;
  private readonly own: OwnCounts;
  private readonly system: System;

  constructor(
    stage: Stage,
    private readonly inner: Decider,
  ) {
    this.system = stage.system;
    this.own = new OwnCounts(stage.ownCounts);
    this.finder = stage.holds ? new HoldFinder() : undefined;
  }

  /** The choices up to now, in order. */
  get choices(): ScheduledChoice[] {
    const { finder } = this;
    if (finder === undefined) return [...this.made];
    return this.made.flatMap((made, index) => {
      if (finder.isSaid(index)) return [];
      const hold = finder.holdAt(index);
      return [
        hold === undefined ? made : { ...made, kind: 'hold', hold: { ...hold, ...this.places.get(index)! } },
      ];
    });
  }

  /** Virtual time of the last of them, ns; undefined without any. */
  get lastNs(): number | undefined {
    return this.times[this.made.findLastIndex((_, index) => this.finder?.isSaid(index) !== true)];
  }

  nextStall(from: number): number | undefined {
    return this.inner.nextStall?.(from);
  }

  decide(decision: Decision): number {
    const { kind, number, standard, objects } = decision;
    const { finder, system } = this;
    const { context } = system.machine.cpu;
    const own = this.own.next(kind, context);
    const choice = this.inner.decide(decision);
    const index = this.made.length;
    if (finder !== undefined && kind === 'preempt') {
      const place = placeName(system);
      const nth = this.own.places.next(context, place);
      if (choice !== standard) {
        this.places.set(index, { place, nth });
        finder.preempted(index, context, system.machine.now());
      }
    }
    if (finder !== undefined && kind === 'run')
      finder.ran(choice === standard ? undefined : index, objects, choice, system.machine.now());
    if (choice !== standard) {
      this.firstNs ??= system.machine.now();
      this.times.push(system.machine.now());
      const about = ABOUT_PROCESSES.has(kind);
      const taken = kind === 'run' ? objects[choice] : undefined;
      this.made.push({
        kind,
        number,
        process: about ? nameOf(system, context) : undefined,
        own,
        choice,
        chosen: taken === undefined ? undefined : nameOf(system, taken),
      });
    }
    return choice;
  }
}

/** The first place at which a run does not go as its schedule says. */
export interface Divergence {
  /** Index among the schedule's choices */
  index: number;
  recorded: string;
  found: string;
}

/** Makes exactly the choices of a schedule, and notes where the machine does not ask for them. */
export class StrictReplay implements Decider {
  divergence: Divergence | undefined;
  /** Choices that have been made. */
  made = 0;
  readonly nextStall: (from: number) => number | undefined;
  private readonly own: OwnCounts;
  private readonly system: System;
  private readonly held = new Held();
  private readonly byNumber: ReadonlyMap<string, number>;

  constructor(
    stage: Stage,
    private readonly choices: readonly ScheduledChoice[],
  ) {
    this.system = stage.system;
    this.own = new OwnCounts(stage.ownCounts);
    this.nextStall = nextStalls(choices);
    this.byNumber = new Map(choices.map((c, i) => [`${decisionKind(c)} ${c.number}`, i]));
  }

  decide({ kind, number, n, standard, objects }: Decision): number {
    const { machine } = this.system;
    const { context } = machine.cpu;
    const own = this.own.next(kind, context);
    const index = this.byNumber.get(`${kind} ${number}`);
    if (this.divergence !== undefined) return standard;
    if (index === undefined) return kind === 'run' ? this.held.firstFree(objects, machine.now()) : standard;
    const wanted = this.choices[index]!;
    const process = ABOUT_PROCESSES.has(kind) ? nameOf(this.system, context) : undefined;
    const taken = kind === 'run' ? objects[wanted.choice] : undefined;
    const chosen = taken === undefined ? undefined : nameOf(this.system, taken);
    const differs = (recorded: string, found: string): number => {
      this.divergence = { index, recorded: `${kind} ${number}: ${recorded}`, found };
      return standard;
    };
    if (process !== wanted.process || own !== wanted.own)
      return differs(`${wanted.process}'s decision ${wanted.own}`, `${process}'s decision ${own}`);
    if (wanted.choice >= n)
      return differs(`choice ${wanted.choice}`, `a decision with the choices 0 to ${n - 1}`);
    if (chosen !== wanted.chosen)
      return differs(`choice ${wanted.choice} is ${wanted.chosen}`, `it is ${chosen}`);
    this.made++;
    if (wanted.hold !== undefined) this.held.begin(context, machine.now(), wanted.hold.forNs);
    return wanted.choice;
  }

  /** To be asked at the end of the run: were all choices asked for? */
  finish(how: string): void {
    if (this.divergence !== undefined || this.made === this.choices.length) return;
    const counted = this.system.machine.decisions;
    const index = this.choices.findIndex((c) => c.number >= counted.count(decisionKind(c)));
    const c = this.choices[Math.max(index, 0)]!;
    this.divergence = {
      index: Math.max(index, 0),
      recorded: `${c.kind} ${c.number} of ${c.process ?? 'the machine'}`,
      found: `not reached: ${how} after ${counted.count(decisionKind(c))} decisions of that kind`,
    };
  }
}

/**
 * Makes the choices of a schedule where the process comes by that is named there, by its own count, or of
 * holds by its count at their places: what happens elsewhere may differ. For shrinking, and for other
 * kernels. What does not come by is left out; who was chosen and cannot run is not chosen.
 */
export class LooseReplay implements Decider {
  /** Choices that came by and were made. */
  made = 0;
  /** Stalls are made where they were: steps are nobody's own. */
  readonly nextStall: (from: number) => number | undefined;
  private readonly own: OwnCounts;
  private readonly system: System;
  private readonly wanted = new Map<string, ScheduledChoice>();
  /**
   * Kinds and counts that are wanted of anybody: names are costly, and change when a process executes a
   * program.
   */
  private readonly wantedOwn = new Set<string>();
  /** Numbers of processes that are to be held somewhere */
  private readonly heldPids = new Set<number>();
  private readonly held = new Held();

  constructor(stage: Stage, choices: readonly ScheduledChoice[]) {
    this.system = stage.system;
    this.own = new OwnCounts(stage.ownCounts);
    this.nextStall = nextStalls(choices);
    for (const c of choices) {
      if (c.hold !== undefined) {
        this.wanted.set(`hold ${c.process} ${c.hold.place}#${c.hold.nth}`, c);
        this.heldPids.add(pidOf(c.process!));
        continue;
      }
      this.wanted.set(LooseReplay.key(c.kind, c.process, c.own, c.number), c);
      if (c.process !== undefined) this.wantedOwn.add(`${c.kind} ${c.own}`);
    }
  }

  private static key(kind: string, process: string | undefined, own: number, number: number): string {
    return process === undefined ? `${kind} ${number}` : `${kind} ${process}#${own}`;
  }

  decide({ kind, number, n, standard, objects }: Decision): number {
    const { machine } = this.system;
    const { context } = machine.cpu;
    const own = this.own.next(kind, context);
    if (kind === 'preempt' && this.heldPids.size > 0 && this.holdsHere(context)) return 1;
    const usual = kind === 'run' ? this.held.firstFree(objects, machine.now()) : standard;
    const about = ABOUT_PROCESSES.has(kind);
    if (about && !this.wantedOwn.has(`${kind} ${own}`)) return usual;
    const process = about ? nameOf(this.system, context) : undefined;
    const wanted = this.wanted.get(LooseReplay.key(kind, process, own, number));
    if (wanted === undefined) return usual;
    const choice = this.choiceOf(wanted, kind, n, standard, objects);
    if (choice !== standard) this.made++;
    return choice;
  }

  /** Is the running process to be held where it stands? Then it is, from now on. */
  private holdsHere(context: number): boolean {
    const { memory, machine } = this.system;
    if (!this.heldPids.has(pidAt(memory, context))) return false;
    const place = placeName(this.system);
    const nth = this.own.places.next(context, place);
    const wanted = this.wanted.get(`hold ${nameOf(this.system, context)} ${place}#${nth}`);
    if (wanted === undefined) return false;
    this.held.begin(context, machine.now(), wanted.hold!.forNs);
    this.made++;
    return true;
  }

  private choiceOf(
    wanted: ScheduledChoice,
    kind: DecisionKind,
    n: number,
    standard: number,
    objects: readonly number[],
  ): number {
    if (kind !== 'run') return wanted.choice < n ? wanted.choice : standard;
    if (wanted.chosen === undefined) return n - 1;
    const index = objects.findIndex((object) => nameOf(this.system, object) === wanted.chosen);
    return index < 0 ? standard : index;
  }
}
