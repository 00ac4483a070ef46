import { chanceOf, choosable, turnLength, type Profile, type WalkMaker } from './walk.js';

const SALT = 0x5355;
/** So many of eight tries count every point, the others those of one object that several threads use. */
const ALL_OF_EIGHT = 2;

/**
 * SURW, selectively uniform random walk: of chosen events, whose number in each thread is known beforehand,
 * every order is as likely as any other. The thread whose event is to come next is drawn by how many events
 * each has left; the others are held at theirs until it has come by. All else is a random walk.
 *
 * H. Zhao, D. Wolff, U. Mathur, A. Roychoudhury, "Selectively uniform concurrency testing" (ASPLOS 2025).
 * Deviations: events are the points before locks and sleeps; those that count are of one object that several
 * threads came to in the run without any choice, drawn for each try, or in a quarter of the tries all; the
 * numbers of events are those of that run; if the thread whose turn it is cannot run, another one is drawn.
 */
export const surw: WalkMaker = (view, seed, n) => {
  const prng = chanceOf(seed, n, SALT);
  const { object: chosen, counts: left } = eventsOf(view.profile(), prng.below(8), (m) => prng.below(m));
  const counts = ({ 1: object }: readonly number[]): boolean =>
    object !== undefined && object !== 0 && (chosen === undefined || object === chosen);
  /** Who stands before an event of theirs */
  const held = new Set<number>();
  let next = 0;
  let ready: number[] = [];
  /** Draws whose event comes next, by how many each of these has left. */
  function draw(contexts: readonly number[]): void {
    const weights = contexts.map((context) => left.get(context) ?? 0);
    const sum = weights.reduce((a, b) => a + b, 0);
    let at = sum === 0 ? 0 : prng.below(sum);
    const i = weights.findIndex((weight) => (at -= weight) < 0);
    next = contexts[sum === 0 ? prng.below(contexts.length) : i]!;
  }
  /** An event of this thread comes by now. */
  function happens(context: number): void {
    held.delete(context);
    left.set(context, Math.max(0, (left.get(context) ?? 0) - 1));
    draw([...left.keys()]);
  }
  if (left.size > 0) draw([...left.keys()]);
  return {
    decide(decision) {
      const { kind, objects, standard } = decision;
      if (kind === 'preempt') {
        const context = objects[0]!;
        if (!view.inScope(context)) return standard;
        const others = view.runnable();
        if (!counts(objects)) return others > 0 && prng.below(others + 1) > 0 ? 1 : standard;
        if (context !== next && others > 0) {
          held.add(context);
          return 1;
        }
        happens(context);
        return standard;
      }
      if (kind !== 'run') return turnLength(decision, prng.next());
      const from = choosable(decision, view);
      if (from.length === 0) return standard;
      ready = from.map((i) => objects[i]!);
      let free = ready.filter((context) => !held.has(context) || context === next);
      if (free.length === 0) {
        draw(ready);
        free = [next];
      }
      const taken = free[prng.below(free.length)]!;
      if (held.has(taken)) happens(taken);
      return from[ready.indexOf(taken)]!;
    },
  };
};

/** The events that count in a try: of one object, or of all (undefined); and how many each thread has. */
function eventsOf(
  { byObject }: Profile,
  eighth: number,
  below: (n: number) => number,
): { object: number | undefined; counts: Map<number, number> } {
  const shared = [...byObject].filter(([object, { size }]) => object !== 0 && size > 1);
  if (eighth >= ALL_OF_EIGHT && shared.length > 0) {
    const [object, counts] = shared[below(shared.length)]!;
    return { object, counts: new Map(counts) };
  }
  const counts = new Map<number, number>();
  for (const [object, of] of byObject)
    if (object !== 0) for (const [context, n] of of) counts.set(context, (counts.get(context) ?? 0) + n);
  return { object: undefined, counts };
}
