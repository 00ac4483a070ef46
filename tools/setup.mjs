/**
 * Sets a fresh clone up, or brings a built one up to date: installs the packages that the lock file names, compiles the
 * TypeScript, lowers the kernel. Quick when there is nothing to do. Needs only Node.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [major] = process.versions.node.split('.').map(Number);
if (major < 20) {
  console.error(`trap12 needs Node 20 or newer; this is ${process.version}`);
  process.exit(2);
}

function run(what, command, args) {
  try {
    execFileSync(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
  } catch (error) {
    process.stderr.write(`setup: ${what} failed\n${error.stdout ?? ''}${error.stderr ?? ''}`);
    process.exit(4);
  }
}

function note(text) {
  if (process.stderr.isTTY) process.stderr.write(`setup: ${text}\n`);
}

const installed = join(root, 'node_modules/.package-lock.json');
const lock = join(root, 'package-lock.json');
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  note('installing packages');
  run('npm ci', 'npm', ['ci', '--no-audit', '--no-fund']);
}
note('building');
run('tsc', process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'packages']);
run('kcc', process.execPath, [join(root, 'packages/kcc/bin/kcc.js'), 'build']);
run('kcc programs', process.execPath, [join(root, 'packages/kcc/bin/kcc.js'), 'programs']);
run('quick-start', process.execPath, [join(root, 'tools/quick-start.mjs')]);
