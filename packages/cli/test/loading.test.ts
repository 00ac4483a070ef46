import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Store } from '@trap12/campaign';
import { afterAll, describe, expect, it } from 'vitest';
import { imageLayouts, layoutOptions, layoutsPath } from '../src/reports/layouts.js';
import { TEXTS } from '../../report/test/texts/index.js';

/* What a command loads decides how soon it starts; times vary from host to host, modules do not. */

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BIN = join(ROOT, 'packages/cli/bin/trap12.js');
const folder = mkdtempSync(join(tmpdir(), 'trap12-loading-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const HOOKS = `import { appendFileSync } from 'node:fs';
export async function load(url, context, next) {
  appendFileSync(process.env.TRAP12_LOADED, url + '\\n');
  return next(url, context);
}`;
const dataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
const REGISTER = dataUrl(
  `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(HOOKS))});`,
);

/** The command as it is compiled, past the bundle. */
const COMPILED = file(
  'compiled.mjs',
  `import { main } from ${JSON.stringify(new URL('../dist/main.js', import.meta.url).href)};
process.exitCode = await main(process.argv.slice(2));`,
);
/** A report of a kernel that is not ours. */
const FOREIGN = file('foreign.txt', TEXTS['amd64-2020']!);
const EXAMPLE = 'examples/vmdaemon-2001.txt';

/** The modules of the house and of its libraries that a call loads, by their paths from the root. */
const loaded = (program: string, ...args: string[]): string[] => loadedOf(0, program, ...args);

/** The same of a call that ends with that status. */
function loadedOf(ends: number, program: string, ...args: string[]): string[] {
  const list = file('loaded.txt', '');
  const { status, stderr } = spawnSync(process.execPath, ['--import', REGISTER, program, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, TRAP12_LOADED: list },
  });
  expect(stderr).toBe('');
  expect(status).toBe(ends);
  return readFileSync(list, 'utf8')
    .trimEnd()
    .split('\n')
    .filter((url) => url.startsWith('file:'))
    .map((url) => fileURLToPath(url).replaceAll('\\', '/'))
    .filter((path) => path.startsWith(ROOT))
    .map((path) => path.slice(ROOT.length));
}

const packages = (modules: readonly string[]): string[] =>
  [...new Set(modules.map((each) => /^(?:packages|node_modules)\/[^/]+/.exec(each)?.[0] ?? each))].sort();

describe('as it is compiled', () => {
  it('explain-report loads the reader, and nothing of the kernel, the machine and the explorer', () => {
    for (const view of ['--title', '--json', '--bucket']) {
      for (const report of [FOREIGN, EXAMPLE]) {
        const modules = loaded(COMPILED, 'explain-report', view, report);
        expect(packages(modules)).toEqual(['node_modules/commander', 'packages/cli', 'packages/report']);
        expect(modules.filter((each) => each.startsWith('packages/report/dist/html'))).toEqual([]);
        expect(modules.filter((each) => each.startsWith('packages/cli/dist')).length).toBeLessThan(14);
      }
    }
  });

  it('a page has its own modules, and not those of archives', () => {
    const page = loaded(COMPILED, 'explain-report', '--html', '-', EXAMPLE);
    expect(packages(page)).toContain('node_modules/escape-goat');
    expect(packages(page)).not.toContain('node_modules/modern-tar');
  });

  it('only campaigns have a database, and only those with a queue speak to one', () => {
    const has = (modules: readonly string[], what: string): boolean =>
      modules.some((each) => each.startsWith(`node_modules/${what}`));
    const campaign = loaded(COMPILED, 'campaign', '--help');
    const search = loaded(COMPILED, 'explore', '--help');
    for (const modules of [campaign, search, loaded(COMPILED, 'worker', '--help')]) {
      expect(has(modules, 'node-sqlite3-wasm')).toBe(false);
      expect(has(modules, '@nats-io')).toBe(false);
    }
    const dir = join(folder, 'campaign');
    const store = Store.open(dir, true);
    store.close();
    const shown = loadedOf(1, COMPILED, 'campaign', dir);
    expect(has(shown, 'node-sqlite3-wasm')).toBe(true);
    expect(has(shown, '@nats-io')).toBe(false);
  });

  it('the help of one command loads no other', () => {
    const modules = loaded(COMPILED, 'configs', '--help');
    expect(modules).toContain('packages/cli/dist/configs.js');
    for (const other of ['run', 'boot', 'reproduce', 'explain-report'])
      expect(modules).not.toContain(`packages/cli/dist/${other}.js`);
  });
});

describe('as it is bundled', () => {
  it('explain-report is a few files', () => {
    for (const report of [FOREIGN, EXAMPLE]) {
      const modules = loaded(BIN, 'explain-report', report);
      expect(modules.shift()).toBe('packages/cli/bin/trap12.js');
      expect(modules.filter((each) => !each.startsWith('packages/cli/dist/quick/'))).toEqual([]);
      expect(modules.length).toBeLessThan(14);
    }
  });

  it('it prints what the compiled one prints', () => {
    const out = (program: string): string =>
      spawnSync(process.execPath, [program, 'explain-report', EXAMPLE], { cwd: ROOT, encoding: 'utf8' })
        .stdout;
    expect(out(BIN)).toMatch(/^page fault in get_ptbase/);
    expect(out(BIN)).toBe(out(COMPILED));
  });

  it('a bundle is not used once something was compiled after it', () => {
    const house = join(folder, 'house/packages');
    const bin = join(house, 'cli/bin/trap12.js');
    file('house/package.json', '{ "type": "module" }');
    const says = (what: string): string =>
      `export const main = async () => { console.log('${what}'); return 0; };`;
    const ages: [path: string, content: string][] = [
      ['cli/dist/main.js', says('compiled')],
      ['cli/tsconfig.tsbuildinfo', ''],
      ['report/tsconfig.tsbuildinfo', ''],
      ['cli/dist/quick/main.js', says('bundled')],
    ];
    // The files that tell when something was compiled are those of the compiler.
    for (const [path] of ages) expect(existsSync(join(ROOT, 'packages', path)), path).toBe(true);
    for (const [path, content] of ages) file(`house/packages/${path}`, content);
    mkdirSync(dirname(bin));
    copyFileSync(BIN, bin);
    const run = (times: number[]): string => {
      times.forEach((time, i) => {
        utimesSync(join(house, ages[i]![0]), time, time);
      });
      return spawnSync(process.execPath, [bin], { encoding: 'utf8' }).stdout.trim();
    };
    expect(run([100, 100, 100, 200])).toBe('bundled');
    expect(run([100, 300, 100, 200])).toBe('compiled');
    expect(run([100, 100, 300, 200])).toBe('compiled');
    rmSync(join(house, 'report/tsconfig.tsbuildinfo'));
    ages.splice(2, 1);
    expect(run([100, 100, 200])).toBe('compiled');
    rmSync(join(house, 'cli/dist/quick'), { recursive: true });
    ages.pop();
    expect(run([100, 100])).toBe('compiled');
  });
});

it('the version is told without the commands', () => {
  const commands = loaded(COMPILED, '--version').filter((path) => path.startsWith('packages/cli/dist/'));
  expect(commands).toContain('packages/cli/dist/version.js');
  for (const name of ['run', 'learn', 'explore', 'dap'])
    expect(commands).not.toContain(`packages/cli/dist/${name}.js`);
});

it('the layouts that are kept apart are those of the image', async () => {
  const path = layoutsPath();
  expect(existsSync(path!)).toBe(true);
  const { layouts } = await layoutOptions();
  expect(layouts).toEqual(await imageLayouts());
  expect(layouts?.structs.vm_page?.fields.object).toMatchObject({ size: 4 });
});

it('a clone that has not been built says so, in a line', () => {
  const bin = file('unbuilt/packages/cli/bin/trap12.mjs', readFileSync(BIN, 'utf8'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, '--version'], { encoding: 'utf8' });
  expect([status, stdout, stderr]).toEqual([
    2,
    '',
    'trap12: it has not been built; `npm run build` does that (after `npm ci`)\n',
  ]);
});
