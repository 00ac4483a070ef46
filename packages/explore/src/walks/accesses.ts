import { nextStallOf } from '@trap12/machine';
import { chanceOf, choosable, turnLength, type WalkMaker } from './walk.js';

const SALT = 0x4143;
/** Stalls of a try, at most. */
const MOST = 3;
/** Lengths are drawn evenly over the logarithm: from a microsecond to a turn of the disk. */
const SHORTEST_LOG2_NS = 10;
const SPREAD_LOG2 = 14;

/**
 * A processor stands before one to three accesses of memory that others use as well and that somebody writes:
 * those that a run without a choice shows (WalkView.shared), each place with the same probability however
 * often it is come by. Whoever stood is kept waiting for a time that is drawn; on several processors the
 * others go on meanwhile, on a single one others have it. Needs the kernel's checked form: without it, or
 * where nothing is shared, nobody stands.
 *
 * After K. Sen, "Race directed random testing of concurrent programs" (PLDI 2008), which pauses before
 * accesses that may race. Deviations: what may race is what one run has touched, and nobody waits for the
 * partner to come.
 */
export const accesses: WalkMaker = (view, seed, n) => {
  const prng = chanceOf(seed, n, SALT);
  const places = view.shared();
  const stalls = new Map<number, number>();
  const wanted = places.length === 0 ? 0 : 1 + prng.below(MOST);
  for (let i = 0; i < wanted; i++) {
    const steps = places[prng.below(places.length)]!;
    const scale = 2 ** (SHORTEST_LOG2_NS + prng.below(SPREAD_LOG2));
    stalls.set(steps[prng.below(steps.length)]!, scale + prng.below(scale));
  }
  const until = new Map<number, number>();
  return {
    nextStall: nextStallOf(stalls.keys()),
    decide(decision) {
      const { kind, number, objects, standard } = decision;
      if (kind === 'stall') {
        const ns = stalls.get(number);
        if (ns === undefined || !view.inScope(objects[0]!)) return standard;
        until.set(objects[0]!, view.now() + ns);
        return view.processors === 1 ? 1 : ns;
      }
      if (kind !== 'run') return turnLength(decision, prng.next());
      const from = choosable(decision, view);
      if (until.size === 0 || from.length === 0) return standard;
      const now = view.now();
      return from.find((i) => !(until.get(objects[i]!)! > now)) ?? standard;
    },
  };
};
