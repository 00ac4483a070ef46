import { expect, test } from 'vitest';
import { runPrograms } from '../../userland/test/compiled.js';

test('do processes share memory, files and signals, and get back what they wrote?', async () => {
  const loads = ['sharers 1', 'mapfile 2', 'files 2', 'signals 1', 'wire 2'];
  const { console, why } = await runPrograms({}, loads.map((load) => `stress ${load}`).join('; '), {
    ramBytes: 8 << 20,
  });
  expect(why).toBe('halt');
  const told = [...console.matchAll(/^stress: (\w+): \d+ bytes verified, 0 errors\r?$/gm)].map(
    ([, name]) => name,
  );
  expect(told, console).toEqual(loads.map((load) => load.split(' ')[0]));
});
