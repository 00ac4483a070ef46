import { Frontier, type Growth, type Prefix } from './frontier.js';

/**
 * A piece of a search: a plain record, which anybody can work off who has the same machine, at any time, with
 * the same result.
 */
export interface Unit {
  /** Of CHANCES or TREES (index.ts) */
  strategy: string;
  seed: number;
  /** Numbers of the tries: of those by chance */
  first: number;
  count: number;
  /** The tries: of a tree's */
  prefixes?: Prefix[];
}

/** What a unit has to tell to who has planned it. */
export interface UnitShown {
  tries: number;
  growth: Growth[];
  turns: boolean;
}

/**
 * Cuts a search into units. What it says depends on what it was asked and told before, in that order, and on
 * nothing else.
 */
export interface Plan {
  /**
   * The next unit, of at most so many tries.
   * @returns 'wait': that depends on units that have not been told; undefined: nothing is left
   */
  next(most: number): Unit | 'wait' | undefined;
  told(unit: Unit, shown: UnitShown): void;
  /** Has it tried every schedule that there is? */
  complete(): boolean;
  /** Has it tried every schedule with at most so many preemptions? */
  covers(preemptions: number): boolean;
  /** What it has covered, for people; undefined if that cannot be said */
  covered(): string | undefined;
}

/** @param grain tries of a unit, at most: as many as take about a tenth of a second */
export type PlanMaker = (seed: number, grain: number) => Plan;

/** The first units are small, so that what is found soon is known soon; each fourth doubles them. */
const FIRST = 8;
const DOUBLES_AFTER = 4;

const sizeOf = (unit: number, grain: number, most: number): number =>
  Math.min(most, grain, FIRST << Math.min(16, Math.floor(unit / DOUBLES_AFTER)));

/** Tries by chance, without an end. */
export const byChance =
  (strategy: string): PlanMaker =>
  (seed, grain) => {
    let first = 0;
    let units = 0;
    return {
      next(most) {
        const count = sizeOf(units++, grain, most);
        first += count;
        return { strategy, seed, first: first - count, count };
      },
      told() {},
      complete: () => false,
      covers: () => false,
      covered: () => undefined,
    };
  };

/** What the schedules of a tree are, when it has come to its end. */
export interface TreeWords {
  /** Fewer preemptions first, so that there is something to be said before the end */
  bounds: boolean;
  all: string;
}

/** Goes through a tree. @param limit no more preemptions than these */
export const throughTree =
  (strategy: string, { bounds, all }: TreeWords, limit = Number.POSITIVE_INFINITY): PlanMaker =>
  (seed, grain) => {
    const frontier = new Frontier(limit);
    let units = 0;
    return {
      next(most) {
        const prefixes = frontier.take(sizeOf(units, grain, most));
        if (prefixes === 'wait' || prefixes === undefined) return prefixes;
        units++;
        return { strategy, seed, first: 0, count: prefixes.length, prefixes };
      },
      told({ prefixes = [] }, { tries, growth, turns }) {
        frontier.told(prefixes, tries, growth, turns);
      },
      complete: () => frontier.complete,
      covers: (preemptions) => frontier.covers(preemptions),
      covered: () => frontier.covered(bounds, all),
    };
  };

/**
 * Several strategies in turn, a unit each: none is the best for every bug. One that has nothing left leaves
 * the rest to the others.
 */
export const portfolio =
  (makers: readonly PlanMaker[]): PlanMaker =>
  (seed, grain) => {
    const all = makers.map((maker, i) => maker(seed + i, grain));
    const owners = new Map<Unit, Plan>();
    let plans = all;
    let turn = 0;
    return {
      next(most) {
        while (plans.length > 0) {
          const plan = plans[turn % plans.length]!;
          const unit = plan.next(most);
          if (unit === 'wait') return unit;
          if (unit === undefined) {
            turn %= plans.length;
            plans = plans.filter((each) => each !== plan);
            continue;
          }
          turn = (turn + 1) % plans.length;
          owners.set(unit, plan);
          return unit;
        }
        return undefined;
      },
      told(unit, shown) {
        owners.get(unit)?.told(unit, shown);
        owners.delete(unit);
      },
      complete: () => all.some((each) => each.complete()),
      covers: (preemptions) => all.some((each) => each.covers(preemptions)),
      covered: () => all.map((each) => each.covered()).find((text) => text !== undefined),
    };
  };
