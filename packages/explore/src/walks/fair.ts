import { around, type Decision } from '@trap12/machine';
import type { Walk, WalkView } from './walk.js';

/** So long whom the kernel would take may be passed over, ns: a turn of a strategy's own, and no famine. */
const PATIENCE_NS = 0.1e9;

/**
 * The same walk for a load on the whole kernel. Whom the kernel would take is not passed over for ever: a
 * program that waits for another by looking again and again would keep the processor, and a load that ends by
 * itself would not. And who waits for the processor where the try begins is not kept from it before it has
 * come to its first sleep: among them are the kernel's daemons, which have still to begin, and memory would
 * be full before there is anybody to look after it.
 */
export function fair(walk: Walk, view: WalkView): Walk {
  const since = new Map<number, number>();
  let beginners: Set<number> | undefined;
  let running = 0;

  /**
   * Index of a beginner among the candidates; -1: none. Who is not among them sleeps, and is none any more.
   */
  function beginner(objects: readonly number[]): number {
    beginners ??= new Set(objects);
    if (beginners.size === 0) return -1;
    if (!objects.includes(running)) beginners.delete(running);
    return objects.findIndex((context) => beginners!.has(context));
  }

  function passing(objects: readonly number[], choice: number): number {
    const now = view.now();
    const first = objects[0]!;
    const from = since.get(first);
    if (choice !== 0 && from === undefined) since.set(first, now);
    else if (choice !== 0 && now - from! > PATIENCE_NS) choice = 0;
    const chosen = objects[choice];
    if (chosen !== undefined) since.delete(chosen);
    return choice;
  }

  function decide(decision: Decision): number {
    const { kind, objects, standard } = decision;
    if (kind === 'preempt' && beginners?.has(objects[0]!) === true) return standard;
    if (kind !== 'run' || objects.length === 0) return walk.decide(decision);
    const first = beginner(objects);
    const choice = first >= 0 ? first : passing(objects, walk.decide(decision));
    running = objects[choice] ?? 0;
    return choice;
  }
  const { classes, happened, decided } = walk;
  return {
    ...(classes === undefined ? {} : { classes }),
    ...around(walk, decide),
    ...(happened === undefined ? {} : { happened: happened.bind(walk) }),
    ...(decided === undefined ? {} : { decided: decided.bind(walk) }),
  };
}
