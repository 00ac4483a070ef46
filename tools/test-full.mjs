/** Tests that `npm test` makes short, at their full length (TRAP12_FULL); part of `npm run acceptance`. */
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTests } from './vitest.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const files = execFileSync('git', ['grep', '-l', 'TRAP12_FULL', '--', 'packages/*.test.ts'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n');
runTests(files, { TRAP12_FULL: '1' });
