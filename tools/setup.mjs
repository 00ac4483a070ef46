/**
 * Sets a fresh clone up, or brings a built one up to date: installs the packages that the lock file names,
 * compiles the TypeScript, lowers the kernel. Quick when there is nothing to do. Needs only Node.
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
  note(`${what} ...`);
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

/** Says what is being done, whoever reads it: a fresh start takes a minute or two. */
function note(text) {
  process.stderr.write(`setup: ${text}\n`);
}

const installed = join(root, 'node_modules/.package-lock.json');
const lock = join(root, 'package-lock.json');
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  run('npm ci (installs the packages of the lock file)', 'npm', ['ci', '--no-audit', '--no-fund']);
}
run('tsc (compiles the TypeScript)', process.execPath, [
  join(root, 'node_modules/typescript/bin/tsc'),
  '-b',
  'packages',
]);
run('kcc build (lowers the kernel)', process.execPath, [join(root, 'packages/kcc/bin/kcc.js'), 'build']);
run('kcc programs (compiles the programs)', process.execPath, [
  join(root, 'packages/kcc/bin/kcc.js'),
  'programs',
]);
run('quick-start (bundles what starts the command)', process.execPath, [join(root, 'tools/quick-start.mjs')]);
run('pack-files (manual page, completion)', process.execPath, [join(root, 'tools/pack-files.mjs')]);
