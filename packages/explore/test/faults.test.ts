import type { DiskFault } from '@trap12/machine';
import { expect, test } from 'vitest';
import { createSystem } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';

const CURE = 'vm_mtx-20010519+swaplocks+vmspace-ref';
const LAST_SECTOR = 2 ** 31;
/** The disk driver tries a command so often before it gives up. */
const TRIES = 4;

async function run(command: string, faults: DiskFault[], seed = 1) {
  const setup = { ramBytes: 16 << 20, swapBytes: 64 << 20, locking: CURE, seed, command };
  const system = createSystem(await loadKernel(), setup);
  system.machine.disk.faults.push(...faults);
  let text = '';
  system.machine.console.onOutput = (s) => {
    text += s;
  };
  const why = system.machine.run(200e9);
  return { why, text, system };
}

const everywhere = { firstSector: 0, lastSector: LAST_SECTOR };
const LOAD = 'memcheck 24m; echo status $?; swapinfo';
const VERIFIED = 'memcheck: 25165824 bytes in 6144 pages verified, 0 errors\nstatus 0';

/** Blocks of swap in use, as swapinfo tells, in 512-byte blocks. */
const swapUsed = (text: string): number => Number(/\/dev\/ad0b\s+\d+\s+(\d+)/.exec(text)?.[1]);

test('does an error that a second try cures go unnoticed?', async () => {
  const { why, text } = await run(LOAD, [{ op: 'read', ...everywhere, times: TRIES - 1 }]);
  expect(text).toContain(VERIFIED);
  expect(text).not.toContain('I/O error');
  expect(why).toBe('halt');
});

test('does a failed pagein kill the process that needs the page, and nobody else?', async () => {
  const { why, text } = await run(LOAD, [{ op: 'read', ...everywhere, times: TRIES }]);
  expect(text).toContain('swap_pager: I/O error - pagein failed');
  expect(text).toMatch(/vm_fault: pager read error, pid \d+ \(memcheck\)/);
  expect(text).toMatch(/pid \d+ \(memcheck\), uid 0: exited on signal 11/);
  expect(text).toContain('status 139');
  expect(text).not.toContain('verified');
  expect(swapUsed(text), 'its swap space is free again').toBeLessThan(200);
  expect(why).toBe('halt');
});

for (const times of [TRIES, 20 * TRIES])
  test(`does a failed pageout lose nothing (${times / TRIES} failed commands)?`, async () => {
    const { why, text, system } = await run(LOAD, [{ op: 'write', ...everywhere, times }]);
    expect(text).toContain('swap_pager: I/O error - pageout failed');
    expect(text).toContain(VERIFIED);
    /* The blocks that could not be written stay out of use. */
    const bad = 8 * system.get('nswapbad');
    expect(bad).toBeGreaterThan(0);
    expect(swapUsed(text) - bad).toBeLessThan(200);
    expect(why).toBe('halt');
  });

test('does a bad area of the disk lose nothing, as long as there is room elsewhere?', async () => {
  const { why, text } = await run(LOAD, [
    { op: 'write', firstSector: 20_000, lastSector: 40_000, times: Number.MAX_SAFE_INTEGER },
  ]);
  expect(text).toContain(VERIFIED);
  expect(why).toBe('halt');
});
