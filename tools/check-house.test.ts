import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
// @ts-expect-error a script without declarations
import { ALLOWED, checkFile, checkHouse, codeOnly, importsOf } from './check-house.mjs';
// @ts-expect-error a script without declarations
import { circles, deadFindings, LIBRARIES } from './house-graph.mjs';

interface Finding {
  file: string;
  line: number;
  what: string;
}

const found = (file: string, text: string): string[] =>
  (checkFile(file, text) as Finding[]).map((f) => `${f.line}: ${f.what}`);

test('is this house in order?', () => {
  const { files, findings } = checkHouse(fileURLToPath(new URL('..', import.meta.url)));
  expect(findings).toEqual([]);
  expect(files).toBeGreaterThan(100);
});

test('may a package import one above it, by name, by path, by import() or by export?', () => {
  expect(found('packages/machine/src/a.ts', "import { System } from '@trap12/kernel';\n")).toEqual([
    '1: machine may not import kernel (@trap12/kernel)',
  ]);
  expect(
    found('packages/userland/src/lib/a.ts', "\nexport * from '../../../kernel/host/index.js';\n"),
  ).toEqual(['2: userland may not import kernel (../../../kernel/host/index.js)']);
  expect(found('packages/report/src/a.ts', "const m = import('@trap12/ddb');\n")).toEqual([
    '1: report may not import ddb (@trap12/ddb)',
  ]);
  expect(found('packages/ddb/src/a.ts', "import {\n  a,\n  b,\n} from '@trap12/explore';\n")).toEqual([
    '4: ddb may not import explore (@trap12/explore)',
  ]);
});

test('may it import those below it?', () => {
  expect(found('packages/cli/src/a.ts', "import { reproduce } from '@trap12/explore';\n")).toEqual([]);
  expect(
    found('packages/target/src/a.ts', "import type { KernelImage } from '@trap12/kcc/image.js';\n"),
  ).toEqual([]);
  expect(found('packages/kernel/src/vm/db_a.ts', "import type { Memory } from '@trap12/target';\n")).toEqual(
    [],
  );
  expect(found('packages/machine/src/a.ts', "import { Mmu } from './mmu.js';\n")).toEqual([]);
});

test('may a file be too long?', () => {
  const lines = (n: number): string => 'let a = 1;\n'.repeat(n);
  expect(found('packages/report/src/a.ts', lines(700))).toEqual([]);
  expect(found('packages/report/src/a.ts', lines(701))).toEqual([
    '701: 701 lines, 700 are allowed: make two files of it',
  ]);
});

test('may the compiler come along at run time, or lowered code import anything?', () => {
  expect(found('packages/target/src/a.ts', "import { compile } from '@trap12/kcc';\n")).toHaveLength(1);
  expect(found('packages/kernel/src/vm/a.ts', "import { Memory } from '@trap12/target';\n")).toHaveLength(1);
  expect(found('packages/kernel/src/vm/a.ts', "import { readFileSync } from 'node:fs';\n")).toHaveLength(1);
  expect(found('packages/kernel/src/vm/a.ts', "import type { vm_map } from './vm_map.h.js';\n")).toEqual([]);
});

test('may another package be reached by its path?', () => {
  expect(found('packages/cli/src/a.ts', "import { Ddb } from '../../ddb/src/ddb.js';\n")).toHaveLength(1);
});

test('are clock, chance and promises found, and comments and strings left alone?', () => {
  expect(found('packages/machine/src/a.ts', 'const r = Math.random();\n')).toEqual([
    '1: Math.random in code that one number decides',
  ]);
  expect(found('packages/userland/src/a.ts', 'setTimeout(f, 1);\nperformance.now();\n')).toHaveLength(2);
  expect(found('packages/kernel/host/a.ts', 'async function f() {}\n')).toHaveLength(1);
  expect(found('packages/machine/src/a.ts', "/* Date */ const s = 'Date'; // Date\n")).toEqual([]);
  expect(found('packages/cli/src/a.ts', 'Date.now();\n')).toEqual([]);
});

test('are the host’s language and functions whose last bit is the host’s found?', () => {
  const of = (code: string): string[] => found('packages/userland/usr/bin/a/a.ts', code);
  expect(of('names.sort((a, b) => a.localeCompare(b));\nn.toLocaleString();\nIntl.Collator();\n')).toEqual([
    '1: localeCompare in code that one number decides',
    '2: toLocaleString in code that one number decides',
    '3: Intl in code that one number decides',
  ]);
  for (const name of ['log', 'log2', 'exp', 'pow', 'sin', 'atan2', 'cbrt', 'hypot', 'tanh'])
    expect(of(`const x = Math . ${name}(2);\n`)).toEqual([`1: Math.${name} in code that one number decides`]);
  expect(of('const { log } = Math;\n')).toEqual(['1: Math as a whole in code that one number decides']);
  expect(of('new WeakRef(a);\n')).toHaveLength(1);
  expect(of('Math.floor(Math.max(Math.imul(2, 3), Math.sqrt(4)));\n')).toEqual([]);
  expect(found('packages/kernel/scenario/a.ts', 'Date.now();\n')).toHaveLength(1);
  expect(found('packages/report/src/a.ts', 'Math.log(2);\n')).toEqual([]);
});

