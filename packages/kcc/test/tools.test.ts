import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { build } from '../src/build.js';
import { main } from '../src/cli.js';
import { compile } from '../src/compile.js';
import { parseImage } from '../src/image.js';
import { fixImports } from '../src/imports.js';
import { buildPrograms } from '../src/programs.js';

describe('kcc imports', () => {
  const files = new Map([
    [
      'vm/page.h.ts',
      '/** Pages. */\nexport const PG_BUSY = 1;\n\n/** @lock a x */\nexport interface page extends struct {\n  n: off_t; // (a)\n}\n',
    ],
    ['sys/types.h.ts', 'export type off_t = i64;\nexport type size_t = u32;\n'],
    [
      'kern/exit.ts',
      "/**\n * Exit.\n */\nimport { gone } from '../old.js';\n\nimport type { page } from './nowhere.js';\n\n/** One. */\nexport function leave(p: page): void {\n  p.PG_BUSY = PG_BUSY;\n  local(missing);\n}\nfunction local(a: int): void {}\n",
    ],
    [
      'kern/other.ts',
      'export function other(p: page): size_t {\n  leave(p);\n  return $sizeof<page>();\n}\n',
    ],
    ['kern/db_exit.ts', 'leave();\n'],
  ]);

  test('writes what each file needs, types apart, sorted', () => {
    const out = fixImports(files);
    expect(out.get('kern/exit.ts')).toBe(
      "/**\n * Exit.\n */\nimport type { page } from '../vm/page.h.js';\nimport { PG_BUSY } from '../vm/page.h.js';\n\n/** One. */\nexport function leave(p: page): void {\n  p.PG_BUSY = PG_BUSY;\n  local(missing);\n}\nfunction local(a: int): void {}\n",
    );
    expect(out.get('kern/other.ts')).toBe(
      "import type { size_t } from '../sys/types.h.js';\nimport type { page } from '../vm/page.h.js';\nimport { leave } from './exit.js';\n\nexport function other(p: page): size_t {\n  leave(p);\n  return $sizeof<page>();\n}\n",
    );
    expect(out.get('vm/page.h.ts')?.split('\n').slice(0, 4)).toEqual([
      '/** Pages. */',
      "import type { off_t } from '../sys/types.h.js';",
      '',
      'export const PG_BUSY = 1;',
    ]);
    expect(out.has('sys/types.h.ts')).toBe(false);
    expect(out.has('kern/db_exit.ts')).toBe(false);
  });

  test('is idempotent', () => {
    const once = new Map([...files, ...fixImports(files)]);
    expect(fixImports(once).size).toBe(0);
  });

  test('keeps the comment of the first struct or function with it', () => {
    const out = fixImports(
      new Map([
        ...files,
        ['a.h.ts', '/** @lock a x */\nexport interface s extends struct {\n  p: page; // (a)\n}\n'],
      ]),
    );
    expect(out.get('a.h.ts')).toBe(
      "import type { page } from './vm/page.h.js';\n\n/** @lock a x */\nexport interface s extends struct {\n  p: page; // (a)\n}\n",
    );
  });

  test('keeps a struct apart from the function of its name', () => {
    const files = new Map([
      ['a.h.ts', '/** @lock a x */\nexport interface stat extends struct {\n  n: int; // (a)\n}\n'],
      ['b.ts', 'export function stat(st: stat): void {}\n'],
    ]);
    const out = fixImports(files);
    expect([...out.keys()]).toEqual(['b.ts']);
    expect(out.get('b.ts')?.split('\n')[0]).toBe("import type { stat } from './a.h.js';");
  });

  test('declares variables that other files assign to as globals, and does not import them', () => {
    const out = fixImports(
      new Map([
        ['sys/t.h.ts', 'export type size_t = u32;\nexport const N = 4;\n'],
        [
          'a.ts',
          'export let total: size_t = 0;\nexport let list: array<size_t, typeof N>;\nexport let own: int = 0;\n',
        ],
        ['b.ts', 'export function f(): void {\n  total += own;\n  list[0]++;\n}\n'],
        ['c.ts', 'export function g(): size_t {\n  return total;\n}\n'],
      ]),
    );
    expect(out.get('kcc.globals.d.ts')?.split('\n').slice(3)).toEqual([
      "declare let total: import('./sys/t.h.js').size_t;",
      '',
    ]);
    expect(out.get('b.ts')?.split('\n')[0]).toBe("import { list, own } from './a.js';");
    expect(out.get('c.ts')?.split('\n')[0]).toBe("import type { size_t } from './sys/t.h.js';");
  });

  test('breaks long lines as the formatter does', () => {
    const names = Array.from({ length: 12 }, (_, i) => `a_rather_long_name_${String(i).padStart(2, '0')}`);
    const out = fixImports(
      new Map([
        ['a.ts', names.map((n) => `export const ${n} = 1;\n`).join('')],
        ['b.ts', `export function f(): int {\n  return ${names.join(' + ')};\n}\n`],
      ]),
    );
    expect(
      out.get('b.ts')?.startsWith(`import {\n${names.map((n) => `  ${n},\n`).join('')}} from './a.js';\n\n`),
    ).toBe(true);
  });
});

