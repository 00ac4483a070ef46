import { Ddb } from '@trap12/ddb';
import { coreFile, openDump, sparseBytes } from '@trap12/dump';
import { parseReport } from '@trap12/report';
import { createSystem, NoProgressError, runFor, type System } from '@trap12/system';
import { loadKernel, NodeHost } from '@trap12/system/node.js';
import { describe, expect, test } from 'vitest';
import { loadOf, reproduce } from '../src/index.js';
import { mutate } from './mutant.js';

/** A healthy slice may take seconds where many tests run at once; one of a machine that sleeps takes none. */
const PATIENCE_MS = 5000;
const ASLEEP_MS = 2000;

/** A plain function that does not come back: nothing in it looks at the time. */
const LOOP = {
  file: 'kern/kern_regime.ts',
  fn: 'regime_text',
  from: 'let best: int = 0;',
  to: 'let best: int = 0; for (;;) best++;',
};

/** The innermost function stands in no register: what eip has is older. */
function whereItLoops(system: System): string {
  const ddb = new Ddb(system.target);
  ddb.session.stoppedInLoop();
  expect(ddb.execute('show registers').join('\n')).toMatch(/^eip +not kept\nefl.*$/m);
  return ddb.execute('t').join('\n');
}

/** The stack that a core file of it has, of which nothing may be older than the loop. */
function coreOfIt(system: System): string {
  const { target } = openDump(sparseBytes(coreFile(system.target, true)), system.symbols);
  return new Ddb(target).execute('t').join('\n');
}

describe('an endless loop in a plain function of the kernel', () => {
  test('is ended by the watchdog; the machine can be looked at', { timeout: 180_000 }, async () => {
    const kernel = await mutate(LOOP);
    const system = createSystem(kernel, { ramBytes: 8 << 20, command: 'sleep 2; sysctl kern.locking' });
    expect(system.machine.run(1.5e9)).toBe('time');
    const host = new NodeHost(ASLEEP_MS);
    await expect(runFor(system.machine, 10, host)).rejects.toThrow(NoProgressError);
    host.close();
    expect(whereItLoops(system)).toMatch(
      /^regime_text\(\w+,\w+\) at regime_text\nsysctl_kern_locking\([\s\S]*\nHow far regime_text is, is not known\.$/,
    );
    expect(coreOfIt(system)).toMatch(/^regime_text\(\w+,\w+\) at regime_text\+0x3\nsysctl_kern_locking\(/);
    const report = parseReport('panic: x\nStopped at      Debugger+0x44:  pushl   %ebx\n');
    const load = loadOf(report, { given: 'sysctl kern.locking', background: 'none', ramBytes: 8 << 20 });
    const patient = new NodeHost(PATIENCE_MS);
    const setup = { ramBytes: 8 << 20 };
    const search = { report, kernel, setup, load, attempts: 1, seconds: 5, host: patient };
    const { outcomes } = await reproduce(search);
    patient.close();
    expect(outcomes.map((each) => each.result)).toEqual(['stuck']);
  });
});

test('what was called through a pointer is not known, but what the table has is', async () => {
  const sync = { file: 'kern/vfs_syscalls.ts', fn: 'sync', from: 'yield* sync_all(MNT_NOWAIT);' };
  const kernel = await mutate({ ...sync, to: 'for (let n = 0; ; n++) if (n < 0) n = 0;' });
  const system = createSystem(kernel, { ramBytes: 8 << 20, command: 'sleep 2; sync' });
  expect(system.machine.run(1.5e9)).toBe('time');
  const host = new NodeHost(ASLEEP_MS);
  await expect(runFor(system.machine, 10, host)).rejects.toThrow(NoProgressError);
  host.close();
  expect(whereItLoops(system)).toMatch(
    /^not known\(\w+,\w+\), called through a pointer, just before syscall\+0x\w+; for call 0x24 sysent has sync\nsyscall\(/,
  );
  expect(coreOfIt(system)).toMatch(/^syscall\(.*\) at syscall\+0x\w+\ncalltrap\(/);
}, 120_000);

test('Ctrl-C has a machine stop where it can go on', { timeout: 120_000 }, async () => {
  const system = createSystem(await loadKernel(), { command: 'memcheck 1m; sleep 3', seed: 7 });
  const untouched = createSystem(await loadKernel(), { command: 'memcheck 1m; sleep 3', seed: 7 });
  const host = new NodeHost();
  process.kill(process.pid, 'SIGINT');
  expect(await runFor(system.machine, 20, host)).toBe('time');
  expect(host.interrupted).toBe(true);
  host.close();
  const again = new NodeHost();
  expect(await runFor(system.machine, 20, again)).toBe('halt');
  expect(await runFor(untouched.machine, 20, again)).toBe('halt');
  again.close();
  expect(system.machine.now()).toBe(untouched.machine.now());
});
