import { expect, test } from 'vitest';
import { progressText } from '../src/progress.js';

const state = { done: 0, total: 30, seed: 1, seconds: 0.2, limit: 10, look: false, beside: 0, last: '' };

test('is nothing concluded from the beginning of the first run, which takes the host longest?', () => {
  expect(progressText(state, 30_000)).toBe('seed 1, 0 of 30 done, 0.2 of 10 virtual seconds');
});

test('do the parts count that others have done?', () => {
  expect(progressText({ ...state, beside: 4.8 }, 30_000)).toBe(
    'seed 1, 0 of 30 done, 0.2 of 10 virtual seconds, 0.02 seeds/s, at most 30 min left',
  );
});

test('does the part of a run that is done count for the rate and for what is left?', () => {
  const half = { ...state, done: 1, seconds: 5, last: 'survived' };
  expect(progressText(half, 30_000)).toBe(
    'seed 1, 1 of 30 done, 5.0 of 10 virtual seconds, 0.05 seeds/s, at most 10 min left; before: survived',
  );
});