describe('kcc build', () => {
  const source = 'export let a: int = 1;\nexport function f(): int {\n  a++;\n  return a;\n}\n';
  const setup = (text: string): { src: string; out: string } => {
    const root = mkdtempSync(join(tmpdir(), 'kcc-build-'));
    mkdirSync(join(root, 'src/kern'), { recursive: true });
    writeFileSync(join(root, 'src/kern/a.ts'), text);
    writeFileSync(join(root, 'src/kern/db_a.ts'), 'not kernel code');
    return { src: join(root, 'src'), out: join(root, 'out') };
  };

  test('writes the image once, and again when something changed', () => {
    const { src, out } = setup(source);
    expect(build(src, out, {}, false)).toMatchObject({ ok: true, cached: false });
    const first = readFileSync(join(out, 'kernel.js'), 'utf8');
    expect(parseImage(readFileSync(join(out, 'kernel.json'), 'utf8'), 'kernel.json').files).toEqual([
      'kern/a.ts',
    ]);
    expect(build(src, out, {}, false)).toMatchObject({ ok: true, cached: true });
    writeFileSync(join(src, 'kern/a.ts'), source.replace('a++', 'a += 2'));
    expect(build(src, out, {}, false)).toMatchObject({ ok: true, cached: false });
    expect(readFileSync(join(out, 'kernel.js'), 'utf8')).not.toBe(first);
  });

  test('patches replace functions', () => {
    const { src, out } = setup(source);
    const patch = join(src, '../fix.ts');
    writeFileSync(patch, 'export function f(): int {\n  return 42;\n}\n');
    const r = build(src, out, {}, false, [patch]);
    expect(r.errors).toEqual([]);
    const image = parseImage(readFileSync(join(out, 'kernel.json'), 'utf8'), 'kernel.json');
    expect(image.symbols.filter((s) => s.name === 'f').map((s) => s.file)).toEqual(['patch/fix.ts']);
    expect(readFileSync(join(out, 'kernel.js'), 'utf8')).toContain('return 42;');
  });

  test('the command reports errors with their place and fails', () => {
    const { src, out } = setup('export function f(): int {\n  return nothing;\n}\n');
    const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const std = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      expect(main(['build', '--src', src, '--out', out])).toBe(1);
      expect(err.mock.calls.map((c) => c[0]).join('')).toContain(
        'kern/a.ts:2:10: unknown identifier nothing\n',
      );
      expect(main(['build', '--src', src, '--out', out, '--allow-undefined'])).toBe(0);
      expect(main(['build', '--src', src, '--check'])).toBe(1);
      expect(main(['imports', '--src', src, '--check'])).toBe(0);
      expect(main(['nonsense'])).toBe(2);
      for (const args of [
        ['build', '--src', '/nonexistent'],
        ['build', '--src'],
        ['build', '--src', src, '--patch', '/nonexistent'],
        ['build', '--src', src, '--allow-undefined', '--out', '/dev/null'],
        ['build', '--src', src, '--allow-undefined', '--out', '/proc/nonexistent'],
        ['imports', '--src', '/nonexistent'],
      ])
        expect([args, main(args)]).toEqual([args, 2]);
      expect(main(['build', '--nonsense'])).toBe(2);
    } finally {
      err.mockRestore();
      std.mockRestore();
    }
  });

  test('every statement maps to its source line', () => {
    const text =
      'export let a: int = 1;\nexport function f(n: int): int {\n  a = 17;\n  if (n > 0) {\n    a = 18;\n  }\n  return a;\n}\n';
    const { js, map } = compile(new Map([['x.ts', text]]));
    const { mappings, sources, sourcesContent } = JSON.parse(map) as {
      mappings: string;
      sources: string[];
      sourcesContent: string[];
    };
    expect(sources).toEqual(['x.ts']);
    expect(sourcesContent).toEqual([text]);
    const lineOf = decodeLines(mappings);
    js.split('\n').forEach((l, i) => {
      if (l.includes('=17')) expect(lineOf[i]).toBe(3);
      if (l.includes('if(n>0)')) expect(lineOf[i]).toBe(4);
      if (l.includes('=18')) expect(lineOf[i]).toBe(5);
      if (l.includes('return $r')) expect(lineOf[i]).toBe(7);
    });
  });
});

