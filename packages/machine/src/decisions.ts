import { next32, type PrngState, seeded } from './prng.js';
import { Stateful } from './state.js';

/**
 * Everything that the machine leaves to chance or to a strategy:
 *  slice      for how long a CPU runs before the others catch up, ns beyond the least
 *  run        whom the kernel takes of those that could run: an index into `objects`, or their number for nobody
 *  preempt    1: the running process goes back to the run queue, now that interrupts are let in, or where KTR_POINT asks
 *  seek       how long a disk command takes, ns beyond the least
 *  diskerror  1: a disk command fails
 *  packet     when the next frame comes from the network, ns from now, less one
 *  clock      phase of the clock, ns
 *  stall      for how long the running processor stands before a step of a kernel in its checked form, ns: the
 *             other processors go on meanwhile, then it takes the interrupts that have come, and a single
 *             processor one that sends the running process back to the run queue. Its number is that of the
 *             step, and it is asked for only where the decider says that it wants to be
 */
export const DECISION_KINDS = [
  'slice',
  'run',
  'preempt',
  'seek',
  'diskerror',
  'packet',
  'clock',
  'stall',
] as const;
export type DecisionKind = (typeof DECISION_KINDS)[number];

/** A processor stands at most so long at once, ns. */
export const STALL_MAX_NS = 1_000_000_000;

/** One decision, as a decider is asked for it. The object is the machine's: valid during the call. */
export interface Decision {
  readonly kind: DecisionKind;
  /** Number among those of its kind since power-on, from 0; of `stall` that of the step */
  readonly number: number;
  /** The choices are the integers from 0 to n - 1 */
  readonly n: number;
  /** What the machine does if nobody decides otherwise */
  readonly standard: number;
  /**
   * Contexts that it is about: the candidates of `run`; of `preempt` the running one, then the object that it
   * is about to use, or 0 if that is not known; of `stall` the running one, then the text address of the step
   * and what it accesses
   */
  readonly objects: readonly number[];
}

/** Decides. It changes nothing in the machine; one that always takes `standard` is as good as none. */
export interface Decider {
  /** @returns an integer from 0 to n - 1 */
  decide(decision: Decision): number;
  /**
   * The first step from number `from` on before which it wants to be asked for a `stall`; undefined: there is
   * none. It is asked when the machine is started, and after each such decision.
   */
  nextStall?(from: number): number | undefined;
}

/** A decision that was not the standard one. A list of them, with the seed, is a schedule. */
export interface Choice {
  kind: DecisionKind;
  number: number;
  choice: number;
}

interface Stream extends PrngState {
  /** Decisions of this kind so far */
  number: number;
}
export type DecisionsState = Record<DecisionKind, Stream>;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
const NOBODY: readonly number[] = [];

/**
 * The machine's decisions, numbered within their kinds. Each kind of chance has a stream of its own, seeded
 * from the machine's seed and the kind's name, so that a change in one leaves the others as they are.
 */
export class Decisions extends Stateful<DecisionsState> {
  /** Who decides; nobody: the standard choices. */
  decider: Decider | null = null;
  /** Told of each choice that was not the standard one. */
  onChoice: ((decision: Decision, choice: number) => void) | null = null;
  protected state: DecisionsState;
  private readonly asked: Mutable<Decision> = {
    kind: 'slice',
    number: 0,
    n: 1,
    standard: 0,
    objects: NOBODY,
  };

  /** @param seed any integer from 0 to 2^53 - 1 */
  constructor(seed: number) {
    super();
    const stream = (kind: DecisionKind): Stream => ({ ...streamOf(seed, kind), number: 0 });
    this.state = Object.fromEntries(DECISION_KINDS.map((kind) => [kind, stream(kind)])) as DecisionsState;
  }

  /** An integer in [0, n) that is chance unless somebody decides; n from 1 to 2^32. */
  draw(kind: DecisionKind, n: number): number {
    const standard = Math.floor((next32(this.state[kind]) / 0x1_0000_0000) * n);
    return this.choose(kind, n, standard, NOBODY);
  }

  /** 1 with a probability of `rate` unless somebody decides. */
  happens(kind: DecisionKind, rate: number): number {
    const standard = next32(this.state[kind]) < rate * 0x1_0000_0000 ? 1 : 0;
    return this.choose(kind, 2, standard, NOBODY);
  }

