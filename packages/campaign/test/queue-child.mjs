/*
 * A campaign of made-up units, or a worker at them, that speak to a queue, in a process of its own, to be
 * killed:
 *   queue-child.mjs campaign URL DIR UNITS    until the campaign has so many units; says `all` then
 *   queue-child.mjs worker URL [BUILD] [UNITS]     until it has done so many; says `done` then
 *   queue-child.mjs stranger URL DIR           puts into the queue what is no unit and no result; says `put`
 */
import { writeSync } from 'node:fs';
import { runCampaign, Store } from '@trap12/campaign';
import { contentName, ForeignUnit, QueueCrew, runWorker } from '@trap12/campaign/queue/index.js';
import { Connection, resultsSubject, unitsSubject } from '@trap12/campaign/queue/connection.js';
import { outcome, STRATEGIES, subject, WANTED } from './made-up.mjs';

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
else if (what === 'stranger') await stranger();
else if (rest[1] !== undefined) writeSync(1, `done ${await work(Number(rest[1]))}\n`);
else {
  // The server may be dead just when this begins.
  for (;;) await work().catch(() => new Promise((resolve) => setTimeout(resolve, 100)));
}

/** Puts things into a queue that has streams already. */
async function stranger() {
  const connection = await Connection.open(url, says);
  const { state } = await connection.manager.streams.info('trap12-units-2', { subjects_filter: '>' });
  const [campaign] = Object.keys(state.subjects).map((name) => name.split('.').at(-1));
  const bundle = JSON.stringify({
    scenario: 'a.ts',
    patches: [],
    files: [{ path: 'a.ts', text: 'made up' }],
  });
  const task = (name, more) => {
    const unit = { subject: subject(name), strategy: 'one', number: 0, count: 10 };
    return JSON.stringify({ campaign, bundle: contentName(bundle), task: unit, ...more });
  };
  const units = ['no unit', '{}', Buffer.from([0x1f, 0x8b, 8]), task('a', { campaign: 'a.b' })];
  for (const each of [...units, task('a', { bundle: 'ab12' }), task('somebody else’s')])
    await connection.js.publish(unitsSubject('b1', 'stranger'), each);
  const result = { unit: { subject: subject('a'), strategy: 'one', number: 0 } };
  const failure = { signature: 's', title: 't', times: 3, at: 0, schedule: '', size: 0 };
  const outcomes = [undefined, { tries: 2, failures: [failure] }, { tries: -1, failures: [] }];
  for (const each of outcomes)
    await connection.js.publish(resultsSubject(campaign), JSON.stringify({ ...result, outcome: each }));
  await connection.close();
  writeSync(1, 'put\n');
}

async function work(units) {
  return runWorker({
    ...{ url, build: rest[0] ?? 'b1', width: 4, stop: () => false, says },
    ...(units === undefined ? {} : { units }),
    run: async (task, { files: [file] }) => {
      if (task.subject.name.startsWith('somebody'))
        throw new ForeignUnit(`${task.subject.name}: it cannot be done here`);
      if (file.text !== 'made up') throw new Error('other files');
      // Some take their time, so that many are under way when somebody dies.
      await new Promise((resolve) => setTimeout(resolve, (task.number % 5) * 5));
      return outcome(task);
    },
  });
}
