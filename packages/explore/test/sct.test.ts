/**
 * Some programs of bench/sct: does the default find what it is known to find? All of them: npm run
 * bench:sct.
 */
import { describe, expect, test } from 'vitest';
// @ts-expect-error a script without declarations
import { hasTheBug, labOf, schedulesTo, stepsOf, summary } from '../../../bench/sct/measure.mjs';
// @ts-expect-error a script without declarations
import { PROGRAMS } from '../../../bench/sct/programs.mjs';

const PATIENCE = { timeout: 120_000 };
const SCHEDULES = 1000;
/** Others: npm run acceptance. */
const SEEDS = process.env.TRAP12_FULL === undefined ? [1] : [1, 2, 3];

describe.each(['account', 'reorder-5', 'work-steal-queue', 'cve-2017-15265'])('%s', (name) => {
  const program = PROGRAMS.find((each: { name: string }) => each.name === name);

  test('is it found?', PATIENCE, async () => {
    const lab = labOf(program);
    expect(stepsOf(lab)).toBeGreaterThan(4);
    const found: (number | undefined)[] = [];
    for (const seed of SEEDS)
      found.push((await schedulesTo(lab, program, 'portfolio', seed, SCHEDULES)).schedules);
    expect(summary(found)).toMatchObject({ found: SEEDS.length, of: SEEDS.length });
  });
});

test('is another failure than the one sought taken for a mistake?', () => {
  const program = PROGRAMS.find((each: { name: string }) => each.name === 'account');
  expect(hasTheBug(program, { ended: 'done', console: '' })).toBe(false);
  expect(hasTheBug(program, { ended: 'panic', console: 'panic: balance is -1\n' })).toBe(true);
  expect(() => hasTheBug(program, { ended: 'panic', console: 'panic: another\n' })).toThrow(
    /fails otherwise/,
  );
  expect(() => hasTheBug(program, { ended: 'stuck', console: '' })).toThrow(/fails otherwise/);
});

test('what is the middle, and the worst, of searches of which some found nothing?', () => {
  expect(summary([3, 1, 2])).toEqual({ found: 3, of: 3, median: 2, worst: 3 });
  expect(summary([4, undefined, 2, 1])).toEqual({ found: 3, of: 4, median: 3, worst: undefined });
  expect(summary([undefined, undefined, 1])).toEqual({
    found: 1,
    of: 3,
    median: undefined,
    worst: undefined,
  });
});
