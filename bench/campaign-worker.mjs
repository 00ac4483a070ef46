/* Workers that answer at once, for bench/campaign.mjs: campaign-worker.mjs URL HOW-MANY */
import { runWorker } from '@trap12/campaign/queue/index.js';
import { outcome } from '../packages/campaign/test/made-up.mjs';

const [url, width] = process.argv.slice(2);
await runWorker({
  ...{ url, build: 'b1', width: Number(width), stop: () => false, says: () => {} },
  run: async (task) => outcome(task),
});
