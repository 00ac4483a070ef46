import { expect, test } from 'vitest';
import { type Crew, ordered, type Source } from '../src/index.js';

/** Someone who is done with pieces in an order of his own: those with the greatest numbers first. */
function backwards(width: number, log: number[]): Crew<number, number> {
  const waiting = new Map<number, () => void>();
  const finish = (): void => {
    if (waiting.size === 0) return;
    const unit = Math.max(...waiting.keys());
    waiting.get(unit)!();
    waiting.delete(unit);
  };
  return {
    width,
    run: (unit) =>
      new Promise((resolve) => {
        waiting.set(unit, () => {
          log.push(unit);
          resolve(unit);
        });
        setImmediate(finish);
      }),
  };
}

/** Gives numbers; each third depends on all before it. */
function numbers(most: number): Source<number, number> & { told: (unit: number) => void; log: string[] } {
  const log: string[] = [];
  let next = 0;
  let told = 0;
  return {
    log,
    next() {
      if (next === most) return undefined;
      if (next % 3 === 2 && told < next) return 'wait';
      log.push(`${next} after ${told}`);
      return next++;
    },
    told(unit) {
      expect(unit).toBe(told++);
    },
  };
}

const never = () => false;

test('does what a source is told depend on how many work?', async () => {
  const logs = [];
  for (const width of [1, 2, 7]) {
    const source = numbers(100);
    const crew = backwards(width, []);
    await ordered(source, () => crew, { ends: never, stop: never });
    logs.push(source.log);
  }
  expect(logs[0]).toHaveLength(100);
  expect(logs[1]).toEqual(logs[0]);
  expect(logs[2]).toEqual(logs[0]);
});

test('is the first piece that ends it all the first in order, not in time?', async () => {
  for (const width of [1, 3, 8]) {
    const told: number[] = [];
    let next = 0;
    const done: number[] = [];
    const crew = backwards(width, done);
    await ordered<number, number>({ next: () => next++, told: (unit) => told.push(unit) }, () => crew, {
      ends: (n) => n >= 5,
      stop: never,
    });
    expect(told, `${width} at work`).toEqual([0, 1, 2, 3, 4, 5]);
    if (width > 2) expect(done).not.toEqual([...done].sort((a, b) => a - b));
  }
});

test('does one who looks on hear of each piece at once, before the source may have been told?', async () => {
  const finished: number[] = [];
  const heard: number[] = [];
  const behind: number[] = [];
  const source = numbers(100);
  const plain = source.told;
  let told = 0;
  const done = (unit: number): void => {
    heard.push(unit);
    behind.push(heard.length - told);
  };
  const watched = { ...source, done, told: (unit: number) => plain(unit, told++) };
  await ordered(watched, () => backwards(1, finished), { ends: never, stop: never });
  expect(heard).toEqual(finished);
  expect(heard).toHaveLength(100);
  expect(Math.max(...behind)).toBeGreaterThan(1);
});

test('is what was done kept when it is stopped?', async () => {
  let dropped = false;
  const told: number[] = [];
  let stopped = false;
  let next = 0;
  const giveUp: (() => void)[] = [];
  await ordered<number, number>(
    { next: () => next++, told: (unit) => told.push(unit) },
    () => ({
      width: 4,
      // The first two never end; others do.
      run: (unit) =>
        unit < 2
          ? new Promise((resolve) => giveUp.push(() => resolve(undefined)))
          : Promise.resolve(unit).finally(() => {
              stopped = unit === 9;
            }),
      drop() {
        dropped = true;
        for (const each of giveUp) each();
      },
    }),
    { ends: never, stop: () => stopped },
  );
  expect(dropped).toBe(true);
  expect(told).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
});

test('does an error of a piece end it, behind those before it?', async () => {
  const told: number[] = [];
  let next = 0;
  const run = ordered<number, number>(
    { next: () => next++, told: (unit) => told.push(unit) },
    () => ({
      width: 2,
      run: (unit) => (unit === 3 ? Promise.reject(new Error('broken')) : Promise.resolve(unit)),
    }),
    { ends: never, stop: never },
  );
  await expect(run).rejects.toThrow('broken');
  expect(told).toEqual([0, 1, 2]);
});

test('does a source whose pieces depend on no result hear of each as soon as it is done, in order?', async () => {
  for (const [atOnce, first] of [
    [true, 1],
    [false, 20],
  ] as const) {
    const told: number[] = [];
    let next = 0;
    let given = 0;
    await ordered<number, number>(
      {
        next: () => (next < 20 ? next++ : undefined),
        told(unit) {
          if (told.length === 0) given = next;
          told.push(unit);
        },
      },
      () => ({ width: 1, run: (unit) => Promise.resolve(unit) }),
      { ends: never, stop: never, atOnce },
    );
    expect(told).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(given).toBe(first);
  }
});
