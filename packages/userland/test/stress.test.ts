import { describe, expect, test } from 'vitest';
import { output } from './boot.js';

const MB = 1 << 20;

/** The loads and how many steps are enough for a test. */
const LOADS: readonly (readonly [load: string, steps: number, bytes: RegExp])[] = [
  ['rewrite', 300, /^\d{6,}$/],
  ['files', 40, /^\d{5,}$/],
  ['calls', 150, /^\d{5,}$/],
  ['rawio', 10, /^\d{4,}$/],
  ['sharers', 4, /^\d{7,}$/],
  ['wire', 10, /^\d{5,}$/],
  ['mapfile', 15, /^\d{5,}$/],
  ['storm', 3, /^\d{5,}$/],
  ['signals', 6, /^\d{2,}$/],
  ['remote', 12, /^\d{2}$/],
  ['leaks', 1, /^\d{5,}$/],
  ['wakes', 1, /^4$/],
];

describe('stress: does every load verify what it can, and find nothing wrong?', () => {
  for (const locking of ['giant', 'vm_mtx-20010519+swaplocks+vmspace-ref'])
    for (const [load, steps, bytes] of LOADS)
      test(`${load} (${locking})`, async () => {
        const text = await output(`stress ${load} ${steps}`, { ramBytes: 8 * MB, ncpu: 2, locking });
        const told = new RegExp(`^stress: ${load}: (\\d+) bytes verified, 0 errors$`, 'm').exec(text);
        expect(told, text).not.toBe(null);
        expect(told![1]).toMatch(bytes);
      });

  test('brim: memory and swap are full to the last page, and who keeps little goes on', async () => {
    const text = await output('stress brim 1', { ramBytes: 5 * MB, swapBytes: 4 * MB });
    expect(text).toMatch(/^stress: brim: 262144 bytes verified, 0 errors$/m);
    expect(text).toMatch(/was killed: out of swap space/);
  });

  test('is refused what it does not know', async () => {
    const text = await output('stress; stress nothing; stress wakes 0; stress wakes 1 2 3; true');
    expect(text).toBe('usage: stress load [steps [seed]]\n'.repeat(4));
  });
});
