import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('a worker ends when whoever started it has gone', async () => {
  const hook = new URL('./test-orphan.mjs', import.meta.url).href;
  const stays = 'process.channel.ref(); setInterval(() => {}, 1000); process.send("up");';
  const worker = fork(fileURLToPath(hook), {
    execArgv: ['--import', hook, '--import', `data:text/javascript,${encodeURIComponent(stays)}`],
    stdio: 'ignore',
  });
  try {
    await once(worker, 'message');
    worker.disconnect();
    expect(await once(worker, 'exit')).toEqual([1, null]);
  } finally {
    worker.kill('SIGKILL');
  }
});
