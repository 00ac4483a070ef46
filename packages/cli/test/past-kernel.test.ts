/** Builds of the past, in a repository that is small enough to be made here. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  BUILD_OPTIONS,
  emitted,
  hashInputs,
  hashOf,
  hashOfPrograms,
  isOfPrograms,
  readSources,
} from '@trap12/kcc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BuildHashes, commitOf, HistoryError, isRepository, pastTree } from '../src/past-kernel.js';

const PACKAGES = fileURLToPath(new URL('../../', import.meta.url));
const configs = ['../tsconfig.base.json', 'kcc/tsconfig.json'].map((path) =>
  readFileSync(join(PACKAGES, path), 'utf8'),
);

test('modules are compiled without their package to what tsc makes of it, byte for byte', () => {
  const names = readdirSync(join(PACKAGES, 'kcc/src')).filter((name) => name.endsWith('.ts'));
  expect(names.length).toBeGreaterThan(30);
  for (const name of names) {
    const built = readFileSync(join(PACKAGES, 'kcc/dist', name.replace(/ts$/, 'js')), 'utf8');
    expect(emitted(name, readFileSync(join(PACKAGES, 'kcc/src', name), 'utf8'), configs)).toBe(built);
  }
});

test('a build has the hashes that are looked for in a history', () => {
  const modules = readdirSync(join(PACKAGES, 'kcc/dist')).filter((name) => name.endsWith('.js'));
  const compiler = modules.sort().map((name) => readFileSync(join(PACKAGES, 'kcc/dist', name)));
  const files = ['kernel/src', 'userland/usr'].flatMap((dir) =>
    readdirSync(join(PACKAGES, dir), { recursive: true, encoding: 'utf8' }).map((name) => `${dir}/${name}`),
  );
  const texts = files
    .filter(isOfPrograms)
    .map((path) => [path, readFileSync(join(PACKAGES, path), 'utf8')] as const);
  const built = (path: string): string => readFileSync(join(PACKAGES, path), 'utf8');
  expect(built('userland/dist/usr/programs.hash')).toBe(hashOfPrograms(compiler, texts));
  expect(built('kernel/dist/image/kernel.hash')).toBe(
    hashInputs(readSources(join(PACKAGES, 'kernel/src')), BUILD_OPTIONS),
  );
});

const hasGit = spawnSync('git', ['--version']).status === 0;

describe.skipIf(!hasGit)('a repository', { timeout: 60_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'trap12-past-'));
  const repository = join(dir, 'repository');
  const trees = join(dir, 'trees');
  const kept = process.env.TRAP12_TREES;
  afterAll(() => {
    if (kept === undefined) delete process.env.TRAP12_TREES;
    else process.env.TRAP12_TREES = kept;
    rmSync(dir, { recursive: true });
  });

  function git(...args: string[]): string {
    const own = ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'commit.gpgsign=false'];
    const { status, stdout, stderr } = spawnSync('git', [...own, ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  function put(path: string, text: string): void {
    mkdirSync(dirname(join(repository, path)), { recursive: true });
    writeFileSync(join(repository, path), text);
  }

  /** Commits a state, whose set-up says that it has built what it is told to have. */
  function commit(kernel: string, program: string, built: BuildHashes | undefined): string {
    put('packages/kernel/src/kern/kern_clock.ts', kernel);
    put('packages/userland/usr/bin/true/true.ts', program);
    put(
      'tools/setup.mjs',
      `import { mkdirSync, writeFileSync, appendFileSync } from 'node:fs';
      appendFileSync(${JSON.stringify(join(dir, 'set-up'))}, 'once ');
      const built = ${JSON.stringify(built ?? null)};
      if (built === null) process.exit(1);
      const put = (dir, name, text) => {
        const to = new URL('../packages/' + dir + '/', import.meta.url);
        mkdirSync(to, { recursive: true });
        writeFileSync(new URL(name, to), text);
      };
      put('kernel/dist/image', 'kernel.hash', built.kernel);
      put('userland/dist/usr', 'programs.hash', built.programs);`,
    );
    git('add', '--all');
    git('commit', '--quiet', '--message', 'a state');
    return git('rev-parse', 'HEAD');
  }

  const COMPILER = 'export const lower = (text: string): string => text;\n';
  const header = 'export const HZ = 100;\n';
  /** The hashes that a state has, from the same texts in another way. */
  function hashes(kernel: string, program: string): BuildHashes {
    const modules = [emitted('lower.ts', COMPILER, configs)];
    const sources: [string, string][] = [
      ['kern/kern_clock.ts', kernel],
      ['sys/param.h.ts', header],
    ];
    return {
      kernel: hashOf(modules, new Map(sources), BUILD_OPTIONS),
      programs: hashOfPrograms(modules, [
        ['userland/usr/bin/true/true.ts', program],
        ['kernel/src/sys/param.h.ts', header],
      ]),
    };
  }

  const old = ['// one\n', '// a\n'] as const;
  const other = ['// one\n', '// b\n'] as const;
  const wrong = ['// two\n', '// b\n'] as const;
  const broken = ['// three\n', '// b\n'] as const;
  const commits: string[] = [];

  beforeAll(() => {
    process.env.TRAP12_TREES = trees;
    mkdirSync(repository);
    git('init', '--quiet');
    put('tsconfig.base.json', configs[0]!);
    put('packages/kcc/tsconfig.json', configs[1]!);
    put('packages/kcc/src/lower.ts', COMPILER);
    put('packages/kernel/src/sys/param.h.ts', header);
    put('packages/kernel/src/kern/db_clock.ts', '// host code has no part in the image\n');
    put('package-lock.json', '{}\n');
    commits.push(commit(...old, hashes(...old)));
    commits.push(commit(...other, hashes(...other)));
    commits.push(commit(...wrong, hashes(...old)));
    commits.push(commit(...broken, undefined));
  });

  test('knows the commit of a kernel and of the programs beside it', () => {
    expect([isRepository(repository), isRepository(join(repository, 'packages')), isRepository(dir)]).toEqual(
      [true, false, false],
    );
    expect(commitOf(repository, hashes(...old)).commit).toBe(commits[0]);
    expect(commitOf(repository, hashes(...other)).commit).toBe(commits[1]);
    // Of other programs, or of another kernel, it has none.
    expect(commitOf(repository, { ...hashes(...wrong), programs: hashes(...old).programs })).toEqual({
      tried: 4,
    });
    expect(commitOf(repository, { ...hashes(...old), kernel: '0'.repeat(32) })).toEqual({ tried: 4 });
  });

  test('has it built once, beside its own files', () => {
    const said: string[] = [];
    const tree = pastTree(repository, hashes(...old), (line) => said.push(line));
    expect(dirname(tree)).toBe(trees);
    expect(readFileSync(join(tree, 'packages/userland/usr/bin/true/true.ts'), 'utf8')).toBe(old[1]);
    expect(said).toEqual([
      expect.stringMatching(/^looks for kernel /),
      expect.stringContaining(commits[0]!.slice(0, 12)),
    ]);
    expect(pastTree(repository, hashes(...old), (line) => said.push(line))).toBe(tree);
    expect([readFileSync(join(dir, 'set-up'), 'utf8'), said.length]).toEqual(['once ', 2]);
    expect([git('status', '--porcelain'), git('rev-parse', 'HEAD')]).toEqual(['', commits[3]]);
  });

  test('that builds something else, or nothing, leaves nothing behind', () => {
    const asked = (wanted: BuildHashes) => () => pastTree(repository, wanted, () => {});
    expect(asked(hashes(...wrong))).toThrow(
      new HistoryError(`commit ${commits[2]!.slice(0, 12)} builds another kernel`),
    );
    expect(asked(hashes(...broken))).toThrow(
      new HistoryError(`commit ${commits[3]!.slice(0, 12)} does not build`),
    );
    expect(asked({ kernel: '0', programs: '1' })).toThrow(/^none of 4 states /);
    expect(readdirSync(trees).length).toBe(1);
  });

  test('is told where it cannot be kept', () => {
    process.env.TRAP12_TREES = join(dir, 'set-up');
    try {
      expect(() => pastTree(repository, hashes(...old), () => {})).toThrow(
        /^cannot keep what it builds in .*set-up: E\w+: .*; TRAP12_TREES=DIRECTORY names another place$/,
      );
    } finally {
      process.env.TRAP12_TREES = trees;
    }
  });

  test('lends packages that are installed to a state that wants the same', () => {
    put('node_modules/left-pad/index.js', '');
    put('node_modules/.package-lock.json', '{}');
    const tree = pastTree(repository, hashes(...other), () => {});
    expect(existsSync(join(tree, 'node_modules/left-pad/index.js'))).toBe(true);
    rmSync(join(repository, 'node_modules'), { recursive: true });
  });
});
