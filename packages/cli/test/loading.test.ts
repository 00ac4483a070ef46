import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { TEXTS } from '../../report/test/texts/index.js';

/* What a command loads decides how soon it starts; times vary from host to host, modules do not. */

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'trap12-loading-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HOOKS = `import { appendFileSync } from 'node:fs';
export async function load(url, context, next) {
  appendFileSync(process.env.TRAP12_LOADED, url + '\\n');
  return next(url, context);
}`;
const dataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
const REGISTER = dataUrl(
  `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(HOOKS))});`,
);

/** The modules that a call of the command loads, from the root of the house. */
function loaded(...args: string[]): string[] {
  const list = join(folder, `${args.join('_').replaceAll('/', '+')}.txt`);
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', REGISTER, 'packages/cli/bin/trap12.js', ...args],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, TRAP12_LOADED: list },
    },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return readFileSync(list, 'utf8')
    .trimEnd()
    .split('\n')
    .filter((url) => url.startsWith('file:'))
    .map((url) => fileURLToPath(url).replaceAll('\\', '/').slice(ROOT.length));
}

const packages = (modules: readonly string[]): string[] =>
  [...new Set(modules.map((each) => /^(?:packages|node_modules)\/[^/]+/.exec(each)?.[0] ?? each))].sort();

/** A report of a kernel that is not ours. */
const FOREIGN = join(folder, 'foreign.txt');
writeFileSync(FOREIGN, TEXTS['amd64-2020']!);

it('explain-report loads the reader and nothing of the kernel, the machine and the explorer', () => {
  for (const view of ['--title', '--json', '--brief', '--bucket']) {
    const modules = loaded('explain-report', view, FOREIGN);
    expect(packages(modules)).toEqual(['node_modules/commander', 'packages/cli', 'packages/report']);
    expect(modules.filter((each) => each.startsWith('packages/report/dist/html'))).toEqual([]);
    expect(modules.filter((each) => each.startsWith('packages/cli/dist')).length).toBeLessThan(12);
  }
});

it('a report of our own kernel has its layouts loaded, and none of its code', () => {
  const modules = loaded('explain-report', '--title', 'examples/vmdaemon-2001.txt');
  expect(packages(modules)).toEqual([
    'node_modules/commander',
    'packages/cli',
    'packages/kcc',
    'packages/report',
  ]);
  expect(modules.filter((each) => each.startsWith('packages/kcc'))).toEqual(['packages/kcc/dist/image.js']);
});

it('archives and pages load their libraries, and only they do', () => {
  const page = loaded('explain-report', '--html', '-', 'examples/vmdaemon-2001.txt');
  expect(packages(page)).toContain('node_modules/escape-goat');
  expect(packages(page)).not.toContain('node_modules/modern-tar');
});

it('the help of one command loads no other', () => {
  const modules = loaded('configs', '--help');
  expect(modules).toContain('packages/cli/dist/configs.js');
  for (const other of ['run', 'boot', 'reproduce', 'explain-report'])
    expect(modules).not.toContain(`packages/cli/dist/${other}.js`);
});
