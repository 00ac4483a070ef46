import { expect, test } from 'vitest';
import { Prng } from '../src/index.js';

/** sfc32 by its definition, in unbounded integers. */
function* reference(seed: number): Generator<number> {
  const M = 0xffffffffn;
  let [a, b, c, counter] = [BigInt(seed) & M, BigInt(seed) >> 32n, 0x74726170n, 1n];
  for (let i = 0; ; i++) {
    const t = (a + b + counter) & M;
    counter = (counter + 1n) & M;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & M;
    c = ((((c << 21n) & M) | (c >> 11n)) + t) & M;
    if (i >= 12) yield Number(t);
  }
}

test('is it sfc32, for small and large seeds?', () => {
  for (const seed of [0, 1, 42, 0xffffffff, 0x1_0000_0000, 2 ** 53 - 1]) {
    const random = new Prng(seed);
    const expected = reference(seed);
    for (let i = 0; i < 1000; i++)
      expect(random.next(), `seed ${seed}, number ${i}`).toBe(expected.next().value);
  }
});

test('does it give the numbers that recorded runs depend on?', () => {
  const random = new Prng(1);
  expect(Array.from({ length: 4 }, () => random.next())).toEqual([
    1333876471, 2870003528, 3218683695, 929382243,
  ]);
});

test('does below(n) stay below n, reach 0 and n - 1, and is it even enough?', () => {
  const random = new Prng(7);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) counts[random.below(10)]!++;
  expect(Math.min(...counts)).toBeGreaterThan(9_500);
  expect(Math.max(...counts)).toBeLessThan(10_500);
  expect(random.below(1)).toBe(0);
  expect(random.below(2 ** 32)).toBeLessThan(2 ** 32);
});
