import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const TOOL = fileURLToPath(new URL('user-imports.mjs', import.meta.url));

test.each([
  [
    'bin/nonsense',
    2,
    /^user-imports: no source .* begins with bin\/nonsense; accepted: as bin\/sh, lib, include\n$/,
  ],
  ['bin/sh', 0, /^$/],
])('user-imports --check %s', { timeout: 60_000 }, (place, status, says) => {
  const r = spawnSync(process.execPath, [TOOL, '--check', place], { encoding: 'utf8', timeout: 50_000 });
  expect([r.status, r.stdout]).toEqual([status, '']);
  expect(r.stderr).toMatch(says);
});
