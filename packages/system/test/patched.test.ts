import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSources } from '@trap12/kcc';
import { baseOf } from '@trap12/kcc/again.js';
import { expect, it } from 'vitest';
import { CompileError, compileFile, compileText } from '../src/compile.js';
import { compileKernel, compileScenario } from '../src/compile-kernel.js';

const house = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/*
 * A run of a patched kernel is made again in the other form, from the same memory. The checked form has more
 * to save in a frame than the fast one: is the room for it there in both?
 */
it('both forms of a patched kernel have one image', { timeout: 120_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'trap12-patched-'));
  try {
    const path = join(dir, 'nosys.ts');
    writeFileSync(
      path,
      `export function* nosys(p: proc, uap: u32): Sleeps<int> {
  const a = p.p_pid;
  const b = p.p_flag;
  return a * b + p.p_stat > 0 ? 78 : 79;
}
`,
    );
    const [fast, checked] = (['fast', 'checked'] as const).map((form) => compileKernel([path], form).image);
    expect(fast!.hash).toBe(checked!.hash);
    expect(JSON.stringify(fast!.symbols) === JSON.stringify(checked!.symbols)).toBe(true);
    expect(JSON.stringify(fast!.segments) === JSON.stringify(checked!.segments)).toBe(true);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

it('errors of a patch name the file that was given, also where they name another place', () => {
  const dir = mkdtempSync(join(tmpdir(), 'trap12-patched-'));
  try {
    const path = join(dir, 'twice.ts');
    writeFileSync(path, 'function nosys(): void {}\nfunction f(): void {}\nfunction f(): void {}\n');
    expect(() => compileKernel([path])).toThrow(`${path}:3:10: duplicate global name f (also in ${path}:2)`);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

/** A patch that no kernel was made with before. */
function freshPatch(dir: string, name: string): string {
  const path = join(dir, `${name}.ts`);
  const body = 'return yield* msleep(uap, null, PPAUSE, "fresh", 1);';
  const what = `${process.pid} ${performance.now()}`;
  writeFileSync(path, `// ${what}\nexport function* nosys(p: proc, uap: u32): Sleeps<int> {\n  ${body}\n}\n`);
  return path;
}

it(
  'who compiles kernels of both kinds by turns lowers what did not change once',
  { timeout: 120_000 },
  () => {
    const dir = mkdtempSync(join(tmpdir(), 'trap12-patched-'));
    try {
      const scenario = house('examples/scenarios/ab-ba.ts');
      const base = baseOf(readSources(house('packages/kernel/src/')))!;
      const functions = [...base.program.syms.values()].filter((sym) => sym.kind === 'func');
      /** As the last kernel in the fast form has them. */
      const lowered = (): unknown[] => functions.map((f) => base.kept.fast.get(f)?.lowered);
      compileKernel([freshPatch(dir, 'one')]);
      const withBoth = lowered();
      compileScenario(scenario, [freshPatch(dir, 'two')]);
      const alone = lowered();
      compileKernel([freshPatch(dir, 'three')]);
      const again = lowered();
      compileScenario(scenario, [freshPatch(dir, 'four')]);
      const aloneAgain = lowered();
      const same = (a: unknown[], b: unknown[]): number =>
        a.filter((each, i) => each !== undefined && each === b[i]).length;
      expect(same(withBoth, again)).toBeGreaterThan(0.9 * functions.length - 200);
      expect(same(alone, aloneAgain)).toBeGreaterThan(0.9 * functions.length - 200);
      // The frames of the two kinds are not the same.
      expect(same(withBoth, alone)).toBeLessThan(same(withBoth, again) / 2);
    } finally {
      rmSync(dir, { recursive: true });
    }
  },
);

it(
  'a kernel that was made before is the same one, and one of another text is not',
  { timeout: 120_000 },
  () => {
    const dir = mkdtempSync(join(tmpdir(), 'trap12-patched-'));
    try {
      const path = freshPatch(dir, 'same');
      const first = compileKernel([path]);
      const second = compileKernel([path]);
      expect(second.module).toBe(first.module);
      expect(second.image).toBe(first.image);
      expect(second.replaced).toEqual(['nosys']);
      expect(compileKernel([path], 'checked').module).not.toBe(first.module);
      freshPatch(dir, 'same');
      const other = compileKernel([path]);
      expect(other.module).not.toBe(first.module);
      expect(other.image.hash).not.toBe(first.image.hash);
    } finally {
      rmSync(dir, { recursive: true });
    }
  },
);

it('of kernels that are kept the one in use is thrown away last', { timeout: 120_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'trap12-patched-'));
  try {
    const path = freshPatch(dir, 'kept');
    const { hash } = compileKernel([path]).image;
    // Both forms have been written, but only one has been read.
    const kept = ['js', 'json'].map((kind) =>
      house(`packages/kernel/dist/built/${hash}-both-checked.${kind}.gz`),
    );
    const long = statSync(kept[0]!).mtimeMs / 1000 - 3600;
    for (const each of kept) utimesSync(each, long, long);
    expect(compileKernel([path], 'checked').image.hash).toBe(hash);
    for (const each of kept) expect(statSync(each).mtimeMs / 1000).toBeGreaterThan(long + 1800);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

/** What a compiler says of a text. */
function said(compile: () => unknown): string {
  try {
    compile();
  } catch (error) {
    expect(error).toBeInstanceOf(CompileError);
    return (error as Error).message;
  }
  return 'compiled';
}

it('what is nested more deeply than the host takes is an error of the file, with its line', () => {
  const returning = (value: string): string =>
    `export function main(argc: int): int {\n  return ${value};\n}\n`;
  const program = (value: string): string => said(() => compileText('deep', returning(value), 'my/deep.ts'));
  const parentheses = `${'('.repeat(20_000)}argc${')'.repeat(20_000)}`;
  const sum = `argc${' + 1'.repeat(20_000)}`;
  // The parser itself gives up, or what comes behind it.
  for (const deep of [parentheses, sum, `${'- '.repeat(20_000)}argc`, `${'argc > 1 ? 1 : '.repeat(20_000)}2`])
    expect(program(deep)).toMatch(/^my\/deep\.ts:2:\d+: nested too deeply$/);
  // The parser of the host, of what was made of it.
  for (let n = 250; n < 20_000; n *= 1.5)
    expect(program(`${'- '.repeat(n)}argc`)).toMatch(
      /^compiled$|^my\/deep\.ts(?::2:\d+)?: nested too deeply$/,
    );
  expect(program(`${'('.repeat(100)}argc${')'.repeat(100)}`)).toBe('compiled');
  const type = `${'ptr<'.repeat(20_000)}int${'>'.repeat(20_000)}`;
  expect(said(() => compileText('deep', `let a: ${type};\n${returning('1')}`, 'deep.ts'))).toMatch(
    /^deep\.ts:1:\d+: nested too deeply$/,
  );
}, 120_000);

it('the same of a patch and of a scenario', () => {
  const dir = mkdtempSync(join(tmpdir(), 'trap12-patched-'));
  try {
    const path = join(dir, 'deep.ts');
    const parentheses = `${'('.repeat(20_000)}1${')'.repeat(20_000)}`;
    writeFileSync(
      path,
      `export function vm_map_min(map: vm_map): vm_offset_t {\n  return ${parentheses};\n}\n`,
    );
    expect(said(() => compileKernel([path]))).toMatch(/deep\.ts:2:\d+: nested too deeply$/);
    writeFileSync(path, `$scenario({\n  command: 'true', seconds: ${parentheses} });\n`);
    expect(said(() => compileScenario(path))).toMatch(/deep\.ts:2:\d+: nested too deeply$/);
    writeFileSync(path, `$scenario({\n  command: 'true', seconds: 1${' + 1'.repeat(20_000)} });\n`);
    expect(said(() => compileScenario(path))).toMatch(/deep\.ts:2:\d+: nested too deeply$/);
  } finally {
    rmSync(dir, { recursive: true });
  }
}, 120_000);

it('a program whose file has no name for a command is told by its file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'trap12-patched-'));
  try {
    const path = join(dir, 'a b.ts');
    writeFileSync(path, 'export function main(): int {\n  return 0;\n}\n');
    expect(said(() => compileFile(path))).toBe(
      `${path}: a program is called like its file: "a b": accepted: up to 64 letters, digits and . _ + - (the first: a letter, a digit or _)`,
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
});
