import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileKernel } from '@trap12/system/compile-kernel.js';
import { loadKernel } from '@trap12/system/node.js';
import { afterAll, expect, test } from 'vitest';
// @ts-expect-error a module without types
import { whyNot } from './first-commands.mjs';

const DIR = mkdtempSync(join(tmpdir(), 'trap12-first-'));
afterAll(() => rmSync(DIR, { recursive: true }));

/** Why a kernel does not run whose start has this in the place of a step. */
async function without(statements: string): Promise<unknown> {
  const path = join(DIR, 'start.ts');
  writeFileSync(path, `function* start_limits(dummy: u32): Sleeps {\n  ${statements}\n}\n`);
  return whyNot(compileKernel([path]), 1500);
}

test('does the kernel that was built run its first commands?', { timeout: 120_000 }, async () => {
  expect(await whyNot(await loadKernel())).toBeUndefined();
});

test('is it said what a kernel dies of that does not boot?', { timeout: 120_000 }, async () => {
  expect(await without("panic('no limits');")).toBe('panic: no limits in start_limits');
  expect(await without('$st32(0x30, 1);')).toBe('page fault in start_limits (kernel write null+0x30)');
});

test('and that one hangs?', { timeout: 120_000 }, async () => {
  expect(await without('let n = 0;\n  while (n >= 0) n = (n + 1) & 7;')).toBe('it hangs');
});
