import type { Searcher, SearcherMaker } from './walk.js';

/** Several strategies in turn, a try each: none is the best for every bug. If one says that nothing is left, nothing is. */
export const portfolio =
  (makers: readonly SearcherMaker[]): SearcherMaker =>
  (view, seed) => {
    const searchers = makers.map((maker, i) => maker(view, seed + i));
    let turn = -1;
    let current: Searcher | undefined;
    return {
      next() {
        turn = (turn + 1) % searchers.length;
        current = searchers[turn]!;
        return current.next();
      },
      ended: () => current?.ended?.(),
      covered: () => searchers.map((each) => each.covered?.()).find((text) => text !== undefined),
    };
  };
