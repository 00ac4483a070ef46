import { accesses } from './accesses.js';
import { bounded } from './bounded.js';
import { delays } from './delays.js';
import type { Tree } from './frontier.js';
import { pct } from './pct.js';
import { byChance, type PlanMaker, portfolio, throughTree, type TreeWords } from './plan.js';
import { pos } from './pos.js';
import { random } from './random.js';
import { reduced } from './reduced.js';
import { surw } from './surw.js';
import type { WalkMaker } from './walk.js';

export { fair } from './fair.js';
export { Frontier } from './frontier.js';
export type { Growth, Prefix, TreeWalk } from './frontier.js';
export type { Plan, PlanMaker, Unit } from './plan.js';
export type { Profile, Walk, WalkMaker, WalkView } from './walk.js';

/** Strategies by chance, by the names that units have. */
export const CHANCES: Readonly<Record<string, WalkMaker>> = {
  random,
  pct2: pct(2),
  pct: pct(3),
  pos,
  surw,
  delays,
  accesses,
};

/** Strategies that go through everything. */
export const TREES: Readonly<Record<string, Tree>> = { bounded, reduced };

const BOUNDED: TreeWords = { bounds: true, all: 'that differ at locks and sleeps' };
const REDUCED: TreeWords = { bounds: false, all: 'that differ in the order of what depends on each other' };

/** Every schedule, fewest preemptions first. @param limit no more preemptions than these */
export const boundedPlan = (limit?: number): PlanMaker => throughTree('bounded', BOUNDED, limit);

/** Strategies by chance in turn. */
export const sampled: PlanMaker = portfolio(['pct2', 'random', 'pos', 'pct', 'surw'].map(byChance));

/** Every strategy of `explore`, by the name that options take. */
export const PLANS: Readonly<Record<string, PlanMaker>> = {
  portfolio: portfolio([boundedPlan(), ...['pct2', 'random', 'pos', 'pct', 'surw'].map(byChance)]),
  random: byChance('random'),
  pct: byChance('pct'),
  pos: byChance('pos'),
  surw: byChance('surw'),
  delays: byChance('delays'),
  accesses: byChance('accesses'),
  bounded: boundedPlan(),
  reduced: throughTree('reduced', REDUCED),
  loads: portfolio(['delays', 'random', 'delays', 'pct2', 'delays', 'pos', 'delays', 'pct'].map(byChance)),
};

/** Of a scenario's threads, and of a command. */
export const DEFAULT_PLAN = 'portfolio';
export const DEFAULT_LOAD_PLAN = 'loads';

/** Strategies that need the kernel's checked form. */
export const needsSteps = (plan: string): boolean => plan === 'accesses';

/** @throws RangeError that says what is accepted */
export function planNamed(name: string): PlanMaker {
  const maker = Object.hasOwn(PLANS, name) ? PLANS[name] : undefined;
  if (maker === undefined)
    throw new RangeError(`no strategy "${name}"; accepted: ${Object.keys(PLANS).join(', ')}`);
  return maker;
}
