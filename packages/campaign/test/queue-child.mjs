/*
 * A campaign of made-up units, or a worker at them, that speak to a queue, in a process of its own, to be
 * killed:
 *   queue-child.mjs campaign URL DIR UNITS    until the campaign has so many units; says `all` then
 *   queue-child.mjs worker URL [BUILD]
 */
import { writeSync } from 'node:fs';
import { runCampaign, Store } from '@trap12/campaign';
import { QueueCrew, runWorker } from '@trap12/campaign/queue/index.js';
import { outcome, STRATEGIES, WANTED } from './made-up.mjs';

const [what, url, ...rest] = process.argv.slice(2);
const says = (line) => writeSync(2, `${line}\n`);

async function campaign(dir, units) {
  const store = Store.open(dir, true);
  const had = store.allLanes().reduce((sum, lane) => sum + lane.units, 0);
  const crew = await QueueCrew.open({
    ...{ url, id: store.id, build: 'b1', says, isDone: (unit) => store.isDone(unit) },
    bundleOf: () => ({ scenario: 'a.ts', patches: [], files: [{ path: 'a.ts', text: 'made up' }] }),
  });
  writeSync(1, 'open\n');
  await runCampaign(store, {
    subjects: WANTED.map((each) => store.subject(each)),
    strategies: () => STRATEGIES,
    ...{ crew, clock: () => 0, stop: () => false, units: Math.max(0, units - had) },
  });
  await crew.close();
  store.close();
  writeSync(1, 'all\n');
}

if (what === 'campaign') await campaign(rest[0], Number(rest[1]));
else {
  // The server may be dead just when this begins.
  for (;;) await work().catch(() => new Promise((resolve) => setTimeout(resolve, 100)));
}

async function work() {
  await runWorker({
    ...{ url, build: rest[0] ?? 'b1', width: 4, stop: () => false, says },
    run: async (task, { files: [file] }) => {
      if (file.text !== 'made up') throw new Error('other files');
      // Some take their time, so that many are under way when somebody dies.
      await new Promise((resolve) => setTimeout(resolve, (task.number % 5) * 5));
      return outcome(task);
    },
  });
}