describe('kcc programs', () => {
  const root = mkdtempSync(join(tmpdir(), 'kcc-programs-'));
  const out = join(root, 'out');
  const usr = join(root, 'userland/usr');
  const put = (path: string, text: string): void => {
    mkdirSync(join(usr, path, '..'), { recursive: true });
    writeFileSync(join(usr, path), text);
  };
  const listed = (): string[] => Object.keys(JSON.parse(readFileSync(join(out, 'programs.json'), 'utf8')));
  for (const dir of ['include', 'lib', 'sbin', 'usr.bin', 'usr.sbin', '../../kernel/src'])
    mkdirSync(join(usr, dir), { recursive: true });
  put('csu/crt0.ts', 'export function start(): int {\n  return main();\n}\n');
  put('bin/good/good.ts', 'export function main(): int {\n  return 1;\n}\n');

  test('list what can be executed, and nothing else', () => {
    put('bin/bad/bad.ts', 'export function main(): int {\n  return nowhere;\n}\n');
    expect(buildPrograms(root, out)).toMatchObject({ built: ['good'], errors: [{ line: 2 }] });
    expect(listed()).toEqual(['good']);
    put('bin/bad/bad.ts', 'export function main(): int {\n  return 2;\n}\n');
    expect(buildPrograms(root, out)).toEqual({ built: ['bad'], errors: [] });
    expect(listed()).toEqual(['bad', 'good']);
    const whole = readFileSync(join(out, 'bad.js'), 'utf8');
    put('bin/bad/bad.ts', 'export function main(): int {\n  return ;\n');
    expect(buildPrograms(root, out).errors).not.toEqual([]);
    expect(listed()).toEqual(['bad', 'good']);
    expect(readFileSync(join(out, 'bad.js'), 'utf8')).toBe(whole);
  });

  test('are compiled again where a file of theirs is gone', () => {
    rmSync(join(out, 'good.aout'));
    expect(buildPrograms(root, out).built).toEqual(['good']);
    expect(listed()).toContain('good');
  });
});

/** Source line (from 1) of the first mapping of each generated line. */
function decodeLines(mappings: string): (number | undefined)[] {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  let line = 0;
  return mappings.split(';').map((group) => {
    let first: number | undefined;
    for (const segment of group.split(',')) {
      const values: number[] = [];
      let value = 0;
      let shift = 0;
      for (const ch of segment) {
        const d = digits.indexOf(ch);
        value |= (d & 31) << shift;
        shift += 5;
        if ((d & 32) === 0) {
          values.push(value & 1 ? -(value >> 1) : value >> 1);
          value = 0;
          shift = 0;
        }
      }
      line += values[2] ?? 0;
      if (values.length > 2) first ??= line + 1;
    }
    return first;
  });
}
