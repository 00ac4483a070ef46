import { type Finite, Plan } from './plan.js';
import type { KeptSubject, Store } from './store.js';
import type { Outcome, Result, Task } from './types.js';

/** Who works off units, here or elsewhere. */
export interface Crew {
  /** Units at the same time */
  readonly width: number;
  /** @returns undefined: it was given up */
  run(task: Task): Promise<Outcome | undefined>;
  /** These are kept, or were before */
  kept?(results: readonly Result[]): void;
}

export interface RunOptions {
  subjects: readonly KeptSubject[];
  /** Strategies of a subject */
  strategies(subject: KeptSubject): readonly string[];
  /** Of a strategy that comes to an end; undefined: it has none */
  finite?(subject: KeptSubject, strategy: string): Finite | undefined;
  crew: Crew;
  /** Hand out no more than so many units; undefined: no limit */
  units?: number;
  /** Nor any after so many seconds by clock() */
  seconds?: number;
  /** Seconds of the host's time, from any beginning; never backwards */
  clock(): number;
  /** Asked between units: true ends it */
  stop(): boolean;
  /** Called with what was kept */
  onKept?(results: readonly Result[]): void;
}

/**
 * Works at a campaign until it has been long enough. Results are kept as they come, all that are there in one
 * transaction; what is under way when it is stopped is as if it had not been begun.
 * @returns units that were kept
 */
export async function runCampaign(store: Store, options: RunOptions): Promise<number> {
  const { crew, clock, stop, units = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY } = options;
  const plan = new Plan(store, options.subjects, options.strategies, options.finite);
  const begun = clock();
  let counted = begun;
  let given = 0;
  let kept = 0;
  let running = 0;
  let wake = (): void => {};
  const done: Result[] = [];
  let failed: unknown;
  const isOver = (): boolean => stop() || failed !== undefined;
  const keep = (): void => {
    const results = done.splice(0);
    if (results.length === 0) return;
    const now = clock();
    const fresh = store.commit(results, Math.max(0, now - counted));
    counted = now;
    kept += fresh.length;
    for (const { task } of results) plan.done(task);
    crew.kept?.(results);
    options.onKept?.(fresh);
  };
  const launch = (task: Task): void => {
    running++;
    void crew
      .run(task)
      .then((outcome) => {
        if (outcome === undefined) plan.giveBack(task);
        else done.push({ task, outcome });
      })
      .catch((error: unknown) => {
        failed ??= error;
      })
      .finally(() => {
        running--;
        wake();
      });
  };
  const someoneIsDone = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  while (!isOver()) {
    while (running < crew.width && given < units && clock() - begun < seconds) {
      const task = plan.next();
      if (task === undefined) break;
      given++;
      launch(task);
    }
    if (running === 0) break;
    await someoneIsDone();
    keep();
  }
  // Who has stopped it has dropped the crew's work: it ends at once.
  while (running > 0) await someoneIsDone();
  keep();
  if (failed !== undefined) throw failed;
  return kept;
}
