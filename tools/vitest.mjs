/**
 * Runs the tests, for `npm test` (this file) and its kin: `node tools/vitest.mjs [FILE|OPTION...]` is
 * `vitest run`, from any folder.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * The environment of the runner: without colours where nobody looks, for it takes a pipe or a file for a
 * terminal. Who has said what he wants (FORCE_COLOR, NO_COLOR) gets that.
 */
export function colours(env, isTerminal) {
  const isSaid = env.FORCE_COLOR !== undefined || env.NO_COLOR !== undefined;
  return isTerminal || isSaid ? { ...env } : { ...env, NO_COLOR: '1' };
}

/** Runs vitest with what it prints going where ours goes; ends this process with its status. */
export function runTests(args, variables = {}) {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...colours(process.env, process.stdout.isTTY === true), ...variables },
  });
  process.exit(status ?? 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) runTests(process.argv.slice(2));
