import { fileURLToPath } from 'node:url';
import { CHANCES, hasFailed, Lab, planNamed, TREES } from '@trap12/explore';
import { compileScenario } from '@trap12/system/compile-kernel.js';

const SCENARIO = fileURLToPath(new URL('../examples/scenarios/counter.ts', import.meta.url));
const PER_SAMPLE = 500;
const SAMPLES = 9;
/** Samples before those, until the compiler of the host has settled. */
const WARM_UP = 3;

/**
 * Tries per second of `explore` on a scenario of three threads with two lock sections each: whole tries, put
 * back to the beginning, in the whole kernel, with witness and invariants on.
 */
export function explored() {
  const { kernel, scenario } = compileScenario(SCENARIO);
  const lab = new Lab({ kernel, scenario, options: {}, seconds: scenario.seconds, from: 'start' });
  return {
    triesRandom: rate(lab, byChance(lab)),
    triesBounded: rate(lab, bounded(lab)),
  };
}

const byChance = (lab) => {
  let n = 0;
  return { next: () => CHANCES.random(lab, 1, n++), ended() {} };
};

function bounded(lab) {
  const plan = planNamed('bounded')(1, 1);
  let unit;
  let walk;
  return {
    next() {
      unit = plan.next(1);
      return (walk = TREES.bounded.walk(lab, unit.prefixes[0]));
    },
    ended: () => plan.told(unit, { tries: 1, growth: [walk.growth()], turns: walk.turns }),
  };
}

function rate(lab, searcher) {
  const samples = [];
  let decisions = 0;
  let tries = 0;
  for (let s = -WARM_UP; s < SAMPLES; s++) {
    const start = performance.now();
    for (let n = 0; n < PER_SAMPLE; n++) {
      const walk = searcher.next();
      const counted = {
        decide(decision) {
          decisions++;
          return walk.decide(decision);
        },
      };
      if (hasFailed(lab, lab.attempt(counted))) throw new Error('the counter is wrong');
      searcher.ended();
      tries++;
    }
    if (s >= 0) samples.push(PER_SAMPLE / ((performance.now() - start) / 1000));
  }
  return { samples, decisions: decisions / tries };
}
