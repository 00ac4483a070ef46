import { describe, expect, test } from 'vitest';
import { runFor } from '../src/index.js';

/** A machine whose host takes so many ms for a virtual second, and how long each turn took it. */
async function turnsOf(msPerSecond: number, seconds: number): Promise<number[]> {
  let nowNs = 0;
  let hostMs = 0;
  const turns: number[] = [];
  const machine = {
    now: () => nowNs,
    run(untilNs: number) {
      hostMs += ((untilNs - nowNs) * msPerSecond) / 1e9;
      nowNs = untilNs;
      return 'time' as const;
    },
  };
  const why = await runFor(machine, seconds, {
    turn: () => Promise.resolve(),
    elapsedMs: () => hostMs,
    guard(call) {
      const begun = hostMs;
      const result = call();
      turns.push(hostMs - begun);
      return result;
    },
  });
  expect([why, nowNs]).toEqual(['time', seconds * 1e9]);
  return turns;
}

describe('how long is a turn of the machine, of which a guard takes the end for granted?', () => {
  test('on a host that takes six minutes for a virtual second: nowhere near the 30 s of a loop', async () => {
    const turns = await turnsOf(360_000, 0.5);
    expect(Math.max(...turns)).toBeLessThan(5000);
    expect(Math.max(...turns.slice(2))).toBeLessThan(500);
  });

  test('on a quick one: a tenth of a virtual second, but for the first few', async () => {
    const turns = await turnsOf(100, 10);
    expect(turns.length).toBeLessThan(110);
    expect(Math.max(...turns)).toBeCloseTo(10);
  });
});
