import { expect, it } from 'vitest';
import { Ddb } from '../src/index.js';
import { callToStop, kernelString, machine } from './machines.js';

it('a panic: where it stopped, by which way, who runs, and a word of memory', async () => {
  const m = await machine({ command: 'sleep 1000' });
  expect(m.system.machine.run(2e9)).toBe('time');
  callToStop(m, 'panic', kernelString(m, 'on purpose'));
  expect(m.console()).toContain('panic: on purpose');
  const ddb = new Ddb(m.target);
  expect(ddb.banner().join('\n')).toMatch(/^Stopped at\tDebugger\+0x/);
  expect(ddb.execute('t').slice(0, 2)).toEqual([
    expect.stringMatching(/^Debugger\(.*\) at Debugger\+0x/),
    expect.stringMatching(/^panic\(.*\) at panic\+0x/),
  ]);
  expect(ddb.execute('ps').some((line) => / nanslp .* sleep$/.test(line))).toBe(true);
  expect(ddb.execute('x/s *panicstr').join('\n')).toMatch(/on purpose$/);
  expect(ddb.execute('x 0').join('\n')).toMatch(/\*\*\* error reading from address 0 \*\*\*$/);
});
