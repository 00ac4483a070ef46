import { describe, expect, test } from 'vitest';
import {
  boundedPlan,
  type Crew,
  Frontier,
  type Lab,
  planNamed,
  search,
  type SearchResult,
  type Unit,
  type UnitResult,
  UnitRunner,
} from '../src/index.js';
import { labFor, labOfText, labsFor } from './scenario.js';

const HOST = { turn: async () => {}, clock: () => 0 };
const UNITS = { all: false, novelty: true };

/** Several who work off units, each in a lab of its own; the last of those who work is done first. */
function helpers(labs: readonly Lab[], dies?: number): Crew<Unit, UnitResult> {
  const free = labs.map((lab) => new UnitRunner(lab, HOST));
  const waiting: (() => void)[] = [];
  let n = 0;
  return {
    width: labs.length,
    async run(unit) {
      const number = n++;
      const runner = free.pop()!;
      const result = await runner.run(unit, UNITS);
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        setImmediate(() => waiting.pop()?.());
      });
      free.push(runner);
      if (number !== dies) return result;
      return { tries: 0, failures: [], growth: [], turns: false, prints: [], died: 'out of memory' };
    },
  };
}

const plainly = ({ tries, buckets, covered, complete, exhausted, novelty, found }: SearchResult) => ({
  ...{ tries, buckets, covered, complete, exhausted, novelty, choices: found?.choices, hash: found?.hash },
});

test('is it shown after the first piece of work how far a search is?', async () => {
  const [lab] = labsFor('counter', 1) as [Lab];
  let given = 0;
  const plan = (seed: number, grain: number) => {
    const inner = planNamed('portfolio')(seed, grain);
    const next = (most: number) => {
      given++;
      return inner.next(most);
    };
    return { ...inner, next, told: inner.told.bind(inner), covered: () => '', complete: () => false };
  };
  const shown: number[] = [];
  const behind: number[] = [];
  const onProgress = (how: { tries: number }): void => {
    shown.push(how.tries);
    behind.push(given - shown.length);
  };
  const { tries } = await search(lab, {
    ...{ plan, seed: 3, schedules: 100, host: HOST, ...UNITS },
    onProgress,
  });
  expect(behind[0]).toBe(0);
  expect(shown.length).toBeGreaterThan(1);
  expect(shown.at(-1)).toBe(tries);
});

describe('is the same found, whoever works at it?', () => {
  const cases: [string, string, number][] = [
    ['dining', 'portfolio', 3000],
    ['dining', 'surw', 3000],
    ['three-locks', 'bounded', 3000],
    ['ab-ba', 'reduced', 3000],
    ['counter', 'portfolio', 500],
    ['counter', 'bounded', 200],
  ];
  for (const [name, strategy, schedules] of cases)
    test(`${name}, ${strategy}`, async () => {
      const [lab, ...labs] = labsFor(name, 4) as [Lab, ...Lab[]];
      const options = { plan: planNamed(strategy), seed: 3, schedules, host: HOST, ...UNITS };
      const alone = await search(lab, options);
      expect(alone.found === undefined).toBe(name === 'counter');
      const crew = helpers(labs);
      const together = await search(lab, { ...options, crew: () => crew });
      expect(plainly(together)).toEqual(plainly(alone));
      // Some join in later.
      let asked = 0;
      const late = helpers(labs.slice(1));
      const joined = await search(lab, { ...options, crew: () => (asked++ > 4 ? late : undefined) });
      expect(plainly(joined)).toEqual(plainly(alone));
    });
});

test('is a unit that workers die of a finding of its own?', async () => {
  const lab = labFor('counter');
  const crew = helpers([labFor('counter')], 2);
  const options = { plan: planNamed('random'), seed: 1, schedules: 400, host: HOST, ...UNITS };
  const { died, tries, found } = await search(lab, { ...options, crew: () => crew });
  expect(found).toBeUndefined();
  expect(died).toEqual([
    { unit: { strategy: 'random', seed: 1, first: 16, count: 8 }, says: 'out of memory' },
  ]);
  expect(tries).toBe(16);
  // Of a tree it is not complete then.
  const other = helpers([labFor('ab-ba')], 0);
  const bounded = await search(lab, { ...options, plan: boundedPlan(), crew: () => other });
  expect([bounded.complete, bounded.died.length]).toEqual([false, 1]);
});

test('does it go on behind a failure, if that is wanted, and count them by signature?', async () => {
  const lab = labFor('three-locks');
  const { buckets, failures, tries, complete } = await search(lab, {
    ...{ plan: planNamed('reduced'), seed: 1, schedules: 20_000, host: HOST, all: true },
  });
  expect(complete).toBe(true);
  expect(buckets).toHaveLength(1);
  expect(buckets[0]!.title).toMatch(/^deadlock: /);
  expect(buckets[0]!.times).toBe(failures);
  expect(failures).toBeGreaterThan(1);
  expect(failures).toBeLessThan(tries);
});

