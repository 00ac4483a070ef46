import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** A house of one package with this source; what comes of it before tests are run. */
function before(source: string) {
  const house = mkdtempSync(join(tmpdir(), 'trap12-house-'));
  try {
    mkdirSync(join(house, 'packages/x/src'), { recursive: true });
    const put = (path: string, content: object): void =>
      writeFileSync(join(house, 'packages', path), JSON.stringify(content));
    put('tsconfig.json', { files: [], references: [{ path: 'x' }] });
    put('x/package.json', { name: 'x', type: 'module' });
    put('x/tsconfig.json', {
      compilerOptions: { composite: true, strict: true, rootDir: 'src', outDir: 'dist', types: [] },
      include: ['src'],
    });
    writeFileSync(join(house, 'packages/x/src/index.ts'), source);
    const module = new URL('test-built.mjs', import.meta.url).href;
    const script = `const { compileStale } = await import(${JSON.stringify(module)}); compileStale(${JSON.stringify(house)}); console.log('tests')`;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { encoding: 'utf8', timeout: 60_000 },
    );
    return { status, stdout, stderr };
  } finally {
    rmSync(house, { recursive: true });
  }
}

test('does an error of a type end the run behind what the compiler says, in one line and no trace?', () => {
  const { status, stdout, stderr } = before("export const n: number = 'one';\n");
  expect([status, stderr]).toEqual([1, 'no test was run: the packages do not compile (above)\n']);
  expect(stdout).toMatch(/index\.ts.*TS2322/);
  expect(stdout).not.toContain('tests');
});

test('and does what compiles go on?', () => {
  expect(before('export const n: number = 1;\n')).toEqual({ status: 0, stdout: 'tests\n', stderr: '' });
});
