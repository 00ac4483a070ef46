/*
 * What the thread begins with that compiles (compile-ahead.ts); CommonJS that fetches all else by import(),
 * as worker.cts is.
 */

import worker = require('node:worker_threads');

const port = worker.parentPort!;

port.on(
  'message',
  async (job: import('./compile-job.js', { with: { 'resolution-mode': 'import' }}).CompileJob) => {
    const { compiled } = await import('./compile-job.js');
    port.postMessage(await compiled(job));
  },
);
