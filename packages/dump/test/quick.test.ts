import { Ddb } from '@trap12/ddb';
import { expect, it } from 'vitest';
import { openDump, readHeader } from '../src/index.js';
import { dying } from './dying.js';

it('a kernel that dies leaves a dump in which the debugger finds what it finds in the machine', async () => {
  const m = await dying({
    ramBytes: 8 << 20,
    swapBytes: 16 << 20,
    command: 'sleep 100',
    tunables: { panic_reboot_wait: 0 },
  });
  m.system.machine.run(2e9);
  const living = new Ddb(m.system.target).execute('ps');
  expect(m.die('panic')).toMatch(/^dump [\d ]+succeeded$/m);
  const bytes = m.dump();
  expect(readHeader(bytes, m.system.symbols)).toMatchObject({
    state: 'complete',
    panic: 'panic, on purpose',
  });
  const ddb = new Ddb(openDump(bytes, m.system.symbols).target);
  expect(ddb.execute('t').join('\n')).toMatch(/^panic\(.*\) at panic\+0x/m);
  const names = (lines: readonly string[]): string[] => lines.map((line) => line.split(' ').at(-1)!);
  expect(names(ddb.execute('ps'))).toEqual(names(living));
});
