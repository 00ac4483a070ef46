import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { expect, test } from 'vitest';
import { kernelHashPath, layoutsPath, programsHashPath } from '../src/reports/layouts.js';

/*
 * What of its house a command reads beside modules has to be in the package, too. (That nothing else is
 * missing there, tools/check-package.mjs sees, which runs the main jobs from an installed one.)
 */

/** The files of a package as npm would pack it. */
function packed(name: string): string[] {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const out = execFileSync('npm', args, {
    cwd: `packages/${name}`,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ files }] = JSON.parse(out) as [{ files: { path: string }[] }];
  return files.map(({ path }) => path);
}

test('files that a command reads beside its modules are packed', () => {
  for (const path of [kernelHashPath(), layoutsPath()!, programsHashPath()]) {
    const [, name, file] = /^packages\/(\w+)\/(.*)$/.exec(relative('.', path).replaceAll('\\', '/'))!;
    expect([path, existsSync(path)]).toEqual([path, true]);
    expect(packed(name!)).toContain(file);
  }
}, 120_000);
