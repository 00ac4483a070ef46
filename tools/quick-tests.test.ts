import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
// @ts-expect-error a module without types
import { QUICK } from './quick-tests.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Test files below a folder, by their paths from the root. */
function testsIn(folder: string): string[] {
  if (!existsSync(`${ROOT}${folder}`)) return [];
  return readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.test.ts'));
}

const PACKAGES = readdirSync(`${ROOT}packages`).filter((name) =>
  existsSync(`${ROOT}packages/${name}/package.json`),
);
const FILES = [...PACKAGES.flatMap((name) => testsIn(`packages/${name}/test`)), ...testsIn('tools')];

/** The files of a pattern: `*` is any name, `{a,b}` either. */
function meant(pattern: string): string[] {
  const text = pattern
    .replaceAll('.', '\\.')
    .replaceAll('*', '[^/]*')
    .replace(/\{([^}]*)\}/g, (_, names: string) => `(?:${names.replaceAll(',', '|')})`);
  return FILES.filter((path) => new RegExp(`^${text}$`).test(path));
}

test('has each package a test among the quick ones?', () => {
  const quick: string[] = QUICK.flatMap(meant);
  expect(PACKAGES.length).toBeGreaterThan(12);
  expect(PACKAGES.filter((name) => !quick.some((path) => path.startsWith(`packages/${name}/`)))).toEqual([]);
});

test('is each of them there?', () => {
  const names = (QUICK as string[]).flatMap((pattern) => {
    const [, before, several, behind] = /^(.*)\{(.*)\}(.*)$/.exec(pattern) ?? [];
    return several === undefined ? [pattern] : several.split(',').map((name) => `${before}${name}${behind}`);
  });
  expect(names.filter((pattern) => meant(pattern).length === 0)).toEqual([]);
});
