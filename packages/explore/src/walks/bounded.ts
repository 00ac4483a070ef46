import type { Decision } from '@trap12/machine';
import type { Note, Prefix, Tree, TreeWalk } from './frontier.js';
import { choosable, type WalkView } from './walk.js';

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
 */
export const bounded: Tree = { walk: (view, prefix) => new BoundedWalk(view, prefix) };

class BoundedWalk implements TreeWalk {
  turns = false;
  private readonly notes: Note[] = [];
  private made = '';
  private left = 0;

  constructor(
    private readonly view: WalkView,
    private readonly prefix: Prefix,
  ) {}

  growth = () => ({ made: this.made, notes: this.notes });

  decide(decision: Decision): number {
    const { view } = this;
    const { kind, objects, standard } = decision;
    if (kind === 'slice') this.turns = true;
    if (kind === 'preempt') {
      const [context = 0, object = 0] = objects;
      if (object === 0 || !view.inScope(context) || view.runnable() === 0) return standard;
      const choice = this.take([0, 1], 1);
      if (choice === 1) this.left = context;
      return choice;
    }
    if (kind !== 'run') return standard;
    const from = choosable(decision, view);
    const others = this.left === 0 || from.length < 2 ? from : from.filter((i) => objects[i] !== this.left);
    this.left = 0;
    return others.length < 2 ? (others[0] ?? standard) : this.take(others, 0);
  }

  /** Takes the next choice of the prefix or, behind it, the first, and notes the others. */
  private take(options: readonly number[], cost: number): number {
    const { choices, preemptions } = this.prefix;
    const at = this.made.length;
    const forced = at < choices.length ? choices.charCodeAt(at) : undefined;
    const choice = forced ?? options[0]!;
    if (forced === undefined)
      for (let i = options.length - 1; i > 0; i--)
        this.notes.push({ at, choice: options[i]!, preemptions: preemptions + cost });
    this.made += String.fromCharCode(choice);
    return choice;
  }
}
