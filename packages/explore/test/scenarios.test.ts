import { readdirSync } from 'node:fs';
import { expect, describe, test } from 'vitest';
import { type Lab, search, planNamed, shrink, DEFAULT_PLAN } from '../src/index.js';
import { EXAMPLES, labFor } from './scenario.js';

const HOST = { turn: async () => {}, clock: () => 0 };

function explore(lab: Lab, schedules: number) {
  return search(lab, {
    plan: planNamed(DEFAULT_PLAN),
    seed: 1,
    schedules,
    host: HOST,
  });
}

/** What is wrong with each, and with how many choices at most it is seen. */
const LESSONS: Record<string, { title: RegExp; choices: number }> = {
  'ab-ba': { title: /^deadlock: (ab, ba|ba, ab)$/, choices: 1 },
  'bounded-buffer': { title: /^nobody can go on: /, choices: 0 },
  'check-then-act': { title: /^panic: the slot was taken N times in check$/, choices: 1 },
  dining: { title: /^deadlock: (philosopher \d(, )?){4}$/, choices: 3 },
  'flag-before-data': { title: /^page fault in visitor \(kernel write null\+0x0\)$/, choices: 4 },
  'fork-swapout': { title: /^panic: a stack is copied that was swapped out in forker$/, choices: 1 },
  'if-not-while': { title: /^panic: a consumer found N items in consumer$/, choices: 1 },
  'last-reference': { title: /^panic: free: multiple freed item N/, choices: 1 },
  'lockmgr-drain': { title: /^panic: the object is used after its end in user$/, choices: 1 },
  'lockmgr-upgrade': { title: /^panic: sum is N in check$/, choices: 1 },
  'lost-update': { title: /^panic: counter is N in check$/, choices: 0 },
  'missed-wakeup': { title: /^nobody can go on: waiter$/, choices: 1 },
  'readers-writers': { title: /^deadlock: /, choices: 1 },
  'sleep-with-lock': { title: /^nobody can go on: taker, bringer$/, choices: 0 },
  'sx-upgrade': { title: /^it does not end within 0.01 virtual seconds$/, choices: 1 },
  'three-locks': { title: /^deadlock: ((map|object|pager)(, )?){3}$/, choices: 2 },
};

for (const [name, { title, choices }] of Object.entries(LESSONS))
  describe(name, () => {
    test('is what is wrong found, and made small?', async () => {
      const lab = labFor(name);
      const { found } = await explore(lab, 2000);
      expect(found?.failure?.title).toMatch(title);
      const { examined, minimal, fewest } = await shrink(lab, found!);
      expect(minimal).toBe(true);
      if (name !== 'flag-before-data') expect(fewest).toBe(true);
      expect(examined.choices.length).toBeLessThanOrEqual(choices);
    });

    test('does its cure hold?', async () => {
      const { found, tries } = await explore(labFor(name, [`${EXAMPLES}${name}.cure.ts`]), 400);
      expect(found?.failure?.title).toBeUndefined();
      expect(tries).toBeGreaterThan(50);
    });
  });

test('does it take little memory to make tens of thousands of choices few?', async () => {
  const lab = labFor('sx-upgrade');
  const { found } = await explore(lab, 2000);
  expect(found?.choices.length).toBeGreaterThan(10_000);
  const before = process.memoryUsage().heapUsed;
  let most = 0;
  await shrink(lab, found!, {
    onTry: () => {
      most = Math.max(most, process.memoryUsage().heapUsed - before);
    },
  });
  // All pieces of all sizes at once are gigabytes.
  expect(most).toBeLessThan(500e6);
});

test('is what has nothing wrong left in peace?', async () => {
  const { found, tries } = await explore(labFor('counter'), 5000);
  expect([found, tries]).toEqual([undefined, 5000]);
});

test('is every example looked at here?', () => {
  const files = readdirSync(EXAMPLES).filter((f) => f.endsWith('.ts') && !f.endsWith('.cure.ts'));
  expect(files.map((f) => f.replace(/\.ts$/, '')).sort()).toEqual(
    [...Object.keys(LESSONS), 'counter'].sort(),
  );
});
