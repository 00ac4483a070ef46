import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { hearBy, hostMs, Interruption, isHeard, leaveSignals, signalsTold } from '../src/interruption.js';

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

/** What somebody else has heard and not yet told. */
let notes: number[] = [];
afterEach(() => {
  notes = [];
});
const hear = (): void => hearBy(() => notes.splice(0));
/** The ear is not asked again at once; nor soon after Node has told of a signal, which it may hear late. */
const askedAgain = async (ms = 30): Promise<void> => {
  const until = hostMs() + ms;
  while (hostMs() < until) await signalsTold();
};

test('where this thread is busy it is heard by an ear, of works that ask it, and counts once', async () => {
  hear();
  const heard: string[] = [];
  const asks = new Interruption({ whileBusy: true, told: () => heard.push('asks') });
  const waits = new Interruption({ told: () => heard.push('waits') });
  expect(asks.interrupted).toBe(false);
  await askedAgain(600);
  // Both hear of the same: the ear at once, the process when it has a turn.
  notes.push(hostMs());
  press();
  expect(waits.interrupted).toBe(false);
  expect([asks.interrupted, waits.interrupted, heard]).toEqual([true, true, ['asks', 'waits']]);
  await signalsTold();
  expect(heard).toEqual(['asks', 'waits']);
  // The next one is another one, and now Node tells of it first.
  press();
  await signalsTold();
  expect(heard).toEqual(['asks', 'waits', 'asks', 'waits']);
  asks.interrupted = false;
  notes.push(hostMs());
  await askedAgain();
  expect([asks.interrupted, heard.length]).toEqual([false, 4]);
  waits.close();
  asks.close();
  await signalsTold();
});

test('what an ear has heard before a work began, or was somebody else’s, is not the work’s', async () => {
  hear();
  await askedAgain(600);
  notes.push(hostMs());
  await askedAgain();
  const work = new Interruption({ whileBusy: true });
  expect(work.interrupted).toBe(false);
  await askedAgain();
  notes.push(hostMs());
  leaveSignals();
  expect(work.interrupted).toBe(false);
  work.close();
  await signalsTold();
});

const MODULE = fileURLToPath(new URL('../dist/interruption.js', import.meta.url));
const SETUP = `import { hearBy, hostMs, Interruption, signalsTold } from ${JSON.stringify(MODULE)};
  const press = () => process.kill(process.pid, 'SIGINT');
  setTimeout(() => process.exit(0), 60_000);`;

test.each([
  ['behind the last work', `const work = new Interruption(); press(); work.close();`],
  [
    'a second time, where that is to end it',
    `new Interruption({ twiceEnds: true }); press(); await signalsTold(); press();`,
  ],
  [
    'a second time by an ear, while it is busy',
    `const work = new Interruption({ twiceEnds: true, whileBusy: true }); const from = hostMs();
    hearBy(() => [hostMs(), hostMs()]); while (hostMs() < from + 60_000) if (work.interrupted) break; await 0;
    process.exit(1);`,
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
