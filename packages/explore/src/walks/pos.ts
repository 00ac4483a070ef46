import { chanceOf, choosable, turnLength, type WalkMaker } from './walk.js';

const SALT = 0x504f;

/**
 * POS, partial order sampling: what a thread is about to do has a priority by chance, and the highest is done
 * first; when it is done, the thread's next one gets a new priority, and so does what others are about to do
 * with the same object. Orders of what does not depend on each other are thus not drawn one by one.
 *
 * X. Yuan, J. Yang, R. Gu, "Partial order aware concurrency sampling" (CAV 2018). Deviations: what a thread
 * is about to use is known before a mutex only (KTR_POINT), elsewhere it is nothing in particular; a thread
 * that has become able to run is seen at the next point.
 */
export const pos: WalkMaker = (view, seed, n) => {
  const prng = chanceOf(seed, n, SALT);
  const priorities = new Map<number, number>();
  const about = new Map<number, number>();
  let ready: number[] = [];
  let waiting = 0;
  const priority = (context: number): number => {
    let p = priorities.get(context);
    if (p === undefined) {
      p = prng.next();
      priorities.set(context, p);
    }
    return p;
  };
  /** It is done: others that were about to use the same draw anew. */
  function done(context: number): void {
    const object = about.get(context) ?? 0;
    if (object === 0) return;
    for (const other of ready)
      if (other !== context && about.get(other) === object) priorities.set(other, prng.next());
    about.delete(context);
  }
  return {
    decide(decision) {
      const { kind, objects, standard } = decision;
      if (kind === 'preempt') {
        const [context = 0, object = 0] = objects;
        if (!view.inScope(context)) return standard;
        done(context);
        about.set(context, object);
        const mine = prng.next();
        priorities.set(context, mine);
        const runnable = view.runnable();
        const more = runnable > waiting;
        waiting = runnable;
        if (runnable === 0) return standard;
        return more || ready.some((other) => other !== context && priority(other) > mine) ? 1 : standard;
      }
      if (kind !== 'run') return turnLength(decision, prng.next());
      const from = choosable(decision, view);
      waiting = Math.max(0, objects.length - 1);
      let best = from[0] ?? standard;
      for (const i of from) if (priority(objects[i]!) > priority(objects[best]!)) best = i;
      ready = from.filter((i) => i !== best).map((i) => objects[i]!);
      return best;
    },
  };
};
