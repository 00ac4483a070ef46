import type { Decision } from '@trap12/machine';
import { choosable, type SearcherMaker, type Walk, type WalkView } from './walk.js';

/** What is to be done at the first decisions of a try; after them the standard. */
interface Prefix {
  choices: readonly number[];
  preemptions: number;
}

/** Prefixes that wait to be tried: with more than so many it does not claim to come to an end. */
const WAITING_MAX = 2_000_000;

/**
 * Every schedule, those with fewer preemptions first. A preemption takes the processor from a thread that
 * could go on; who gets it then, or when a thread waits by itself, is tried in every way at no cost. Each
 * schedule is tried once: a try notes what else could have been decided behind its own prefix. When nothing
 * is left up to a bound, that bound is complete, and if nothing is left at all, there is no schedule of these
 * decisions that it has not tried.
 *
 * M. Musuvathi, S. Qadeer, "Iterative context bounding for systematic testing of multithreaded programs"
 * (PLDI 2007). Deviations: no reduction by independence; the processor is taken away where it is known what
 * comes next (before a lock or a sleep, and in interruptible()), which is enough where all data have locks;
 * lengths of turns (several processors) are not varied, so with those it says nothing of completeness.
 *
 * @param limit try no more preemptions than these
 */
export const bounded =
  (limit = Number.POSITIVE_INFINITY): SearcherMaker =>
  (view) => {
    const waiting: Prefix[][] = [[{ choices: [], preemptions: 0 }]];
    let tries = 0;
    let turns = false;
    let bound = 0;
    let dropped = false;
    let beyond = false;
    const complete = (): boolean =>
      !turns && !dropped && !beyond && tries > 0 && waiting.every((list) => list.length === 0);
    function note(prefix: Prefix): void {
      if (prefix.preemptions > limit) {
        beyond = true;
        return;
      }
      let list = waiting[prefix.preemptions];
      if (list === undefined) {
        list = [];
        waiting[prefix.preemptions] = list;
      }
      if (list.length < WAITING_MAX) list.push(prefix);
      else dropped = true;
    }
    return {
      next() {
        while (bound < waiting.length && waiting[bound]!.length === 0) bound++;
        const prefix = waiting[bound]?.pop();
        if (prefix === undefined) return undefined;
        tries++;
        return boundedWalk(view, prefix, note, () => {
          turns = true;
        });
      },
      complete: () => complete(),
      covers: (preemptions) => !turns && !dropped && Math.min(limit, completedBound(waiting)) >= preemptions,
      covered() {
        const count = `${tries} schedule${tries === 1 ? '' : 's'}`;
        if (turns) return `${count} of processes; with several processors no bound is complete`;
        if (complete()) return `all ${count} that differ at locks and sleeps`;
        const done = Math.min(limit, completedBound(waiting));
        return done < 0
          ? `${count} without a preemption`
          : `all schedules with at most ${done} preemption${done === 1 ? '' : 's'} at locks and sleeps (${tries})`;
      },
    };
  };

/** The greatest bound below which no prefix waits. */
function completedBound(waiting: readonly Prefix[][]): number {
  const first = waiting.findIndex((list) => list.length > 0);
  return first < 0 ? Number.POSITIVE_INFINITY : first - 1;
}

function boundedWalk(
  view: WalkView,
  prefix: Prefix,
  note: (prefix: Prefix) => void,
  onTurn: () => void,
): Walk {
  const made: number[] = [];
  const { preemptions } = prefix;
  let left = 0;
  /** Takes the next choice of the prefix or, behind it, the first, and notes the others. */
  function take(options: readonly number[], cost: number): number {
    const at = made.length;
    const forced = prefix.choices[at];
    const choice = forced ?? options[0]!;
    if (forced === undefined)
      for (let i = options.length - 1; i > 0; i--)
        note({ choices: [...made, options[i]!], preemptions: preemptions + cost });
    made.push(choice);
    return choice;
  }
  return {
    classes: [],
    decide(decision: Decision): number {
      const { kind, objects, standard } = decision;
      if (kind === 'slice') onTurn();
      if (kind === 'preempt') {
        const [context = 0, object = 0] = objects;
        if (object === 0 || !view.inScope(context) || view.runnable() === 0) return standard;
        const choice = take([0, 1], 1);
        if (choice === 1) left = context;
        return choice;
      }
      if (kind !== 'run') return standard;
      const from = choosable(decision, view);
      const others = left === 0 || from.length < 2 ? from : from.filter((i) => objects[i] !== left);
      left = 0;
      return others.length < 2 ? (others[0] ?? standard) : take(others, 0);
    },
  };
}
