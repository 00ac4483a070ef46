import { expect, test } from 'vitest';
import { createSystem } from '../src/index.js';
import { loadKernel } from '../src/node.js';

test('does the kernel boot, run a command and halt with its status, and a second time the same way?', async () => {
  const kernel = await loadKernel();
  const [one, two] = [1, 2].map(() => {
    const system = createSystem(kernel, {
      ramBytes: 8 << 20,
      swapBytes: 0,
      command: 'memcheck 1m; echo "two words" | wc -w; cat /bin/ls > /dev/null && exit 3',
    });
    const { machine } = system;
    let console = '';
    machine.console.onOutput = (text) => {
      console += text;
    };
    const why = machine.run(60e9);
    machine.console.flush();
    return { why, status: system.exitStatus, console, now: machine.now(), step: machine.step };
  });
  expect([one!.why, one!.status]).toEqual(['halt', 3]);
  expect(one!.console).toMatch(/^memcheck: 1048576 bytes in 256 pages verified, 0 errors\r?\n +2\r?$/m);
  expect(two).toEqual(one);
});