describe('what waits to be tried', () => {
  const long = (made: number) => ({
    made: '\0'.repeat(made),
    notes: Array.from({ length: made }, (_, at) => ({ at, choice: 1, preemptions: at % 2 })),
  });

  test('shares the text of the try that it branches off from, and comes fewest preemptions first', () => {
    const frontier = new Frontier();
    const first = frontier.take(9) as { choices: string; preemptions: number }[];
    expect(first).toEqual([{ choices: '', preemptions: 0 }]);
    expect(frontier.take(1)).toBe('wait');
    frontier.told(first, 1, [long(4)], false);
    const next = frontier.take(9) as { choices: string; preemptions: number }[];
    expect(next).toEqual([
      { choices: '\0\0\u0001', preemptions: 0 },
      { choices: '\u0001', preemptions: 0 },
    ]);
    // One of these may lead to another without a preemption.
    expect(frontier.take(9)).toBe('wait');
    expect(frontier.covers(0)).toBe(false);
    frontier.told(next, 2, [], false);
    expect(frontier.covers(0)).toBe(true);
    expect(frontier.complete).toBe(false);
  });

  test('that is broken off takes nothing from the bounds below it', () => {
    const frontier = new Frontier();
    const first = frontier.take(9) as { choices: string; preemptions: number }[];
    frontier.told(first, 1, [{ made: '\0\0', notes: [{ at: 1, choice: 1, preemptions: 1 }] }], false);
    expect([frontier.covers(0), frontier.covers(1)]).toEqual([true, false]);
    // It fails in the first of two: nothing is known of the second.
    frontier.told([...(frontier.take(9) as []), { choices: '', preemptions: 1 }], 1, [], false);
    expect([frontier.covers(0), frontier.covers(1), frontier.complete]).toEqual([true, false, false]);
  });

  test('has a budget, which is named when it is spent', () => {
    const frontier = new Frontier(undefined, 1 << 20);
    const first = frontier.take(1) as [];
    frontier.told(first, 1, [long(5000)], false);
    expect(frontier.covered(true, '')).toBe('1 schedule without a preemption');
    const next = frontier.take(1) as [];
    frontier.told(next, 1, [long(20_000)], false);
    expect(frontier.covered(true, '')).toMatch(
      /^2 schedules; what waits to be tried would take more than 1 MB, .* no bound is complete$/,
    );
    expect([frontier.complete, frontier.covers(0)]).toEqual([false, false]);
  });
});

test('is there room for what a livelock leaves to be tried?', { timeout: 60_000 }, async () => {
  const lab = labOfText(`
$scenario({ machine: { ramBytes: 8 << 20, swapBytes: 0 }, setup: setup, threads: [{ run: spin }, { run: spin, name: 'spin 2' }], seconds: 1 });
let guard: embed<mtx>;
function setup(): void { mtx_init(guard, 'guard', MTX_DEF); }
function* spin(): Sleeps { for (;;) { yield* mtx_lock(guard); mtx_unlock(guard); } }
`);
  // Each try has thousands of points, and notes each of them.
  lab.endNs = lab.startNs + 5e6;
  const { buckets, failures, tries } = await search(lab, {
    ...{ plan: planNamed('bounded'), seed: 1, schedules: 6, host: HOST, all: true },
  });
  expect([tries, failures]).toEqual([6, 6]);
  expect(buckets[0]!.title).toMatch(/^it does not end/);
});

test('has the host its turn in a search whose units are all over sooner?', async () => {
  let tries = 0;
  let turns = 0;
  const host = {
    // A tenth of a millisecond for a try: a unit takes a fortieth of a second at most.
    clock: () => tries / 10_000,
    turn: async () => {
      turns++;
    },
    // As Ctrl-C, which is seen in a turn only.
    stop: () => turns >= 2,
  };
  const onlooker = {
    classes: [],
    happened: () => {},
    decided: () => {},
    told: () => {
      tries++;
    },
  };
  const options = { plan: planNamed('random'), seed: 1, schedules: 20_000, host, onlooker };
  const result = await search(labFor('counter'), options);
  expect(result).toMatchObject({ interrupted: true, tries });
  // Two turns after a tenth of a second each, and the unit in which that is seen.
  expect(tries).toBeGreaterThanOrEqual(2000);
  expect(tries).toBeLessThanOrEqual(2000 + 2 * 256);
});
