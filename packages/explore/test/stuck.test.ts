import { spawn } from 'node:child_process';
import { Ddb } from '@trap12/ddb';
import { parseReport } from '@trap12/report';
import { createSystem, NoProgressError, runFor } from '@trap12/system';
import { NodeHost } from '@trap12/system/node.js';
import { describe, expect, test } from 'vitest';
import { loadOf, reproduce } from '../src/index.js';
import { mutate } from './mutant.js';

/** A healthy slice may take seconds where many tests run at once. */
const PATIENCE_MS = 12_000;

/** A plain function that does not come back: nothing in it looks at the time. */
const LOOP = {
  file: 'kern/kern_regime.ts',
  fn: 'regime_text',
  from: 'let best: int = 0;',
  to: 'let best: int = 0; for (;;) best++;',
};

describe('an endless loop in a plain function of the kernel', () => {
  test('is ended by the watchdog; the machine can be looked at', { timeout: 180_000 }, async () => {
    const kernel = await mutate(LOOP);
    const system = createSystem(kernel, { command: 'sysctl kern.locking' });
    const host = new NodeHost(PATIENCE_MS);
    await expect(runFor(system.machine, 10, host)).rejects.toThrow(NoProgressError);
    host.close();
    expect(new Ddb(system.target).execute('t').join('\n')).toMatch(/^sysctl_kern_locking\(/m);
    const report = parseReport('panic: x\nStopped at      Debugger+0x44:  pushl   %ebx\n');
    const load = loadOf(report, { given: 'sysctl kern.locking', background: 'none', ramBytes: 64 << 20 });
    const patient = new NodeHost(PATIENCE_MS);
    const search = { report, kernel, setup: {}, load, attempts: 1, seconds: 5, host: patient };
    const { outcomes } = await reproduce(search);
    patient.close();
    expect(outcomes.map((each) => each.result)).toEqual(['stuck']);
  });

  test('is ended by Ctrl-C', { timeout: 180_000 }, async () => {
    const system = createSystem(await mutate(LOOP), { command: 'sysctl kern.locking' });
    const host = new NodeHost(60_000);
    spawn('sh', ['-c', `sleep 15; kill -INT ${process.pid}`], { stdio: 'ignore' });
    expect(await runFor(system.machine, 10, host)).toBe('time');
    expect(host.stop()).toBe(true);
    host.close();
  });
});
