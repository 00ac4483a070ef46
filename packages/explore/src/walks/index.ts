import { bounded } from './bounded.js';
import { pct } from './pct.js';
import { portfolio } from './portfolio.js';
import { pos } from './pos.js';
import { random } from './random.js';
import type { SearcherMaker } from './walk.js';

export { bounded } from './bounded.js';
export type { Searcher, SearcherMaker, Walk, WalkView } from './walk.js';

/** Every strategy of `explore`, by the name that options take. */
export const SEARCHERS: Record<string, SearcherMaker> = {
  portfolio: portfolio([bounded(), pct(2), random, pos, pct(3)]),
  random,
  pct: pct(3),
  pos,
  bounded: bounded(),
};

export const DEFAULT_SEARCHER = 'portfolio';

/** @throws RangeError that says what is accepted */
export function searcherNamed(name: string): SearcherMaker {
  const maker = Object.hasOwn(SEARCHERS, name) ? SEARCHERS[name] : undefined;
  if (maker === undefined)
    throw new RangeError(`no strategy "${name}"; accepted: ${Object.keys(SEARCHERS).join(', ')}`);
  return maker;
}
