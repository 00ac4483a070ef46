/** Tests that `npm test` makes short, at their full length (TRAP12_FULL); part of `npm run acceptance`. */
import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const files = execFileSync('git', ['grep', '-l', 'TRAP12_FULL', '--', 'packages/*.test.ts'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', ...files], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, TRAP12_FULL: '1' },
});
process.exit(status ?? 1);
