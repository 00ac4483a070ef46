import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const TOOL = fileURLToPath(new URL('user-imports.mjs', import.meta.url));

test('is a place at which no source begins refused, and what may stand there named?', () => {
  const words = ['--check', 'bin/sh', 'bin/nonsense'];
  const r = spawnSync(process.execPath, [TOOL, ...words], { encoding: 'utf8', timeout: 50_000 });
  expect([r.status, r.stdout]).toEqual([2, '']);
  expect(r.stderr).toBe(
    'user-imports: no source below packages/userland/usr begins with bin/nonsense; accepted: as bin/sh, lib, include\n',
  );
});
