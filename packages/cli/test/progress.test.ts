import { expect, test, vi } from 'vitest';
import { Progress, progressText } from '../src/progress.js';

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

test('is there no estimate before there is ground for it?', () => {
  const begun = { ...state, seconds: 1.5 };
  expect(progressText(begun, 1_000)).toBe('seed 1, 0 of 30 done, 1.5 of 10 virtual seconds');
  expect(progressText(begun, 10_000)).toContain('left');
  expect(progressText({ ...begun, done: 1, seconds: 0, last: 'survived' }, 1_000)).toContain('left');
});

test('does the time of looks count for no run?', () => {
  vi.useFakeTimers();
  const written: string[] = [];
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const progress = new Progress();
  for (const look of [true, true, false, false]) {
    progress.show({ ...state, seconds: look ? 1.5 : 5, look });
    vi.advanceTimersByTime(20_000);
  }
  progress.show({ ...state, seconds: 10, look: false });
  write.mockRestore();
  vi.useRealTimers();
  expect(written.at(-1)).toBe(
    'trap12: seed 1, 0 of 30 done, 10.0 of 10 virtual seconds, 0.02 seeds/s, at most 29 min left\n',
  );
});
