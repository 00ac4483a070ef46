import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileFile, compileText, isCompiled } from '@trap12/system/compile.js';
import { compileKernel, isInUse } from '@trap12/system/compile-kernel.js';
import { Interruption, signalsTold } from '@trap12/system/interruption.js';
import { afterAll, expect, test } from 'vitest';
import { Interrupted } from '../src/exit.js';
import { compileAll } from '../src/own-programs.js';
import { compileAhead } from '../src/work/compile-ahead.js';

const PATIENCE = { timeout: 600_000 };
const folder = mkdtempSync(join(tmpdir(), 'trap12-ahead-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A patch that no other test has, so that it has not been built before. */
function patch(name: string): string {
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, `export function ${name}(): int {\n  return ${process.pid};\n}\n`);
  return file;
}

/** Does something while Ctrl-C is heard. */
async function heard<T>(work: () => Promise<T>): Promise<T> {
  const interruption = new Interruption();
  try {
    return await work();
  } finally {
    interruption.close();
    await signalsTold();
  }
}

test('Ctrl-C ends the compiling of a kernel, and the next time it is compiled whole', PATIENCE, async () => {
  const patches = [patch('ctrl_c_answers')];
  const job = { kernel: { file: undefined, patches, form: 'fast' as const } };
  await heard(async () => {
    const work = compileAhead(job);
    // Only a thread that does not compile hears it.
    setTimeout(() => process.kill(process.pid, 'SIGINT'), 100);
    await expect(work).rejects.toThrow(Interrupted);
    // Behind it nothing is begun.
    await expect(compileAhead(job)).rejects.toThrow(Interrupted);
  });
  await heard(() => compileAhead(job));
  const { image, module } = compileKernel(patches);
  expect(isInUse(undefined, patches, 'fast')).toBe(true);
  expect(image.symbols.map(({ name }) => name)).toContain('ctrl_c_answers');
  expect(typeof module.createKernel).toBe('function');
});

test('what was compiled ahead is what would have been compiled here', PATIENCE, async () => {
  const file = join(folder, 'ahead.ts');
  writeFileSync(file, 'export function main(): int {\n  return 3;\n}\n');
  await heard(() => compileAhead({ programs: [file] }));
  expect(isCompiled(file)).toBe(true);
  const ahead = compileFile(file);
  // Of another file's name it is compiled here.
  const here = compileText('ahead', 'export function main(): int {\n  return 3;\n}\n', `${file}x`);
  expect(ahead.code()).toBe(here.code());
  expect(Buffer.from(ahead.file).equals(Buffer.from(here.file))).toBe(true);
});

test('errors are those of the compiler, and of files', PATIENCE, async () => {
  const file = join(folder, 'wrong.ts');
  writeFileSync(file, 'export function main(): int {\n  return nosuch;\n}\n');
  await heard(async () => {
    await expect(compileAll([file])).rejects.toThrow(/wrong\.ts:2:10: /);
    await expect(compileAll([join(folder, 'gone.ts')])).rejects.toThrow(/^--program .*gone\.ts: ENOENT/);
  });
});