test('are the programs of the machine, and what scenarios are made with, looked at?', () => {
  const root = mkdtempSync(join(tmpdir(), 'trap12-house-'));
  try {
    for (const [dir, line] of [
      ['userland/usr/bin/a', 'const x = Math.log(2);'],
      ['kernel/scenario', 'const x = Date.now();'],
      ['machine/src', 'const x = Math.random();'],
    ] as const) {
      mkdirSync(join(root, 'packages', dir), { recursive: true });
      writeFileSync(join(root, 'packages', dir, 'a.ts'), `${line}\n`);
    }
    const { findings } = checkHouse(root) as { findings: Finding[] };
    const chance = findings.filter(({ what }) => what.endsWith('in code that one number decides'));
    expect(chance.map(({ file, what }) => `${file}: ${what.split(' ')[0]}`).sort()).toEqual([
      'packages/kernel/scenario/a.ts: Date',
      'packages/machine/src/a.ts: Math.random',
      'packages/userland/usr/bin/a/a.ts: Math.log',
    ]);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('does what builds a new machine lint as `npm run lint` does, and does a warning fail there?', () => {
  const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  expect(scripts.lint).toMatch(/^biome check .*--error-on-warnings/);
  expect(read('.ci/run')).toMatch(/^ *step lint npm run lint( |$)/m);
  expect(read('.ci/run')).not.toContain('--diagnostic-level');
});

test('does the core run without Node, but for its adapters?', () => {
  const read = "import { readFileSync } from 'node:fs';\n";
  for (const file of ['ddb/src/a.ts', 'kernel/host/a.ts', 'kernel/src/vm/db_a.ts', 'kcc/src/image.ts'])
    expect(found(`packages/${file}`, read)).toEqual(['1: node:fs in code that runs on any host']);
  expect(
    found('packages/explore/src/a.ts', "import { loadKernel } from '@trap12/system/node.js';\n"),
  ).toEqual(['1: @trap12/system/node.js in code that runs on any host']);
  expect(found('packages/target/src/a.ts', 'const b = Buffer.from(text);\n')).toEqual([
    '1: Buffer in code that runs on any host',
  ]);
  expect(found('packages/system/src/node.ts', read)).toEqual([]);
});

test('does a generator hold what a machine is?', () => {
  const walk = 'function* walk() {\n  yield 1;\n}\n';
  expect(found('packages/machine/src/a.ts', walk)).toEqual([
    '1: a generator in what machines are made of',
    '2: yield in what machines are made of',
  ]);
  expect(found('packages/target/src/a.ts', walk)).toEqual([]);
});

test('is what nobody uses found, and left alone where a test or a string uses it?', () => {
  const dead = (texts: Record<string, string>): Finding[] =>
    deadFindings(new Map(Object.entries(texts)), (file: string) => !file.includes('test'));
  const a = 'const used = 1;\nexport function f() {\n  return used;\n}\n';
  expect(dead({ 'a.ts': a })).toEqual([{ file: 'a.ts', line: 2, what: 'nobody uses f' }]);
  expect(dead({ 'a.ts': a, 'b.ts': "call('f');\n" })).toEqual([]);
  expect(dead({ 'a.ts': a, 'test/b.ts': 'f();\n' })).toEqual([]);
  expect(dead({ 'packages/kernel/src/i386/atomic.ts': a })).toEqual([]);
});

test('are files that import each other found, but not those that know each other’s types only?', () => {
  const of = (texts: Record<string, string>): string[][] => circles(new Map(Object.entries(texts)));
  const a = "import { b } from './b.js';\n";
  expect(of({ 's/a.ts': a, 's/b.ts': "import {\n  a,\n  type T,\n} from './a.js';\n", 's/c.ts': a })).toEqual(
    [['s/a.ts', 's/b.ts']],
  );
  expect(of({ 's/a.ts': a, 's/b.ts': "import { type A } from './a.js';\n" })).toEqual([]);
  expect(of({ 's/a.ts': a, 's/b.ts': "import type { A } from './a.js';\n" })).toEqual([]);
});

test('is a comment that is too wide found, but for tables?', () => {
  const wide = (text: string): string[] =>
    found('packages/cli/src/a.ts', `// ${text}\nconst a = 1; // ${text}\n`);
  expect(wide('word '.repeat(22))).toEqual([
    '1: a comment of 113 characters, 110 are allowed: wrap it (npm run format leaves comments alone)',
  ]);
  expect(wide('word '.repeat(21))).toEqual([]);
  expect(wide(`a    ${'word '.repeat(22)}`)).toEqual([]);
});

test('has each exception a reason?', () => {
  for (const { reason } of LIBRARIES) expect(reason.length).toBeGreaterThan(5);
  for (const { reason } of ALLOWED) expect(reason.length).toBeGreaterThan(5);
});

test('do lines keep their numbers when comments and strings are blanked out?', () => {
  expect(codeOnly('a /* b\nc */ d \'e\' "f" // g\nh')).toBe(`a     \n     d ${' '.repeat(12)}\nh`);
  expect(importsOf("// import 'x'\nimport 'y';\n")).toEqual([{ module: 'y', line: 2 }]);
});
