import { fileURLToPath } from 'node:url';
import { Lab, planNamed, search } from '@trap12/explore';
import { compileScenario } from '@trap12/system/compile-kernel.js';

/** Strategies that can say which bound is complete. */
const TREES_OR_ALL = new Set(['portfolio', 'bounded']);

/** A lab for a program of the yardstick. */
export function labOf({ name, folder }) {
  const path = (file) => fileURLToPath(new URL(file, import.meta.url));
  const { kernel, scenario } =
    folder === undefined
      ? compileScenario(path(`programs/${name}.ts`))
      : compileScenario(path(`${folder}scenario.ts`), [path(`${folder}hole.ts`)]);
  return new Lab({ kernel, scenario, options: {}, seconds: scenario.seconds, from: 'start' });
}

/** Did a try end in the failure that is sought? Any other failure is a mistake of the program here. */
export function hasTheBug(program, { ended, console: text }) {
  if (ended === 'done') return false;
  if (program.fails.test(ended === 'panic' ? text : ended)) return true;
  throw new Error(`${program.name} fails otherwise: ${ended} ${text.trim()}`);
}

/**
 * Searches by one strategy up to the first failure.
 * @returns the schedules that it took, undefined if it was not found; and up to how many preemptions all
 * schedules were tried without it, undefined if the strategy says nothing of that
 */
export async function schedulesTo(lab, program, strategy, seed, most) {
  let plan;
  const maker = planNamed(strategy);
  const { found, buckets } = await search(lab, {
    plan: (...given) => {
      plan = maker(...given);
      return plan;
    },
    ...{ seed, schedules: most, host: { turn: async () => {}, clock: () => 0 } },
  });
  let complete = -1;
  while (complete < 64 && plan.covers(complete + 1)) complete++;
  const bound = TREES_OR_ALL.has(strategy) ? complete : undefined;
  if (found === undefined) return { schedules: undefined, complete: bound };
  hasTheBug(program, found.attempt);
  return { schedules: buckets[0].after, complete: bound };
}

/** How often a thread could be interrupted, in the run that the machine makes by itself. */
export function stepsOf(lab) {
  let steps = 0;
  lab.attempt({
    decide({ kind, objects, standard }) {
      if (kind === 'preempt' && lab.inScope(objects[0] ?? 0)) steps++;
      return standard;
    },
  });
  return steps;
}

/** Middle and worst of some searches; undefined counts as more than any number. */
export function summary(found) {
  const sorted = found.map((n) => n ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const at = (i) => (Number.isFinite(sorted[i]) ? sorted[i] : undefined);
  const [low, high] = [at((sorted.length - 1) >> 1), at(sorted.length >> 1)];
  return {
    found: found.filter((n) => n !== undefined).length,
    of: found.length,
    median: low === undefined || high === undefined ? undefined : (low + high) / 2,
    worst: at(sorted.length - 1),
  };
}
