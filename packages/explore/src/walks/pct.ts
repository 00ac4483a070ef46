import { chanceOf, choosable, turnLength, type WalkMaker } from './walk.js';

const SALT = 0x5043;

/**
 * PCT: each thread has a priority of its own by chance, the highest that can run runs, and at d - 1 points of
 * the run, drawn evenly, the one that runs falls below all others. A bug of depth d among n threads and k
 * points is found with a probability of at least 1 / (n k^(d-1)) a run.
 *
 * S. Burckhardt, P. Kothari, M. Musuvathi, S. Nagarakatte, "A randomized scheduler with probabilistic
 * guarantees of finding bugs" (ASPLOS 2010). Deviations: k is the number of points of the run without any
 * choice, and every second try takes twice as many, as other runs may be longer; that a thread of higher
 * priority has become able to run is seen at the next point, by the length of the run queue.
 */
export const pct =
  (depth: number): WalkMaker =>
  (view, seed, n) => {
    const steps = Math.max(1, view.profile().points) << (n & 1);
    const prng = chanceOf(seed, n, SALT);
    const priorities = new Map<number, number>();
    const changes = new Set(Array.from({ length: depth - 1 }, () => prng.below(steps)));
    let low = 0;
    let point = 0;
    let waiting = 0;
    const priority = (context: number): number => {
      let p = priorities.get(context);
      if (p === undefined) {
        p = 1 + prng.next();
        priorities.set(context, p);
      }
      return p;
    };
    return {
      decide(decision): number {
        const { kind, objects, standard } = decision;
        if (kind === 'preempt') {
          const context = objects[0]!;
          if (!view.inScope(context)) return standard;
          const runnable = view.runnable();
          const more = runnable > waiting;
          waiting = runnable;
          if (changes.has(point++)) priorities.set(context, --low);
          else if (!more) return standard;
          return runnable > 0 ? 1 : standard;
        }
        if (kind !== 'run') return turnLength(decision, prng.next());
        const from = choosable(decision, view);
        waiting = Math.max(0, objects.length - 1);
        let best = from[0] ?? standard;
        for (const i of from) if (priority(objects[i]!) > priority(objects[best]!)) best = i;
        return best;
      },
    };
  };
