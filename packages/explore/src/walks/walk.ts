import type { Decision } from '@trap12/machine';
import type { Onlooker } from '../lab.js';
import type { Decider } from '@trap12/machine';

/** What a walk may know of the machine. */
export interface WalkView {
  /** May it keep this context waiting? */
  inScope(context: number): boolean;
  /** How many processes wait for the processor */
  runnable(): number;
  /** Virtual time, ns since power-on */
  now(): number;
  /** Does the running process stand in or below a function that the search is about? */
  isNear(): boolean;
}

/** Decides one try. */
export interface Walk extends Decider, Onlooker {}

/**
 * Gives one try after the other. Strategies know decisions only: nothing about locks, sleeps or devices.
 */
export interface Searcher {
  /** The next try; undefined: there is nothing left that it has not tried. */
  next(): Walk | undefined;
  /** The try that next() gave has come to its end. */
  ended?(): void;
  /** Has it tried every schedule that there is? Asked when next() has nothing left. */
  complete?(): boolean;
  /** Has it tried every schedule with at most so many preemptions? */
  covers?(preemptions: number): boolean;
  /** What it has covered, for people; undefined if that cannot be said */
  covered?(): string | undefined;
}

/** One file a strategy; SEARCHERS in index.ts lists them. */
export type SearcherMaker = (view: WalkView, seed: number) => Searcher;

/** Indexes of the candidates that a strategy may choose from; none where the first is not its business. */
export function choosable({ objects }: Decision, view: WalkView): number[] {
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
