import { bounded } from './bounded.js';
import { delays } from './delays.js';
import { pct } from './pct.js';
import { portfolio } from './portfolio.js';
import { pos } from './pos.js';
import { random } from './random.js';
import type { SearcherMaker } from './walk.js';

export { bounded } from './bounded.js';
export { fair } from './fair.js';
export type { Searcher, SearcherMaker, Walk, WalkView } from './walk.js';

/** Every strategy of `explore`, by the name that options take. */
export const SEARCHERS: Record<string, SearcherMaker> = {
  portfolio: portfolio([bounded(), pct(2), random, pos, pct(3)]),
  random,
  pct: pct(3),
  pos,
  bounded: bounded(),
  delays,
  loads: portfolio([delays, random, delays, pct(2), delays, pos, delays, pct(3)]),
};

/** Of a scenario's threads, and of a command. */
export const DEFAULT_SEARCHER = 'portfolio';
export const DEFAULT_LOAD_SEARCHER = 'loads';

/** @throws RangeError that says what is accepted */
export function searcherNamed(name: string): SearcherMaker {
  const maker = Object.hasOwn(SEARCHERS, name) ? SEARCHERS[name] : undefined;
  if (maker === undefined)
    throw new RangeError(`no strategy "${name}"; accepted: ${Object.keys(SEARCHERS).join(', ')}`);
  return maker;
}
