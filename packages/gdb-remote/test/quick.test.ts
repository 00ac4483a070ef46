import { createSystem, History } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { latin1Bytes } from '@trap12/target';
import { expect, it } from 'vitest';
import { GdbSession } from '../src/index.js';

it('gdb sets a breakpoint, has the machine go there, reads registers and memory, and goes back', async () => {
  const system = createSystem(await loadKernel(undefined, 'checked'), {
    ramBytes: 8 << 20,
    swapBytes: 0,
    command: 'echo here',
  });
  const history = new History(system);
  const session = new GdbSession(system, history, 30e9);
  const ask = async (text: string): Promise<string> => {
    const outcome = session.handle(latin1Bytes(text));
    if (!('go' in outcome)) return outcome.reply;
    return (await session.run(outcome.go, { turn: () => Promise.resolve() })).reply;
  };
  const little = (digits: string): number => Number.parseInt(digits.match(/../g)!.reverse().join(''), 16);
  const at = system.symbols.address('vm_map_lookup') >>> 0;
  expect(await ask(`Z0,${at.toString(16)},1`)).toBe('OK');
  expect(await ask('vCont;c')).toMatch(/^T05/);
  expect(little(await ask('p8'))).toBe(at);
  const esp = little(await ask('p4'));
  expect(little(await ask(`m${esp.toString(16)},4`))).toBe(system.memory.u32(esp) >>> 0);
  const { step } = history;
  expect(await ask('vCont;c')).toMatch(/^T05/);
  expect(history.step).toBeGreaterThan(step);
  expect(await ask('bc')).toMatch(/^T05/);
  expect([history.step, little(await ask('p8'))]).toEqual([step, at]);
});
