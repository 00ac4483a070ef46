import { createSystem } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { describe, expect, test } from 'vitest';
// @ts-expect-error a script without declarations
import { runAndHash } from '../../../tools/state-hash.mjs';

/** Fills memory more than once, with other processes about: swaps, and swaps processes out. */
const LOAD = 'sleepers 3 & memcheck 12m; ps; swapinfo';
const RAM = 12 << 20;

interface Run {
  hash: string;
  why: string;
  text: string;
  nowNs: number;
  system: { machine: { disk: { sectorsWritten: number } } };
}

const run = (seed: number, ncpu: number): Promise<Run> =>
  runAndHash({ ramBytes: RAM, ncpu, seed, command: LOAD }, 60);

describe('does one number decide everything?', () => {
  for (const ncpu of [1, 4]) {
    test(`${ncpu} CPU: the same seed gives the same memory, console and time; another gives others`, async () => {
      const first = await run(11, ncpu);
      const replay = `node tools/state-hash.mjs --ram 12m --seed 11 --ncpu ${ncpu} "${LOAD}"`;
      expect(first.text, replay).toContain('0 errors');
      expect(first.system.machine.disk.sectorsWritten, 'the load swaps').toBeGreaterThan(0);
      const second = await run(11, ncpu);
      expect([second.hash, second.nowNs, second.why], replay).toEqual([first.hash, first.nowNs, first.why]);
      expect(second.text, replay).toBe(first.text);
      const other = await run(12, ncpu);
      expect(other.hash).not.toBe(first.hash);
      expect(other.nowNs).not.toBe(first.nowNs);
    });
  }

  test('a run in slices ends as a run in one go', async () => {
    const whole = await run(13, 1);
    const system = createSystem(await loadKernel(), { ramBytes: RAM, seed: 13, command: LOAD });
    let why: string = 'time';
    for (let until = 1e8; why === 'time' && until < 60e9; until += 1e8) why = system.machine.run(until);
    expect([why, system.machine.now()]).toEqual([whole.why, whole.nowNs]);
  });
});
