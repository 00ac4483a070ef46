import { expect, test, vi } from 'vitest';
import {
  mostLeft,
  Progress,
  progressText as text,
  type SearchState,
  Silence,
  Stage,
} from '../src/progress.js';

const state = {
  done: 0,
  total: 30,
  past: 0,
  seed: 1,
  seconds: 0.2,
  limit: 10,
  look: false,
  beside: 0,
  last: '',
};
const progressText = (of: SearchState, ms: number) => text(of, ms, mostLeft(of, ms));

test('is nothing concluded from the beginning of the first run, which takes the host longest?', () => {
  expect(progressText(state, 30_000)).toBe('seed 1, 0 of 30 done, 0.2 of 10 virtual seconds');
});

test('do the parts count that others have done?', () => {
  expect(progressText({ ...state, beside: 4.8 }, 30_000)).toBe(
    'seed 1, 0 of 30 done, 0.2 of 10 virtual seconds, 0.02 seeds/s, at most 30 min left',
  );
});

test('does the part of a run that is done count for the rate and for what is left?', () => {
  const half = { ...state, done: 1, past: 10, seconds: 5, last: 'survived' };
  expect(progressText(half, 30_000)).toBe(
    'seed 1, 1 of 30 done, 5.0 of 10 virtual seconds, 0.05 seeds/s, at most 10 min left; before: survived',
  );
});

test('is there no estimate before there is ground for it?', () => {
  const begun = { ...state, seconds: 1.5 };
  expect(progressText(begun, 1_000)).toBe('seed 1, 0 of 30 done, 1.5 of 10 virtual seconds');
  expect(progressText(begun, 10_000)).toContain('left');
  expect(progressText({ ...begun, done: 1, past: 10, seconds: 0, last: 'survived' }, 1_000)).toContain(
    'left',
  );
});

test('is there no estimate from runs that died right after their start?', () => {
  // It would be 2.8 hours for five virtual seconds.
  const died = { ...state, total: 2, done: 1, past: 0.01, seconds: 0, limit: 5, last: 'panic' };
  expect(progressText(died, 20_000)).toBe(
    'seed 1, 1 of 2 done, 0.0 of 5 virtual seconds, 0.05 seeds/s; before: panic',
  );
  expect(progressText({ ...died, seconds: 0.5 }, 20_000)).toContain('at most 3 min left');
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

test('is what is left counted as if each run took its whole time, whenever the first ones were over?', () => {
  // Three runs that died after a second each, in a second of the host's: 27 may take ten.
  const died = { ...state, done: 3, past: 3, seconds: 0, last: 'panic' };
  expect(progressText(died, 3_000)).toContain(', 1.00 seeds/s, at most 5 min left');
});

test('does what is left grow only where that is said?', () => {
  vi.useFakeTimers();
  const written: string[] = [];
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const progress = new Progress();
  // The fourth run takes the host ten times as long as those before it, later ones do not.
  for (const [ms, done, past] of [
    [30_000, 3, 30],
    [100_000, 4, 40],
    [100_000, 14, 140],
    [100_000, 29, 290],
  ] as const) {
    vi.advanceTimersByTime(ms);
    progress.show({ ...state, done, past, seconds: 0, last: 'survived' });
  }
  write.mockRestore();
  vi.useRealTimers();
  expect(written.map((line) => /at most (.*?) left(.*?);/.exec(line)!.slice(1).join(''))).toEqual([
    '5 min',
    '14 min, more than it seemed',
    '4 min',
    '11 s',
  ]);
});

test('is a line due by when somebody else has shown the last one, and with nothing but the clock?', () => {
  vi.useFakeTimers();
  const written: string[] = [];
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const search = new Progress();
  vi.advanceTimersByTime(10_000);
  search.line('searching');
  vi.advanceTimersByTime(6_000);
  const stage = new Stage(new Progress('', search));
  let at = 0;
  stage.at(() => `shrinking: ${at++}`);
  vi.advanceTimersByTime(4_000);
  expect(written).toEqual(['trap12: searching\n', 'trap12: shrinking: 0\n']);
  vi.advanceTimersByTime(30_000);
  expect(written.slice(2)).toEqual([1, 2, 3].map((n) => `trap12: shrinking: ${n}\n`));
  stage.end();
  vi.advanceTimersByTime(30_000);
  write.mockRestore();
  vi.useRealTimers();
  expect(written.length).toBe(5);
});

test.each([
  ['in lines', false],
  ['in place', true],
])('does what shows its own text say how far it is only while it shows nothing, and between lines: %s', (_, tty) => {
  vi.useFakeTimers();
  const written: string[] = [];
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const before = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY');
  Object.defineProperty(process.stderr, 'isTTY', { value: tty, configurable: true });
  let at = 0;
  const silence = new Silence(new Progress(), () => `at ${at++}`);
  const show = (text: string): void => {
    silence.before(text);
    written.push(text);
  };
  for (let i = 0; i < 5; i++) {
    vi.advanceTimersByTime(9_000);
    show('a line\n');
  }
  expect(written).toEqual(Array(5).fill('a line\n'));
  vi.advanceTimersByTime(10_000);
  show('half a line');
  vi.advanceTimersByTime(60_000);
  show(' and its end\n');
  vi.advanceTimersByTime(11_000);
  silence.end();
  vi.advanceTimersByTime(60_000);
  if (before === undefined) Reflect.deleteProperty(process.stderr, 'isTTY');
  else Object.defineProperty(process.stderr, 'isTTY', before);
  write.mockRestore();
  vi.useRealTimers();
  const clear = '\r\x1b[K';
  const said = (n: number): string => (tty ? `${clear}at ${n}` : `trap12: at ${n}\n`);
  const gone = tty ? [clear] : [];
  const last = tty ? [said(1), said(2)] : [said(1)];
  expect(written.slice(5)).toEqual([said(0), ...gone, 'half a line', ' and its end\n', ...last, ...gone]);
});
