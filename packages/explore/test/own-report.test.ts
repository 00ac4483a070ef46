/**
 * What this machine's own panic tells of itself in other texts (a whole console, a core.txt, with a version
 * in front) is the same panic, whatever the reader knows more by them.
 */
import { compileKernel } from '@trap12/system/compile-kernel.js';
import { createSystem } from '@trap12/system';
import { parseReport } from '@trap12/report';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { crashInfo, matchReports, ownReport, panicText } from '../src/index.js';

const RACES = fileURLToPath(new URL('../../../examples/races/', import.meta.url));

test.each([
  // A panic by panic(), and by a trap.
  ['lost-reference', 'hog fork 1m 1', { ramBytes: 8 << 20 }],
  ['', 'dd if=/dev/zero of=/dev/null bs=60m', { ramBytes: 64 << 20, locking: 'vm_mtx-20010519' }],
])('%s, by "%s"', { timeout: 120_000 }, (patch, command, options) => {
  const kernel = compileKernel(patch === '' ? [] : [`${RACES}${patch}/patch.ts`]);
  const system = createSystem(kernel, { ...options, command });
  let console = '';
  system.machine.console.onOutput = (text) => {
    console += text;
  };
  let why = 'time';
  for (let s = 1; s < 60 && why === 'time'; s++) why = system.machine.run(s * 1e9);
  expect(why).toMatch(/^(?:panic|debugger)$/);
  const { target } = system;
  const said = panicText(target, console);
  const own = ownReport(target, said);
  const verdict = (text: string): unknown => {
    const { verdict, differences } = matchReports(parseReport(text), own);
    return [verdict, differences.map(({ because }) => because)];
  };
  const whole = `${console.slice(0, console.indexOf('panic:'))}${said}`;
  for (const text of [said, `FreeBSD 5.0-CURRENT i386\n\n${said}`, whole, crashInfo(target, 'vmcore.0')])
    expect(verdict(text)).toEqual(['same', []]);
  // Without the kernel's version less follows: that it may be missed is what this is about.
  expect(matchReports(parseReport(whole), parseReport(said)).verdict).toBe('near');
});
