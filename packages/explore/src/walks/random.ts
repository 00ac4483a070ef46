import { chanceOf, choosable, turnLength, type WalkMaker } from './walk.js';

const SALT = 0x5257;

/**
 * A uniform random walk: wherever the processor can be taken away or is given to somebody, each of those that
 * could go on is as likely as the others. (The baseline of P. Thomson, A. Donaldson, A. Betts, "Concurrency
 * testing using controlled schedulers", TOPC 2016.)
 */
export const random: WalkMaker = (view, seed, n) => {
  const prng = chanceOf(seed, n, SALT);
  // Whoever has just been made to wait is not chosen again at once: the draw at the preemption was for that.
  let left = 0;
  return {
    decide(decision) {
      const { kind, objects, standard } = decision;
      if (kind === 'preempt') {
        const context = objects[0]!;
        if (!view.inScope(context)) return standard;
        const others = view.runnable();
        if (others === 0 || prng.below(others + 1) === 0) return standard;
        left = context;
        return 1;
      }
      if (kind !== 'run') return turnLength(decision, prng.next());
      const from = choosable(decision, view);
      const others = left === 0 || from.length < 2 ? from : from.filter((i) => objects[i] !== left);
      left = 0;
      return others.length === 0 ? standard : others[prng.below(others.length)]!;
    },
  };
};
