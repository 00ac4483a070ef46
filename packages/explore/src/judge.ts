import type { Decider } from '@trap12/machine';
import { pidAt } from './processes.js';
import { unlessCut } from './cut.js';
import { type Examined, examine, type Failure } from './failure.js';
import { type FoundSetup, labOfFound } from './found.js';
import { placeName } from './hold.js';
import type { Lab } from './lab.js';
import { LooseReplay, OwnCounts, pidOf } from './record.js';
import type { Found } from './reproduce.js';
import type { ScheduledChoice } from './schedule.js';

/** A place of the process's own at which it was made to wait, or could have been. */
export interface Coming {
  place: string;
  nth: number;
  /** Virtual time without any wait, ns since power-on */
  ns: number;
}

/** How the failure's schedule, and schedules around it, go with a change of the kernel. */
export interface Judged {
  /** Virtual time in which it was made to wait, ns since power-on */
  fromNs: number;
  toNs: number;
  /**
   * How often the process came by the place of the failing schedule in that time, and at how many of these it
   * was made to wait
   */
  same: { comings: number; tried: number };
  /** The same for all other places of its own */
  other: { comings: number; tried: number };
  /** How it failed, and behind which wait (undefined: without any); undefined: it survived */
  failed:
    | { failure: Failure; choices: ScheduledChoice[]; coming: Coming | undefined; isSame: boolean }
    | undefined;
  /** All that were wanted have been tried */
  complete: boolean;
}

export interface JudgeOptions {
  /** Places at which the process is made to wait, at most */
  tries: number;
  /** Asked before each try, and in the middle of it; true ends it where it is */
  stop?(): boolean;
  /** Lets the host's own events have their turn before each try */
  turn?(): Promise<void>;
}

/** So much before and behind the time of the failing schedule, as the change may move what happens. */
const BEFORE_NS = 1e9;
const BEHIND_NS = 2e9;
/** After a wait a try goes on for so long. */
const AFTER_NS = 0.25e9;

/**
 * Judges a change of the kernel by the schedule of a failure: the process that waited there is made to wait
 * as long at the same place each time that it comes by, and at other places of its own, with everything else
 * as the machine has it. Those places that are nearest to the failure's time come first. A schedule of
 * several holds is judged by its last, without which it does not fail.
 * @param small the failing run
 * @param changed the setup of the machine with the change
 * @returns undefined for a schedule without a hold, where there is nothing to go by, or if it was ended
 * before the first try
 */
export async function judge(
  small: Pick<Examined, 'choices' | 'failure' | 'firstNs'>,
  found: Pick<Found, 'seed' | 'command'>,
  changed: FoundSetup,
  options: JudgeOptions,
): Promise<Judged | undefined> {
  const { choices, failure, firstNs = 0 } = small;
  const choice = choices.findLast(({ hold }) => hold !== undefined);
  if (choice?.hold === undefined) return undefined;
  const { hold } = choice;
  const stands = unlessCut(options.stop, () => {
    const lab = labOfFound(found, changed);
    const toNs = Math.min(firstNs + BEHIND_NS, lab.endNs);
    const fromNs = Math.max(0, firstNs - BEFORE_NS);
    lab.advance(fromNs);
    lab.endNs = toNs;
    return { lab, toNs, fromNs, ...comings(lab, choice) };
  });
  if (stands === undefined) return undefined;
  const { lab, toNs, fromNs, all, run: alone } = stands.is;
  const near = (c: Coming): number => Math.abs(c.ns - firstNs);
  const isSame = (c: Coming): boolean => c.place === hold.place;
  // One of each place before the second of any.
  const rounds = (list: readonly Coming[]): Coming[] => {
    const seen = new Map<string, number>();
    const round = list.map((c) => {
      const n = seen.get(c.place) ?? 0;
      seen.set(c.place, n + 1);
      return { c, n };
    });
    return round.sort((a, b) => a.n - b.n).map(({ c }) => c);
  };
  const sorted = [...all].sort((a, b) => near(a) - near(b));
  const wanted = [...sorted.filter(isSame), ...rounds(sorted.filter((c) => !isSame(c)))].slice(
    0,
    options.tries,
  );
  const judged: Judged = {
    ...{ fromNs, toNs, failed: undefined, complete: false },
    same: { comings: all.filter(isSame).length, tried: 0 },
    other: { comings: all.filter((c) => !isSame(c)).length, tried: 0 },
  };
  const fails = (run: Examined, coming: Coming | undefined): boolean => {
    if (run.attempt.ended !== 'panic') return false;
    const is = run.failure!.signature === failure?.signature;
    judged.failed = { failure: run.failure!, choices: run.choices, coming, isSame: is };
    return true;
  };
  if (fails(alone, undefined)) return judged;
  // In order of time, since a lab's tries can only begin later and later.
  for (const coming of wanted.sort((a, b) => a.ns - b.ns)) {
    if (options.stop?.() === true) return judged;
    await options.turn?.();
    const { place, nth } = coming;
    const run = unlessCut(options.stop, () => {
      lab.approach(coming.ns);
      lab.endNs = coming.ns + (hold.forNs ?? BEHIND_NS) + AFTER_NS;
      const waits = { ...choice, hold: { ...hold, place, nth } };
      return examine(lab, new LooseReplay(lab, [waits]), undefined, false);
    })?.is;
    if (run === undefined) return judged;
    judged[isSame(coming) ? 'same' : 'other'].tried++;
    if (fails(run, coming)) return judged;
  }
  judged.complete = true;
  return judged;
}

/**
 * Where and when the process of a choice comes by a place at which it could be made to wait, if nobody makes
 * it.
 */
function comings(lab: Lab, { process }: ScheduledChoice): { all: Coming[]; run: Examined } {
  const all: Coming[] = [];
  const pid = pidOf(process!);
  const { places } = new OwnCounts(lab.ownCounts);
  const { system } = lab;
  const { machine, memory } = system;
  const decider: Decider = {
    decide({ kind, standard }) {
      const { context } = machine.cpu;
      if (kind !== 'preempt' || pidAt(memory, context) !== pid) return standard;
      const place = placeName(system);
      all.push({ place, nth: places.next(context, place), ns: machine.now() });
      return standard;
    },
  };
  return { run: examine(lab, decider, undefined, false), all };
}
