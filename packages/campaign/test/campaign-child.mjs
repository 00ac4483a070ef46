/* A campaign of made-up units in a process of its own, to be killed: says each unit that it has kept. */
import { writeSync } from 'node:fs';
import { keyOf, runCampaign, Store } from '@trap12/campaign';
import { outcome, STRATEGIES, WANTED } from './made-up.mjs';

const store = Store.open(process.argv[2], true);
const crew = {
  width: 5,
  // Answers come in another order than they were asked for, and several at a time.
  run: (task) =>
    new Promise((resolve) => {
      setTimeout(() => resolve(outcome(task)), task.number % 3);
    }),
};
await runCampaign(store, {
  subjects: WANTED.map((each) => store.subject(each)),
  strategies: () => STRATEGIES,
  crew,
  clock: () => 0,
  stop: () => false,
  onKept: (results) => writeSync(1, results.map(({ task }) => `kept ${keyOf(task)}\n`).join('')),
});
