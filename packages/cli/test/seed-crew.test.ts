import { type SeedResult, type SeedTask, workOffSeed } from '@trap12/explore';
import { parseReport } from '@trap12/report';
import { completeOptions, oneAtATime } from '@trap12/system';
import { loadKernel, NodeHost } from '@trap12/system/node.js';
import { expect, test, vi } from 'vitest';
import { Pool } from '../src/work/pool.js';
import { CLOCK, hostOf, SeedCrew } from '../src/work/seed-crew.js';
import type { Task } from '../src/work/tasks.js';

const report = parseReport('panic: vm_page_wakeup: page not busy\n');
const kernel = await loadKernel();
const ADDED = { program: [], patch: [] };
const PATIENCE = { timeout: 120_000 };

function taskOf(seed: number, command: string, seconds: number): SeedTask {
  const { executables: _, ...setup } = completeOptions({ seed, command });
  return { report, seconds, setup };
}

test(
  'seeds run here and beside, with the same result; those that are dropped are none',
  PATIENCE,
  async () => {
    const pool = await Pool.make<Task>(2);
    const host = new NodeHost();
    const make = oneAtATime();
    try {
      const crew = new SeedCrew(pool, ADDED, { kernel, host, make });
      const short = [1, 1].map((seed) =>
        crew.run(taskOf(seed, 'dd if=/dev/zero of=/dev/null bs=1m count=1', 30)),
      );
      expect(crew.progress).toEqual([
        { seed: 1, seconds: 0, look: false },
        { seed: 1, seconds: 0, look: false },
      ]);
      const [here, beside] = (await Promise.all(short)) as SeedResult[];
      expect(here!.outcome).toMatchObject({ seed: 1, result: 'ended' });
      expect(beside).toEqual(here);
      expect(crew.progress).toEqual([]);
      // Without end, one here and one beside.
      const long = [3, 2].map((seed) => crew.run(taskOf(seed, 'while true; do true; done', 100_000)));
      while (!crew.progress.every(({ seconds }) => seconds > 1)) await host.turn();
      expect(crew.progress.map(({ seed }) => seed)).toEqual([2, 3]);
      const ended = vi.spyOn(pool, 'drop');
      crew.drop();
      expect(await Promise.all(long)).toEqual([undefined, undefined]);
      // The worker was not ended, and can go on.
      expect(ended).not.toHaveBeenCalled();
      const [again, too] = [1, 1].map((seed) => crew.run(taskOf(seed, 'true', 30)));
      expect((await again)!.outcome).toEqual((await too)!.outcome);
    } finally {
      host.close();
      await pool.close();
    }
  },
);

test('a run hears that it is to stop, and tells how far it is', PATIENCE, async () => {
  const host = new NodeHost();
  try {
    const clock = new Float64Array(CLOCK.length);
    const [stopping, told] = hostOf(host, clock);
    const make = oneAtATime();
    const run = workOffSeed(kernel, taskOf(1, 'while true; do true; done', 100_000), stopping, told, make);
    while (clock[CLOCK.seconds]! < 1) await host.turn();
    clock[CLOCK.stop] = 1;
    expect((await run)!.outcome).toMatchObject({ result: 'survived', title: 'interrupted' });
  } finally {
    host.close();
  }
});
