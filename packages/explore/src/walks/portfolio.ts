import type { Searcher, SearcherMaker } from './walk.js';

/**
 * Several strategies in turn, a try each: none is the best for every bug. One that has nothing left leaves
 * the rest to the others.
 */
export const portfolio =
  (makers: readonly SearcherMaker[]): SearcherMaker =>
  (view, seed) => {
    const all = makers.map((maker, i) => maker(view, seed + i));
    let searchers = all;
    let turn = 0;
    let current: Searcher | undefined;
    return {
      next() {
        for (;;) {
          if (searchers.length === 0) return undefined;
          turn %= searchers.length;
          current = searchers[turn]!;
          const walk = current.next();
          if (walk !== undefined) {
            turn++;
            return walk;
          }
          searchers = searchers.filter((each) => each !== current);
        }
      },
      ended: () => current?.ended?.(),
      complete: () => all.some((each) => each.complete?.() === true),
      covered: () => all.map((each) => each.covered?.()).find((text) => text !== undefined),
    };
  };
