/**
 * The order of test files: those of packages in which something has changed since the last commit (or, on a
 * branch, since it left main) come first, so that a fault shows early; within a package as vitest would have
 * them.
 */
import { execFileSync } from 'node:child_process';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BaseSequencer } from 'vitest/node';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function git(...args) {
  try {
    return execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    // No repository, or no branch of that name: then nothing is known to have changed.
    return '';
  }
}

/** `packages/NAME` or `tools` of a path from the root. */
export function partOf(path) {
  const [first, second] = path.split(/[/\\]/);
  return first === 'packages' ? `packages/${second}` : first;
}

/** The parts of the house in which something has changed. */
export function changedParts(run = git) {
  // One's own main may be ahead, and a clone of a branch has none.
  const base = run('merge-base', 'HEAD', 'origin/main') || run('merge-base', 'HEAD', 'main') || 'HEAD';
  const changed = `${run('diff', '--name-only', base)}\n${run('ls-files', '--others', '--exclude-standard')}`;
  return new Set(
    changed
      .split('\n')
      .filter((line) => line !== '')
      .map(partOf),
  );
}

/** Files in their order, those of changed parts before the others. */
export function changedFirst(paths, changed) {
  const early = (path) => changed.has(partOf(path));
  return [...paths.filter(early), ...paths.filter((path) => !early(path))];
}

export class ChangedFirst extends BaseSequencer {
  async sort(files) {
    const sorted = await super.sort(files);
    const byPath = new Map(sorted.map((file) => [relative(root, file.moduleId).split(sep).join('/'), file]));
    return changedFirst([...byPath.keys()], changedParts()).map((path) => byPath.get(path));
  }
}
