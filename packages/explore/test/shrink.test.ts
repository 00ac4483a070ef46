import { describe, expect, test } from 'vitest';
import {
  examine,
  LooseReplay,
  replaySchedule,
  search,
  planNamed,
  shrink,
  STANDARD,
  TryRunner,
  type TryTask,
} from '../src/index.js';
import { labFor, labOfText, scheduleWith } from './scenario.js';

const HOST = { turn: async () => {}, clock: () => 0 };

async function found(lab: ReturnType<typeof labFor>, strategy: string, seed: number) {
  const result = await search(lab, {
    plan: planNamed(strategy),
    seed,
    schedules: 20_000,
    host: HOST,
  });
  expect(result.found, `${strategy}, seed ${seed}`).toBeDefined();
  return result.found!;
}

/** One increment each, on two processors: only the lengths of their turns decide. */
const TWO_PROCESSORS = `
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0, ncpu: 2 },
  threads: [{ run: count, name: 'count 1' }, { run: count, name: 'count 2' }],
  check: check,
});
let counter: int = 0;
function* count(): Sleeps {
  yield* nonatomic_add_int($ref(counter), 1);
}
function check(): void {
  KASSERT(counter === 2, 'counter is %d', counter);
}
`;

for (const [name, fewerMax] of [
  ['ab-ba', 0],
  ['dining', 0],
  ['dining', 2000],
  ['two processors', 2000],
] as const) {
  describe(`${name}, ${fewerMax}: is a failing schedule made as small as it can be?`, () => {
    const lab = name === 'two processors' ? labOfText(TWO_PROCESSORS) : labFor(name);
    for (const seed of [1, 2, 3])
      test(`seed ${seed}`, async () => {
        const failing = await found(lab, 'random', seed);
        const { examined, minimal } = await shrink(lab, failing, { fewerMax });
        expect(minimal).toBe(true);
        expect(examined.failure?.signature).toBe(failing.failure?.signature);
        expect(examined.choices.length).toBeLessThanOrEqual(failing.choices.length);
        // Not one of them can be spared.
        examined.choices.forEach((_, i) => {
          const rest = examined.choices.filter((_, j) => j !== i);
          const run = examine(lab, new LooseReplay(lab, rest));
          expect(run.failure?.signature, `without choice ${i + 1}`).not.toBe(examined.failure?.signature);
        });
        // With others who try the next ones meanwhile, it is the same, by as many tries.
        const others = [lab, lab, lab, lab].map((each) => new TryRunner(each));
        let asked = 0;
        const run = async (task: TryTask) => others[asked++ % others.length]!.run(task);
        const crew = { width: others.length, longNs: 0, run };
        const beside = await shrink(lab, failing, { fewerMax, crew });
        const alone = await shrink(lab, failing, { fewerMax });
        expect(beside).toEqual(alone);
        if (failing.choices.length > 2) expect(asked).toBeGreaterThan(0);
        const again = await shrink(lab, examined, { fewerMax });
        expect(again.examined.choices).toEqual(examined.choices);
        expect(again.examined.hash).toBe(examined.hash);
        const { attempt, hash, choices } = examined;
        const replayed = replaySchedule(
          lab,
          scheduleWith(lab, { choices, ended: '', endedNs: attempt.nowNs, hash }),
        );
        expect(replayed.divergence).toBeUndefined();
        expect(replayed.examined.hash).toBe(hash);
      });
  });
}

test('is what fails in another way left as it was?', async () => {
  const lab = labFor('ab-ba');
  const passing = examine(lab, STANDARD);
  expect(passing.failure).toBeUndefined();
  const { examined, minimal } = await shrink(lab, {
    ...passing,
    failure: { signature: 'something else', title: '' },
  });
  expect([examined.failure?.signature, minimal]).toEqual(['something else', false]);
});
