import type { Decider, Decision } from '@trap12/machine';
import { Prng } from '@trap12/machine';
import type { Onlooker } from '../lab.js';

/** What a run without any choice shows of how long runs are. */
export interface Profile {
  /** Points at which a process in scope could have been interrupted */
  points: number;
  /** Of these, for each object that was about to be used (0: not known): how many of each context */
  byObject: ReadonlyMap<number, ReadonlyMap<number, number>>;
}

/** What a walk may know of the machine. */
export interface WalkView {
  /** May it keep this context waiting? */
  inScope(context: number): boolean;
  /** How many processes wait for the processor */
  runnable(): number;
  /** Found out by one run when it is first asked for: not to be asked in the middle of a try. */
  profile(): Profile;
  /**
   * Steps at which a run without any choice accesses memory that is shared and written, by place; none in the
   * kernel's fast form. Found out as profile() is.
   */
  shared(): readonly (readonly number[])[];
  readonly processors: number;
  /** Virtual time, ns since power-on */
  now(): number;
  /** Does the running process stand in or below a function that the search is about? */
  isNear(): boolean;
}

/** Decides one try. */
export interface Walk extends Decider, Partial<Onlooker> {}

/**
 * A strategy by chance: try number `n` of a seed, which depends on nothing else. Strategies know decisions
 * only: nothing about locks, sleeps or devices.
 */
export type WalkMaker = (view: WalkView, seed: number, n: number) => Walk;

/** The generator of a try. @param salt of the strategy, so that two of them do not draw the same */
export const chanceOf = (seed: number, n: number, salt: number): Prng => new Prng(seed * 0x1_0000 + n + salt);

/** Indexes of the candidates that a strategy may choose from; none where the first is not its business. */
export function choosable({ objects }: Decision, view: Pick<WalkView, 'inScope'>): number[] {
  const out: number[] = [];
  if (objects.length === 0 || !view.inScope(objects[0]!)) return out;
  for (let i = 0; i < objects.length; i++) if (view.inScope(objects[i]!)) out.push(i);
  return out;
}

/** How often a processor's turn is made as short or as long as can be, each, where there are several. */
const EXTREME_TURNS = 0.25;

/**
 * Of decisions that are not about processes only the length of a turn is varied: chance of the machine's own
 * is the seed's.
 */
export function turnLength({ kind, n, standard }: Decision, random: number): number {
  if (kind !== 'slice') return standard;
  const part = random / 0x1_0000_0000;
  if (part < EXTREME_TURNS) return 0;
  return part < 2 * EXTREME_TURNS ? n - 1 : standard;
}
