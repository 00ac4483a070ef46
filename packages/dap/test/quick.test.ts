import { afterAll, expect, it } from 'vitest';
import { closeAll, connected, serve } from './client.js';

afterAll(closeAll);

it('an editor has a machine stop in a function, sees its stack and a variable, and steps', async () => {
  const { port } = await serve();
  const client = await connected(port);
  const stop = await client.open({ options: { command: 'sleep 1' } }, () =>
    client.ask('setFunctionBreakpoints', { breakpoints: [{ name: 'nanosleep' }] }),
  );
  expect(stop.reason).toBe('function breakpoint');
  const frames = await client.frames();
  expect(frames.map(({ name }) => name).slice(0, 2)).toEqual(['nanosleep', 'syscall']);
  const [{ value, name } = { value: '', name: '' }] = await client.scope(frames[0]!.id, 'Locals');
  expect([name, value]).toEqual(['p', expect.stringMatching(/^0xc[\da-f]{7}/)]);
  const before = await client.place();
  await client.go('next');
  expect(await client.place()).toMatch(/^nanosleep kern_time\.ts:\d+$|^nanosleep /);
  expect(await client.place()).not.toBe(before);
  await client.stop();
});
