import type { System } from '@trap12/system';
import { LOCK_FILES, runningStack } from './places.js';

/*
 * A hold is one choice that stands for many decisions: a process goes back to the run queue at one place of
 * its own, and is passed over there until a time has gone by. Without it each of these decisions would be a
 * choice of its own, and leaving out one of them would mean next to nothing.
 */

/** What a hold has beyond a preemption. */
export interface Hold {
  /** ns that the process is passed over; undefined: to the end of the run */
  forNs: number | undefined;
  /**
   * `function:line` in which the process stood, without the functions of the locks; `-` if that is not known
   */
  place: string;
  /** Which of the process's decisions of this kind at that place it was, from 0 */
  nth: number;
}

/**
 * Where the running process stands, as schedules name it. It stays the same where a decision more or less is
 * made before it: under another locking regime, say.
 */
export function placeName({ memory }: System): string {
  const [top] = runningStack(memory, 1, LOCK_FILES);
  return top === undefined ? '-' : `${top.function}:${top.line}`;
}

/** Counts, for each process, its decisions at each place. */
export class PlaceCounts {
  private readonly counts: Map<number, Map<string, number>>;

  /** @param from what has been counted before */
  constructor(from?: PlaceCounts) {
    this.counts = new Map([...(from?.counts ?? [])].map(([context, places]) => [context, new Map(places)]));
  }

  /** Which of a process's decisions at this place it is, from 0. */
  next(context: number, place: string): number {
    let places = this.counts.get(context);
    if (places === undefined) this.counts.set(context, (places = new Map<string, number>()));
    const nth = places.get(place) ?? 0;
    places.set(place, nth + 1);
    return nth;
  }
}

/**
 * Who is passed over, and until when. It may be asked about any time again: a debugger goes back through a
 * run, and what was begun later is nothing yet then.
 */
export class Held {
  private readonly spans = new Map<number, { fromNs: number; untilNs: number }>();

  begin(context: number, nowNs: number, forNs: number | undefined): void {
    this.spans.set(context, { fromNs: nowNs, untilNs: nowNs + (forNs ?? Number.POSITIVE_INFINITY) });
  }

  /** Index of the first who is not held; their number if all are. */
  firstFree(contexts: readonly number[], nowNs: number): number {
    if (this.spans.size === 0) return 0;
    const index = contexts.findIndex((context) => !this.holds(context, nowNs));
    return index < 0 ? contexts.length : index;
  }

  private holds(context: number, nowNs: number): boolean {
    const span = this.spans.get(context);
    return span !== undefined && span.fromNs <= nowNs && nowNs < span.untilNs;
  }
}

/** A preemption that may turn out to be a hold. */
interface Candidate {
  fromNs: number;
  /** Last time that it was passed over */
  passedNs: number | undefined;
  /** When it was chosen at last */
  endNs: number | undefined;
}

/**
 * Finds the holds in a run: preemptions of processes that were passed over afterwards, and the choices that
 * did nothing but pass them over. What cannot be said so stays as it is: on several processors, whose clocks
 * differ, the end of a hold may be before its last passing over.
 */
export class HoldFinder {
  private readonly open = new Map<number, Candidate>();
  /** By index of the choice: the preemption that it is, or those whom it passed over. */
  private readonly begun = new Map<number, Candidate>();
  private readonly passings = new Map<number, Candidate[]>();

  /** Choice `index` sends a process back to the run queue. */
  preempted(index: number, context: number, nowNs: number): void {
    const candidate = { fromNs: nowNs, passedNs: undefined, endNs: undefined };
    this.open.set(context, candidate);
    this.begun.set(index, candidate);
  }

  /**
   * Somebody is to run.
   * @param index of the choice; undefined for the standard one
   */
  ran(index: number | undefined, contexts: readonly number[], choice: number, nowNs: number): void {
    if (this.open.size === 0) return;
    if (index !== undefined) {
      const passed = contexts.slice(0, choice).map((context) => this.open.get(context));
      for (const candidate of passed) if (candidate !== undefined) candidate.passedNs = nowNs;
      if (passed.every((candidate) => candidate !== undefined)) this.passings.set(index, passed);
    }
    const chosen = this.open.get(contexts[choice] ?? 0);
    if (chosen === undefined) return;
    chosen.endNs = nowNs;
    this.open.delete(contexts[choice]!);
  }

  /**
   * How long the preemption of that index held its process; undefined if it is no hold. Whatever ends it
   * behind the last passing over and not behind the choice is the same, so it is the roundest of these
   * numbers.
   */
  holdAt(index: number): { forNs: number | undefined } | undefined {
    const candidate = this.begun.get(index);
    if (candidate === undefined || !isHold(candidate)) return undefined;
    const { fromNs, passedNs, endNs } = candidate;
    return { forNs: endNs === undefined ? undefined : roundest(passedNs! - fromNs, endNs - fromNs) };
  }

  /** Is that choice what holds say already? */
  isSaid(index: number): boolean {
    return this.passings.get(index)?.every(isHold) === true;
  }
}

/** The number with the most zeros at its end above `low` and up to `high`. */
export function roundest(low: number, high: number): number {
  for (let unit = 10 ** Math.floor(Math.log10(high)); unit > 1; unit /= 10) {
    const round = Math.floor(high / unit) * unit;
    if (round > low) return round;
  }
  return high;
}

/**
 * The greatest number with one digit before its zeros that is less than `ns`; undefined below a microsecond.
 */
export function shorter(ns: number): number | undefined {
  if (ns <= 1000) return undefined;
  const unit = 10 ** Math.floor(Math.log10(ns));
  const round = Math.floor(ns / unit) * unit;
  if (round < ns) return round;
  return round > unit ? round - unit : round - unit / 10;
}

function isHold({ passedNs, endNs }: Candidate): boolean {
  return passedNs !== undefined && (endNs === undefined || passedNs < endNs);
}
