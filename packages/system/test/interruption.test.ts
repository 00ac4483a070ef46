import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Interruption, isHeard, signalsTold } from '../src/interruption.js';

const press = (): void => void process.kill(process.pid, 'SIGINT');

test('what comes during work without a turn is heard behind it, by who is at work then', async () => {
  const heard: string[] = [];
  const outer = new Interruption({ told: () => heard.push('outer') });
  const inner = new Interruption({ told: () => heard.push('inner') });
  press();
  inner.close();
  expect([outer.interrupted, inner.interrupted]).toEqual([false, false]);
  await signalsTold();
  expect(heard).toEqual(['outer']);
  // What is interrupted begins nothing new.
  const later = new Interruption();
  expect(later.interrupted).toBe(true);
  later.onPress(() => heard.push('later'));
  expect(heard).toEqual(['outer', 'later']);
  later.close();
  outer.close();
  // The next work is another one.
  const next = new Interruption();
  expect(next.interrupted).toBe(false);
  next.close();
  await signalsTold();
});

test('what comes just before the last work is over is not lost', async () => {
  const work = new Interruption();
  let heard = 0;
  const own = (): void => void heard++;
  press();
  work.close();
  process.on('SIGINT', own);
  await signalsTold();
  process.off('SIGINT', own);
  expect([heard, work.interrupted, isHeard()]).toEqual([1, false, false]);
  // And then it is the process's own.
  expect(process.listeners('SIGINT').map(({ name }) => name)).not.toContain('onSignal');
});

const MODULE = fileURLToPath(new URL('../dist/interruption.js', import.meta.url));
const SETUP = `import { Interruption, signalsTold } from ${JSON.stringify(MODULE)};
  const press = () => process.kill(process.pid, 'SIGINT');
  setTimeout(() => process.exit(0), 60_000);`;

test.each([
  ['behind the last work', `const work = new Interruption(); press(); work.close();`],
  [
    'a second time, where that is to end it',
    `new Interruption({ twiceEnds: true }); press(); await signalsTold(); press();`,
  ],
])('%s it ends the process, as if nobody had listened', { timeout: 120_000 }, async (_, code) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', `${SETUP}\n${code}`]);
  expect(await once(child, 'exit')).toEqual([null, 'SIGINT']);
});

test('a second time is as the first, where a work around has it so', async () => {
  let heard = 0;
  const outer = new Interruption({ told: () => heard++ });
  const inner = new Interruption({ twiceEnds: true });
  for (let times = 1; times <= 2; times++) {
    press();
    await signalsTold();
    expect([heard, inner.interrupted]).toEqual([times, true]);
  }
  inner.close();
  outer.close();
  await signalsTold();
});
