import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';

const MODULE = new URL('../dist/kept-code.js', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'kept-code-'));
const path = join(folder, 'a.code');
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => rmSync(path, { force: true }));

const ONE = '(()=>{function f(){return 1;}return f;})()';
const TWO = ONE.replace('1', '2');

/** In a process of its own: what the script's function returns, and whether nothing was kept that served. */
function evaluate(text: string, ...flags: string[]): { value: number; missing: boolean } {
  const program = `
    import { evaluateKept, isCodeMissing, keepCode } from ${JSON.stringify(MODULE)};
    const value = evaluateKept(${JSON.stringify(path)}, 'a.js', ${JSON.stringify(text)})();
    const missing = isCodeMissing();
    keepCode();
    console.log(JSON.stringify({ value, missing }));`;
  const r = spawnSync(process.execPath, [...flags, '--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect(r.stderr).toBe('');
  return JSON.parse(r.stdout);
}

it('what is kept serves the next process, and is left as it is', () => {
  expect(evaluate(ONE)).toEqual({ value: 1, missing: true });
  const kept = readFileSync(path);
  expect(evaluate(ONE)).toEqual({ value: 1, missing: false });
  expect(readFileSync(path).equals(kept)).toBe(true);
});

it('another text of the same length is not taken for it', () => {
  evaluate(ONE);
  expect(evaluate(TWO)).toEqual({ value: 2, missing: true });
  expect(evaluate(TWO)).toEqual({ value: 2, missing: false });
});

it('what is cut off, empty or of another compiler does no harm, and is made anew', () => {
  for (const spoil of [
    () => truncateSync(path, readFileSync(path).length - 100),
    () => truncateSync(path, 40),
    () => writeFileSync(path, ''),
  ]) {
    evaluate(ONE);
    spoil();
    expect(evaluate(ONE)).toEqual({ value: 1, missing: true });
  }
  // Flags that change the code count as another compiler.
  expect(evaluate(ONE, '--no-opt')).toEqual({ value: 1, missing: true });
});

it('the build keeps the code of both forms of the kernel and of the shell', () => {
  const packages = new URL('../../', import.meta.url);
  for (const file of ['kernel/dist/image/kernel.js', 'kernel/dist/image/kernel.checked.js'])
    expect(existsSync(new URL(`${file}.code`, packages)), file).toBe(true);
  for (const form of ['fast', 'checked'])
    expect(existsSync(new URL(`userland/dist/usr/sh.${form}.code`, packages)), form).toBe(true);
});
