import { Prng } from '@trap12/machine';
import { choosable, type SearcherMaker, turnLength } from './walk.js';

const SALT = 0x444c;
/** One of so many occasions is taken, drawn anew for each try: few long ways or many short ones. */
const RARITIES = [20, 100, 500, 2500];
/** And this often near what the search is about. */
const NEAR = 4;
/**
 * Lengths are drawn evenly over the logarithm: from a microsecond to a turn of the disk, and ten of those.
 */
const SHORTEST_LOG2_NS = 10;
const SPREAD_LOG2 = 17;

/**
 * Random delays: now and then a process is kept waiting where it is about to take a lock, to sleep, or has
 * given a spin lock back, for a time that is drawn; more often near what the search is about
 * (WalkView.isNear). Others have the processor meanwhile, and the disk goes on. Nobody waits for ever, so a
 * load that ends by itself ends. For loads on the whole kernel, where what has to come in between takes
 * milliseconds (a transfer, a fork) and not a few steps.
 *
 * The noise of O. Edelstein et al., "Multithreaded Java program test generation" (IBM Systems Journal
 * 41(1), 2002). Deviations: how often and how long is drawn for each try; the delay is the scheduler's,
 * nobody spins.
 */
export const delays: SearcherMaker = (view, seed) => {
  let tries = 0;
  return {
    next() {
      const prng = new Prng(seed * 0x1_0000 + tries++ + SALT);
      const rarity = RARITIES[prng.below(RARITIES.length)]!;
      const until = new Map<number, number>();
      return {
        classes: [],
        decide(decision) {
          const { kind, objects, standard } = decision;
          if (kind === 'preempt') {
            const context = objects[0]!;
            if (!view.inScope(context)) return standard;
            if (prng.below(view.isNear() ? NEAR : rarity) !== 0) return standard;
            const scale = 2 ** (SHORTEST_LOG2_NS + prng.below(SPREAD_LOG2));
            until.set(context, view.now() + scale + prng.below(scale));
            return 1;
          }
          if (kind !== 'run') return turnLength(decision, prng.next());
          const from = choosable(decision, view);
          if (until.size === 0 || from.length === 0) return standard;
          const now = view.now();
          return from.find((i) => !(until.get(objects[i]!)! > now)) ?? objects.length;
        },
      };
    },
  };
};
