import { loadKernel } from '@trap12/system/node.js';
import { expect, test } from 'vitest';
import { Lab, stateHash } from '../src/index.js';

test('is who watches a run told of it again and again, and is it the same run?', async () => {
  const kernel = await loadKernel();
  const options = { ramBytes: 8 << 20, command: 'churn 2; memcheck 2m' };
  const setup = { kernel, options, scenario: undefined, seconds: 3, from: 'power-on' } as const;
  const told: number[] = [];
  const labs = [new Lab(setup), new Lab({ ...setup, onSlice: (nowNs) => told.push(nowNs) })];
  const [alone, watched] = labs.map((lab) => {
    const { ended, nowNs } = lab.attempt(null);
    return { ended, nowNs, hash: stateHash(lab.system) };
  });
  expect(watched).toEqual(alone);
  expect(told.length).toBeGreaterThan(10);
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect(told.at(-1)).toBe(alone!.nowNs);
});
