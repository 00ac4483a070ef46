import { unlessCut } from '../cut.js';
import { deeds } from '../detect/deeds.js';
import type { LockEvent, LockLog } from '../detect/lock-log.js';
import { type LostWakeup, lostWakeups, type Stuck, waitForGraph } from '../detect/wait-for.js';
import { type Examined, examine } from '../failure.js';
import type { Lab } from '../lab.js';
import { LooseReplay, StrictReplay } from '../record.js';
import type { ScheduledChoice } from '../schedule.js';
import type { WalkMaker } from '../walks/index.js';
import { nearestRace, type RacingPair, racingPair } from './pair.js';
import { jump, type Odds, odds } from './odds.js';

/** A choice of the failing run, and what it is good for. */
export interface ExplainedChoice {
  choice: ScheduledChoice;
  /** The event that it is in the failing run; undefined if it is none (a length of a turn) */
  event: LockEvent | undefined;
  /** How the run ends without it; undefined: that was not looked at */
  without: string | undefined;
}

/** The run without one of the choices that passes and has most in common with the failing one. */
export interface Passing {
  run: Examined;
  /** Index of the choice that it lacks */
  dropped: number;
  /** Events that both have at the beginning */
  common: number;
}

/** What can be said about a failing run of threads. Everything in it happened in the simulated machine. */
export interface Explanation {
  failing: Examined;
  log: LockLog;
  choices: ExplainedChoice[];
  /** Of a run that came to a stand */
  stuck: Stuck | undefined;
  lost: LostWakeup[];
  passing: Passing | undefined;
  /**
   * The accesses whose order made the difference to the run that passes, if the kernel's checked form was
   * given
   */
  pair: RacingPair | undefined;
  /** They were to be looked for, and it was stopped before the end of that */
  pairCut: boolean;
  odds: Odds[];
  /** They were stopped before the end of the run: of what comes behind them nothing is known */
  oddsCut: boolean;
  /** Index among the odds at which they rise most */
  jump: number | undefined;
}

export interface ExplainOptions {
  /** How runs go on by chance, for the odds */
  walk: WalkMaker;
  seed: number;
  /** Continuations from each moment; 0: no odds */
  tries: number;
  /**
   * Asked before each run that is made for it, but the failing one, and in the middle of it; true: what those
   * would say stays unknown
   */
  stop?(): boolean;
  /** Lets the host's own events have their turn before each */
  turn?(): Promise<void>;
  /** Asked before each choice is left out, to see how it ends then; true: that stays unknown of the rest */
  enough?(): boolean;
  /** The same in the kernel's checked form, made when it is wanted: to look at each access */
  checked?(): Lab;
}

const MOMENTS = 40;

/**
 * Explains a failing run: by its own events, and by runs that differ from it in one choice or go on by
 * chance.
 */
export async function explain(lab: Lab, found: Examined, options: ExplainOptions): Promise<Explanation> {
  const { choices } = found;
  const isOver = async (): Promise<boolean> => {
    await options.turn?.();
    return options.stop?.() === true;
  };
  const failing = examine(lab, new StrictReplay(lab, choices), 'stacks');
  const log = failing.log!;
  const stuck = failing.attempt.ended === 'stuck' ? waitForGraph(log, lab.unfinished()) : undefined;
  const explained: ExplainedChoice[] = [];
  const events = choiceEvents(log);
  let passing: Passing | undefined;
  for (const [i, choice] of choices.entries()) {
    const event = choice.process === undefined ? undefined : events.shift();
    if ((await isOver()) || options.enough?.() === true) {
      explained.push({ choice, event, without: undefined });
      continue;
    }
    const rest = choices.filter((_, j) => j !== i);
    const run = unlessCut(options.stop, () => examine(lab, new LooseReplay(lab, rest), 'stacks', false))?.is;
    if (run === undefined) {
      explained.push({ choice, event, without: undefined });
      continue;
    }
    const without = run.failure === undefined ? 'it ends in order' : run.failure.title;
    explained.push({ choice, event, without });
    if (run.failure !== undefined) continue;
    const common = commonEvents(log, run.log!);
    if (passing === undefined || common >= passing.common) passing = { run, dropped: i, common };
  }
  const { odds: all, whole } =
    options.tries === 0
      ? { odds: [], whole: true }
      : await odds(lab, failing, { ...options, moments: MOMENTS });
  const looks = stuck === undefined && options.checked !== undefined;
  const looked =
    looks && !(await isOver()) ? unlessCut(options.stop, () => pairOf(choices, passing, options)) : undefined;
  return {
    failing,
    log,
    choices: explained,
    stuck,
    lost: stuck === undefined ? [] : lostWakeups(log, stuck),
    passing,
    ...{ pair: looked?.is, pairCut: looks && looked === undefined },
    ...{ odds: all, oddsCut: !whole },
    jump: jump(all),
  };
}

function pairOf(
  choices: readonly ScheduledChoice[],
  passing: Passing | undefined,
  { checked }: ExplainOptions,
): RacingPair | undefined {
  if (checked === undefined) return undefined;
  const lab = checked();
  const pair = passing === undefined ? undefined : pairBetween(lab, choices, passing.run.choices);
  return pair ?? nearestRace(lab, () => new StrictReplay(lab, choices));
}

const pairBetween = (
  lab: Lab,
  failing: readonly ScheduledChoice[],
  passing: readonly ScheduledChoice[],
): RacingPair | undefined =>
  racingPair(
    lab,
    () => new StrictReplay(lab, failing),
    () => new StrictReplay(lab, passing),
  );

/** So many choices are left out, one at a time from the last, to find a run of a command that passes. */
const LEFT_OUT = 6;
/** The accesses before the first choice are alike: they are not looked at. */
const LEFT_NS = 0.05e9;

/**
 * The pair of accesses that made the difference in a failing run of a command. It makes several runs.
 * @param checked the same lab with the kernel's checked form, made when it is wanted
 */
export function commandPair(lab: Lab, checked: () => Lab, found: Examined): RacingPair | undefined {
  const { choices, firstNs } = found;
  let passing: ScheduledChoice[] | undefined;
  for (let i = choices.length - 1; i >= 0 && i >= choices.length - LEFT_OUT && passing === undefined; i--) {
    const rest = choices.filter((_, j) => j !== i);
    const run = examine(lab, new LooseReplay(lab, rest), 'no locks', false);
    if (run.failure === undefined) passing = run.choices;
  }
  // With nothing to compare, one of many races of a whole system would say little.
  if (passing === undefined) return undefined;
  const other = checked();
  if (firstNs !== undefined && firstNs - LEFT_NS > other.beginNs) other.advance(firstNs - LEFT_NS);
  return pairBetween(other, choices, passing);
}

/** The events that are choices, in order. */
function choiceEvents(log: LockLog): LockEvent[] {
  return log.events.filter((e) => e.act === 'is made to wait' || e.act === 'is chosen');
}

/** How many deeds two runs have alike at their beginnings, by who did what with what. */
function commonEvents(a: LockLog, b: LockLog): number {
  const [x, y] = [deeds(a), deeds(b)];
  let n = 0;
  while (n < x.length && n < y.length && alike(x[n]!, y[n]!)) n++;
  return n;
}

function alike(a: LockEvent, b: LockEvent): boolean {
  return a.context === b.context && a.act === b.act && a.object === b.object;
}
