import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { posix, relative } from 'node:path';
import { expect, test } from 'vitest';
import { kernelHashPath, layoutsPath, programsHashPath } from '../src/reports/layouts.js';

/*
 * What of its house a command reads beside modules has to be in the package, too. (That nothing else is
 * missing there, tools/check-package.mjs sees, which runs the main jobs from an installed one.)
 */

/** The files of the package in a folder as npm would pack it. */
function packed(folder: string): string[] {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const out = execFileSync('npm', args, {
    cwd: folder,
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
    expect(packed(`packages/${name}`)).toContain(file);
  }
}, 120_000);

test('what documents of the package link is in the package', () => {
  const files = packed('.').filter((path) => !path.startsWith('node_modules/'));
  const isThere = (path: string): boolean =>
    files.some((file) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`));
  const documents = files.filter((path) => path.endsWith('.md'));
  const links = documents.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map(([, to]) => ({
      path,
      to: posix.join(posix.dirname(path), to!),
    })),
  );
  expect(documents).toContain('docs/README.md');
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter(({ to }) => !isThere(to))).toEqual([]);
}, 120_000);
