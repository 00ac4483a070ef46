import type { Decision, MachineView } from '@trap12/machine';
import type { Asleep, Note, Prefix, Tree, TreeWalk } from './frontier.js';
import { choosable, type WalkView } from './walk.js';

/** A stretch may use whatever there is: it is independent of no other. */
const ANYTHING = -1;

/**
 * Every schedule but for the order of what does not depend on each other. What a thread does between two
 * decisions, a stretch, uses locks and sleep channels; two stretches that use none in common come to the same
 * in either order, so one order is enough. Where a thread was tried, it is asleep in the tries of its
 * siblings, until a stretch comes by that uses what its own would; a thread that is asleep is not chosen.
 *
 * Sleep sets, of P. Godefroid, "Partial-order methods for the verification of concurrent systems" (LNCS
 * 1032, 1996). Deviations: what a stretch uses is seen when it is run, so a sibling is tried when the one
 * before it has been; a stretch next to interruptible() may use anything; memory is not looked at, so it is
 * complete where all data have locks (--races looks for that); time is not looked at; where all that could
 * run are asleep the try is of no use and goes on as the machine has it. Lengths of turns (several
 * processors) are not varied.
 */
export const reduced: Tree = { walk: (view, prefix) => new ReducedWalk(view, prefix) };

class ReducedWalk implements TreeWalk {
  readonly classes = ['KTR_LOCK', 'KTR_MTX', 'KTR_PROC'];
  turns = false;
  private readonly notes: Note[] = [];
  private made = '';
  private left = 0;
  private asleep: Asleep[];
  /** The stretch that runs: whose, and what it has used */
  private running = 0;
  private uses = new Set<number>();
  /** What is to be noted when that stretch is over: its siblings */
  private siblings: Omit<Note, 'asleep'> | undefined;
  /** A choice of the prefix, or one behind it that leads to nothing new */
  private spent = false;

  constructor(
    private readonly view: WalkView,
    private readonly prefix: Prefix,
  ) {
    this.asleep = [];
  }

  growth = () => {
    this.stretchEnds();
    return { made: this.made, notes: this.notes };
  };

  happened(_kind: number, object: number, _arg: number, { context }: MachineView): void {
    if (!this.view.inScope(context)) return;
    this.uses.add(object);
  }

  decide(decision: Decision): number {
    const { view } = this;
    const { kind, objects, standard } = decision;
    if (kind === 'slice') this.turns = true;
    if (kind === 'preempt') {
      const [context = 0, object = 0] = objects;
      if (object === 0 || !view.inScope(context)) return standard;
      const anything = object === context;
      if (anything) this.uses.add(ANYTHING);
      this.stretchEnds();
      this.running = context;
      if (anything) this.uses.add(ANYTHING);
      else this.uses.add(object);
      if (view.runnable() === 0) return standard;
      // To go on first, then to let others go on in its place.
      const choice = this.take([0, 1]);
      if (choice === 1) {
        this.left = context;
        this.uses.clear();
        this.running = 0;
      }
      return choice;
    }
    if (kind !== 'run') return standard;
    this.stretchEnds();
    const from = choosable(decision, view);
    const others = this.left === 0 || from.length < 2 ? from : from.filter((i) => objects[i] !== this.left);
    this.left = 0;
    const awake = this.beyond ? others.filter((i) => !this.sleeps(objects[i]!)) : others;
    if (awake.length === 0 && others.length > 0) this.spent = true;
    const options = awake.length > 0 ? awake : others;
    const choice = options.length === 0 ? standard : this.take(options);
    this.running = objects[choice] ?? 0;
    return choice;
  }

  /** Is what is decided now behind the prefix? */
  private get beyond(): boolean {
    return this.made.length >= this.prefix.choices.length;
  }

  private sleeps(context: number): boolean {
    return this.asleep.some((each) => each.context === context);
  }

  /** Takes the next choice of the prefix or, behind it, the first. */
  private take(options: readonly number[]): number {
    const { choices, others = [], asleep = [] } = this.prefix;
    const at = this.made.length;
    if (at < choices.length) {
      const choice = choices.charCodeAt(at);
      this.made += choices[at]!;
      if (at === choices.length - 1) {
        this.asleep = [...asleep];
        this.siblingsAre(at, others);
      }
      return choice;
    }
    const choice = options[0]!;
    this.made += String.fromCharCode(choice);
    if (!this.spent) this.siblingsAre(at, options.slice(1));
    return choice;
  }

  private siblingsAre(at: number, choices: readonly number[]): void {
    const [choice, ...others] = choices;
    this.siblings = choice === undefined ? undefined : { at, choice, preemptions: 0, others };
  }

  /** A thread has come to its next decision, or has left the processor. */
  private stretchEnds(): void {
    const { running, siblings } = this;
    const uses = [...this.uses];
    this.uses.clear();
    this.running = 0;
    if (running === 0) return;
    this.siblings = undefined;
    if (siblings !== undefined)
      this.notes.push({ ...siblings, asleep: [...this.asleep, { context: running, uses }] });
    this.asleep = this.asleep.filter((each) => !depend(each.uses, uses));
  }
}

function depend(a: readonly number[], b: readonly number[]): boolean {
  return a.includes(ANYTHING) || b.includes(ANYTHING) || a.some((object) => b.includes(object));
}
