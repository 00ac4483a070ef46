import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/* What strangers get: the packed package, installed where nothing else of the house is. */

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const ROOT = join(PACKAGE, '../..');
const EXAMPLE = join(ROOT, 'examples/vmdaemon-2001.txt');
const INSTALLED = 'node_modules/@trap12/report';

const folder = mkdtempSync(join(tmpdir(), 'trap12-pack-'));
afterAll(() => rmSync(folder, { recursive: true }));

function npm(cwd: string, ...args: string[]): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' });
}

function node(file: string, code: string, ...options: string[]): string {
  writeFileSync(join(folder, file), code);
  return execFileSync(process.execPath, [...options, file], { cwd: folder, encoding: 'utf8' });
}

/** Packs a folder; the archive's path. */
function pack(from: string): string {
  const [{ filename }] = JSON.parse(
    npm(from, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder),
  );
  return join(folder, filename.replace('@', '').replace('/', '-'));
}

beforeAll(() => {
  const archives = [pack(PACKAGE), pack(join(ROOT, 'node_modules/escape-goat'))];
  writeFileSync(join(folder, 'package.json'), '{ "name": "stranger", "private": true, "type": "module" }');
  npm(folder, 'install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', ...archives);
});

describe('does the package work alone?', () => {
  it('its core', () => {
    const code = `import { readFileSync } from 'node:fs';
import { parseReport } from '@trap12/report';
console.log(parseReport(readFileSync(process.argv[2])).title);`;
    writeFileSync(join(folder, 'core.js'), code);
    const title = execFileSync(process.execPath, ['core.js', EXAMPLE], { cwd: folder, encoding: 'utf8' });
    expect(title).toMatch(/^page fault in get_ptbase/);
  });

  it('its page', () => {
    const out = node(
      'page.js',
      `import { parseReport } from '@trap12/report';
import { renderPage } from '@trap12/report/html';
const text = 'panic: <zorp>\\n';
console.log(renderPage(parseReport(text), text).includes('&lt;zorp&gt;'));`,
    );
    expect(out).toBe('true\n');
  });

  it('its types, where there are neither Node’s nor a browser’s', () => {
    const code = `import { type Fact, parseReport, type Report } from '@trap12/report';
const report: Report = parseReport('panic: zorp');
const message: Fact<string> | undefined = report.message;
// @ts-expect-error a span is not text
export const wrong: string = message?.span;
`;
    writeFileSync(join(folder, 'types.ts'), code);
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--module', 'NodeNext', '--lib', 'ES2023', 'types.ts'];
    expect(execFileSync(process.execPath, [tsc, ...options], { cwd: folder, encoding: 'utf8' })).toBe('');
  });

  it('with what it says of itself, and no more than that', () => {
    const manifest = JSON.parse(readFileSync(join(folder, INSTALLED, 'package.json'), 'utf8'));
    expect(Object.keys(manifest.dependencies)).toEqual(['escape-goat']);
    expect(readFileSync(join(folder, INSTALLED, 'LICENSE'), 'utf8')).toBe(
      readFileSync(join(ROOT, 'LICENSE'), 'utf8'),
    );
  });
});

describe('is what its README says true?', () => {
  const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```js\n([\s\S]*?)```(?:\n\n```text\n([\s\S]*?)```)?/g)];

  it('it has examples', () => expect(blocks.length).toBeGreaterThanOrEqual(4));
  blocks.forEach(([, code, output], i) => {
    it(`example ${i + 1}`, () => {
      const printed = node(`example-${i}.js`, code!);
      if (output === undefined) expect(printed).not.toBe('');
      else expect(printed).toBe(output);
    });
  });
});

describe('does the core use anything of Node?', () => {
  const core = join(folder, INSTALLED, 'dist/index.js');

  /** Every module that the core reaches. */
  function graph(): Map<string, string[]> {
    const seen = new Map<string, string[]>();
    const queue = [core];
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      const code = readFileSync(file, 'utf8');
      const names = [
        ...code.matchAll(/^(?:import|export)\b[^'"]*?from\s*'([^']+)'|\bimport\(\s*'([^']+)'/gm),
      ].map((each) => (each[1] ?? each[2])!);
      seen.set(file, names);
      for (const name of names) {
        const next = join(dirname(file), name);
        if (name.startsWith('.') && !seen.has(next)) queue.push(next);
      }
    }
    return seen;
  }

  it('its modules import each other and nothing else', () => {
    const modules = graph();
    expect(modules.size).toBeGreaterThan(40);
    for (const [file, names] of modules)
      expect(
        names.filter((name) => !/^\.\.?\//.test(name)),
        file,
      ).toEqual([]);
  });

  it('it reads the example where there is nothing but the language and TextDecoder', () => {
    const out = node(
      'bare.js',
      `import { readFileSync } from 'node:fs';
import vm from 'node:vm';
const context = vm.createContext({ TextDecoder });
const modules = new Map();
const load = (url) => {
  if (!modules.has(url.href))
    modules.set(url.href, new vm.SourceTextModule(readFileSync(url, 'utf8'), { context, identifier: url.href }));
  return modules.get(url.href);
};
const core = load(new URL('./${INSTALLED}/dist/index.js', import.meta.url));
await core.link((name, from) => load(new URL(name, from.identifier)));
await core.evaluate();
const text = readFileSync(${JSON.stringify(EXAMPLE)}, 'utf8');
const report = core.namespace.parseReport(text);
console.log(core.namespace.renderReport(report, { text }).split('\\n')[0]);`,
      '--experimental-vm-modules',
      '--no-warnings',
    );
    expect(out).toMatch(/^page fault in get_ptbase/);
  });
});
