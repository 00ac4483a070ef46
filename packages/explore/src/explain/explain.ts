import { deeds } from '../detect/deeds.js';
import type { LockEvent, LockLog } from '../detect/lock-log.js';
import { type LostWakeup, lostWakeups, type Stuck, waitForGraph } from '../detect/wait-for.js';
import { type Examined, examine } from '../failure.js';
import type { Lab } from '../lab.js';
import { LooseReplay, StrictReplay } from '../record.js';
import type { ScheduledChoice } from '../schedule.js';
import type { SearcherMaker } from '../walks/index.js';
import { jump, type Odds, odds } from './odds.js';

/** A choice of the failing run, and what it is good for. */
export interface ExplainedChoice {
  choice: ScheduledChoice;
  /** The event that it is in the failing run; undefined if it is none (a length of a turn) */
  event: LockEvent | undefined;
  /** How the run ends without it */
  without: string;
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
  odds: Odds[];
  /** Index among the odds at which they rise most */
  jump: number | undefined;
}

export interface ExplainOptions {
  /** How runs go on by chance, for the odds */
  searcher: SearcherMaker;
  seed: number;
  /** Continuations from each moment; 0: no odds */
  tries: number;
  stop?(): boolean;
}

const MOMENTS = 40;

/** Explains a failing run: by its own events, and by runs that differ from it in one choice or go on by chance. */
export function explain(lab: Lab, found: Examined, options: ExplainOptions): Explanation {
  const { choices } = found;
  const failing = examine(lab, new StrictReplay(lab.system, choices), 'stacks');
  const log = failing.log!;
  const stuck = failing.attempt.ended === 'stuck' ? waitForGraph(log, lab.unfinished()) : undefined;
  const explained: ExplainedChoice[] = [];
  const events = choiceEvents(log);
  let passing: Passing | undefined;
  choices.forEach((choice, i) => {
    const rest = choices.filter((_, j) => j !== i);
    const run = examine(lab, new LooseReplay(lab.system, rest), 'stacks', false);
    const without = run.failure === undefined ? 'it ends in order' : run.failure.title;
    const event = choice.process === undefined ? undefined : events.shift();
    explained.push({ choice, event, without });
    if (run.failure !== undefined) return;
    const common = commonEvents(log, run.log!);
    if (passing === undefined || common >= passing.common) passing = { run, dropped: i, common };
  });
  const all =
    options.tries === 0
      ? []
      : odds(lab, failing, {
          searcher: options.searcher,
          seed: options.seed,
          tries: options.tries,
          moments: MOMENTS,
          ...(options.stop === undefined ? {} : { stop: options.stop }),
        });
  return {
    failing,
    log,
    choices: explained,
    stuck,
    lost: stuck === undefined ? [] : lostWakeups(log, stuck),
    passing,
    odds: all,
    jump: jump(all),
  };
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