  /** An integer in [0, n): `standard` unless somebody decides. */
  choose(kind: DecisionKind, n: number, standard: number, objects: readonly number[]): number {
    const number = this.state[kind].number++;
    const { decider } = this;
    if (decider === null) return standard;
    const decision = this.asked;
    decision.kind = kind;
    decision.number = number;
    decision.n = n;
    decision.standard = standard;
    decision.objects = objects;
    const choice = decider.decide(decision);
    if (choice === standard) return choice;
    if (!Number.isInteger(choice) || choice < 0 || choice >= n)
      throw new RangeError(`decision ${kind} ${number}: ${choice} is not from 0 to ${n - 1}`);
    this.onChoice?.(decision, choice);
    return choice;
  }

  /**
   * Does the running context go back to the run queue? Asked wherever interrupts are let in, so it costs next
   * to nothing.
   * @param object what it is about to use, 0 if that is not known
   */
  preempts(context: number, object = 0): boolean {
    if (this.decider !== null) return this.choose('preempt', 2, 0, [context, object]) !== 0;
    this.state.preempt.number++;
    return false;
  }

  /** The next step before which the decider wants to be asked for a stall; 0: none. */
  get nextStall(): number {
    return this.decider?.nextStall?.(this.state.stall.number) ?? 0;
  }

  /**
   * For how long does the running processor stand before step `step`? ns, 0 to STALL_MAX_NS.
   * @param objects its context, the text address, what it accesses
   */
  stall(step: number, objects: readonly number[]): number {
    this.state.stall.number = step;
    return this.choose('stall', STALL_MAX_NS + 1, 0, objects);
  }

  /** The processor cannot stand before step `step`: nobody is asked. @returns 0 */
  passStall(step: number): number {
    this.state.stall.number = step + 1;
    return 0;
  }

  /** Is somebody to be asked whom to run? If not, the decision is made. */
  decidesRun(): boolean {
    if (this.decider !== null) return true;
    this.state.run.number++;
    return false;
  }

  /**
   * How many decisions of a kind there have been; of `stall` the step that is next after the last of them.
   */
  count(kind: DecisionKind): number {
    return this.state[kind].number;
  }

  /** Decisions of all kinds whose numbers are a count. */
  get total(): number {
    return DECISION_KINDS.reduce((sum, kind) => sum + (kind === 'stall' ? 0 : this.state[kind].number), 0);
  }
}

/** The generator of a kind: seeded by FNV-1a of its name, mixed into the seed. */
function streamOf(seed: number, kind: string): PrngState {
  let hash = 0x811c_9dc5;
  for (let i = 0; i < kind.length; i++) hash = Math.imul(hash ^ kind.charCodeAt(i), 0x0100_0193);
  return seeded(seed ^ hash, Math.floor(seed / 0x1_0000_0000));
}

/** Keeps the list of what was not standard. Set it as Decisions.onChoice, or as part of an observer. */
export class Recording {
  readonly choices: Choice[] = [];

  decided({ kind, number }: Decision, choice: number): void {
    this.choices.push({ kind, number, choice });
  }
}

/**
 * A decider that makes the recorded choices and takes the standard for all else. With the seed of the
 * recorded run it gives that run.
 * @throws RangeError if two choices are for the same decision
 */
export function replay(choices: readonly Choice[]): Decider {
  const byKind = new Map<string, Map<number, number>>();
  for (const { kind, number, choice } of choices) {
    if (!DECISION_KINDS.includes(kind))
      throw new RangeError(`no kind of decision "${kind}"; accepted: ${DECISION_KINDS.join(', ')}`);
    const ofKind = byKind.get(kind) ?? new Map<number, number>();
    if (ofKind.has(number)) throw new RangeError(`decision ${kind} ${number} is there twice`);
    byKind.set(kind, ofKind.set(number, choice));
  }
  return {
    decide: ({ kind, number, standard }) => byKind.get(kind)?.get(number) ?? standard,
    nextStall: nextStallOf(byKind.get('stall')?.keys() ?? []),
  };
}

/** Decider.nextStall for given steps, in any order. */
export function nextStallOf(steps: Iterable<number>): (from: number) => number | undefined {
  const order = [...steps].sort((a, b) => a - b);
  return (from) => order.find((step) => step >= from);
}

/** Decides in the place of `inner`, which is asked for stalls where it wants to be. */
export const around = (inner: Decider, decide: Decider['decide']): Decider => ({
  decide,
  nextStall: (from) => inner.nextStall?.(from),
});
