import { replay } from '@trap12/machine';
import { checkOptions, NEED, type Need, optional } from '@trap12/target';
import { type Examined, examine } from './failure.js';
import { Lab } from './lab.js';
import { type NoveltyReport, Seen } from './novelty.js';
import { type Crew, ordered } from './ordered.js';
import {
  type TryOnlooker,
  type UnitFailure,
  type UnitHost,
  type UnitOptions,
  UnitRunner,
  type UnitResult,
} from './unit.js';
import type { PlanMaker, Unit } from './walks/index.js';

export interface SearchOptions {
  plan: PlanMaker;
  seed: number;
  /** At most so many tries */
  schedules: number;
  /** And not longer than this, by host.clock(); undefined: as long as it takes */
  seconds?: number;
  host: UnitHost;
  onProgress?(progress: Progress): void;
  /** Looks on at each try. Then all tries are made here. */
  onlooker?: TryOnlooker;
  /** Tell tries apart, for an estimate of what is left */
  novelty?: boolean;
  /** Go on behind a failure, to the end */
  all?: boolean;
  /** Others that work off units in labs of their own that are like this one; undefined: nobody (yet) */
  crew?(options: UnitOptions): Crew<Unit, UnitResult> | undefined;
}

export interface Progress {
  tries: number;
  seconds: number;
  /** Tries that failed */
  failures: number;
  /** What the strategy says that it has covered */
  covered: string | undefined;
  /** How likely the next try shows something new; undefined: tries are not told apart */
  estimate: number | undefined;
}

/** Failures of one signature. */
export interface Bucket {
  signature: string;
  title: string;
  times: number;
  /** Tries up to the first of them, and with it */
  after: number;
  first: UnitFailure;
}

/** A unit at which workers died. */
export interface Died {
  unit: Unit;
  says: string;
}

export interface SearchResult extends Progress {
  /** The first failure, replayed with everything on record; undefined if there was none */
  found: Examined | undefined;
  /** All of them, by signature, in the order of their first */
  buckets: Bucket[];
  /** Units that workers died of */
  died: Died[];
  novelty: NoveltyReport | undefined;
  /** Nothing is left that could be tried */
  exhausted: boolean;
  /** Every schedule has been tried that there is */
  complete: boolean;
  /** Ctrl-C */
  interrupted: boolean;
}

/** What callers from JavaScript may have left out. */
const NEEDS: Readonly<Record<keyof SearchOptions | 'lab', Need>> = {
  lab: { is: (value) => value instanceof Lab, text: 'a Lab' },
  plan: { is: (value) => typeof value === 'function', text: "a PlanMaker, as planNamed('portfolio')" },
  seed: NEED.seed,
  schedules: NEED.count,
  host: {
    is: (value) => NEED.host.is(value) && typeof (value as { clock?: unknown }).clock === 'function',
    text: 'a UnitHost: turn(), and clock() in seconds',
  },
  seconds: optional(NEED.seconds),
  ...{ novelty: optional(NEED.flag), all: optional(NEED.flag) },
  ...{ onProgress: optional(NEED.call), crew: optional(NEED.call), onlooker: optional(NEED.record) },
};

/** Tries of a unit, at most: of threads they take a tenth of a millisecond each, of a command seconds. */
const GRAIN = 256;

/**
 * Tries schedules until one fails, the strategy has nothing left, or it has been long enough. What is found
 * does not depend on who works at it; but for a limit of time, or Ctrl-C.
 * @throws RangeError that names what is missing, or is no option
 */
export async function search(lab: Lab, options: SearchOptions): Promise<SearchResult> {
  checkOptions('search', { lab, ...options }, NEEDS);
  const { host, schedules, seconds, all = false, novelty = false } = options;
  const units = { all, novelty };
  const begun = host.clock();
  const plan = options.plan(options.seed, lab.threads.length > 0 ? GRAIN : 1);
  const isOver = (): boolean =>
    host.stop?.() === true || (seconds !== undefined && host.clock() - begun >= seconds);
  const result = emptyResult();
  const seen = new Seen();
  let planned = 0;
  // What is shown meanwhile; the plan is told later, in order.
  const done = { tries: 0, failures: 0 };
  const tell = (): void => {
    result.seconds = host.clock() - begun;
    result.covered = plan.covered();
    if (novelty) result.estimate = seen.estimate;
  };
  const runner = new UnitRunner(lab, { ...host, stop: isOver }, options.onlooker);
  const here: Crew<Unit, UnitResult> = { width: 1, run: (unit) => runner.run(unit, units) };
  await ordered<Unit, UnitResult>(
    {
      next() {
        if (planned >= schedules) return undefined;
        const unit = plan.next(schedules - planned);
        result.exhausted = unit === undefined;
        if (unit !== undefined && unit !== 'wait') planned += unit.count;
        return unit;
      },
      told(unit, shown) {
        plan.told(unit, shown);
        note(result, unit, shown);
        for (const print of shown.prints) seen.add(print);
      },
      done({ tries, failures }) {
        if (options.onProgress === undefined) return;
        done.tries += tries;
        done.failures += failures.length;
        tell();
        const { seconds, covered, estimate } = result;
        options.onProgress({ ...done, seconds, covered, estimate });
      },
    },
    () => (options.onlooker === undefined ? options.crew?.(units) : undefined) ?? here,
    { ends: ({ failures, died }) => !all && (failures.length > 0 || died !== undefined), stop: isOver },
  );
  tell();
  result.interrupted = host.stop?.() === true;
  result.complete = plan.complete();
  if (novelty) result.novelty = seen.report();
  const [first] = result.buckets;
  if (first !== undefined) result.found = examine(lab, replay(first.first.choices));
  return result;
}

const emptyResult = (): SearchResult => ({
  ...{ tries: 0, seconds: 0, failures: 0, covered: undefined, estimate: undefined, novelty: undefined },
  ...{ found: undefined, buckets: [], died: [], exhausted: false, complete: false, interrupted: false },
});

function note(result: SearchResult, unit: Unit, { tries, failures, died }: UnitResult): void {
  for (const failure of failures) {
    const { signature, title, at } = failure;
    const bucket = result.buckets.find((each) => each.signature === signature);
    if (bucket !== undefined) bucket.times++;
    else result.buckets.push({ signature, title, times: 1, after: result.tries + at + 1, first: failure });
  }
  result.failures += failures.length;
  result.tries += tries;
  if (died !== undefined) result.died.push({ unit, says: died });
}
