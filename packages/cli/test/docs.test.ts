/**
 * What the documents show is complete and works: transcripts are typed again, code is compiled or run. A
 * snippet that is neither needs a line in NOT_RUN, with the reason; its command line is parsed all the same.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileKernel } from '@trap12/system/compile-kernel.js';
import {
  createProgram,
  flattenDiagnosticMessageText,
  getPreEmitDiagnostics,
  ModuleKind,
  ScriptTarget,
  transpileModule,
} from 'typescript';
import { afterAll, describe, expect, test } from 'vitest';
import { readTask } from '../src/learn/lesson.js';
import { makeProgram } from '../src/main.js';
import { plainOfBuild, renewed, type Snippet, snippetsOf, typedIn } from './snippets.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const DIR = mkdtempSync(join(tmpdir(), 'trap12-docs-'));
// Somebody else's project, with the package in it.
mkdirSync(join(DIR, 'node_modules'));
symlinkSync(ROOT, join(DIR, 'node_modules/trap12'), 'dir');
/** Modules in here find the house's packages. */
const MODULES = mkdtempSync(join(ROOT, 'node_modules/.docs-'));
afterAll(() => {
  for (const dir of [DIR, MODULES]) rmSync(dir, { recursive: true });
});
const PATIENCE = { timeout: process.env.TRAP12_UPDATE_DOCS === 'all' ? 2_000_000 : 400_000 };

/** Commands that are not run, by their beginning, and why. */
const NOT_RUN: readonly [RegExp, string][] = [
  [
    /^trap12 reproduce (?!.* report\.txt$|--batch --schedule panic\.sched examples)/,
    'takes long; explore/test/reproduce.test.ts and tools/check-package.mjs run it',
  ],
  [/^trap12 gdbserver panic\.sched/, 'waits for gdb'],
  [/^trap12 explore .*\/(?:fault-entry|pagein-wakeup)\//, 'takes long; tools/races.mjs runs the like'],
  [/^trap12 verify ab-ba\.txt/, 'takes long; explore.test.ts runs it with fewer schedules'],
  [
    /^trap12 explain-report --bucket reports\//,
    'there is no such folder here; explain-report.test.ts makes one',
  ],
  [/^trap12 grade \/autograder/, 'is of the machine of an autograder'],
  [/^trap12 explain-report FILE/, 'a pattern'],
  [/^(?:gdb|npm|git|node|kcc) /, 'is no command of trap12'],
];

const FILES = ['README.md', 'CONTRIBUTING.md', 'docs/course/teaching.md'].concat(
  readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
);
const snippets = FILES.flatMap((file) => snippetsOf(file, readFileSync(join(ROOT, file), 'utf8')));
const code = (file: string, lang: string): string[] =>
  snippets.filter((s) => s.file === file && s.lang === lang).map(({ text }) => text);

/**
 * TRAP12_UPDATE_DOCS=1: transcripts get the numbers of this build. TRAP12_UPDATE_DOCS=all: those that take
 * long, too, one after the other, as later ones use the files of earlier ones.
 */
const UPDATE = process.env.TRAP12_UPDATE_DOCS ?? '';
const runsLong = (line: string): boolean =>
  UPDATE === 'all' &&
  /^trap12 (?:reproduce (?!--load)(?:\S+ )*examples|replay panic|explore .*\/(?:fault-entry|pagein-wakeup)\/)/.test(
    line,
  );

/** Puts what came now in the place of what a document shows. */
function renew(file: string, shown: string, out: string): void {
  const path = join(ROOT, file);
  const markdown = readFileSync(path, 'utf8');
  const fresh = renewed(shown, out);
  // In a fence, or as an indented block.
  for (const indent of ['', '    ']) {
    const [there, now] = [shown, fresh].map((text) => text.replace(/^(?=.)/gm, indent)) as [string, string];
    if (there === now || !markdown.includes(there)) continue;
    writeFileSync(
      path,
      markdown.replace(there, () => now),
    );
    return;
  }
}

/** Lines about work that only takes so long that it says so where the computer has much else to do. */
const SLOW = /^trap12: (?:compiling|looking|judging|shrinking|running the machine|trying)\b.*\n/gm;

/** How a line has ended, and what it said. */
interface Ran {
  status: number;
  out: string;
}

/** Searches that several documents show: each is made once, and held against all of them. */
const searches = new Map<string, Ran & { schedule: Buffer }>();

/**
 * The same as `shell`, but for a search that another document has shown already: that one's output is this
 * one's too, and the schedule that it wrote is put where the commands behind it look for it. With --batch
 * nothing of what is typed is read.
 */
function shellOnce(line: string, input: string, before: number): Ran {
  const [, file] = /^trap12 reproduce --batch --schedule (\S+) examples\/\S+$/.exec(line) ?? [];
  if (file === undefined) return shell(line, input, before);
  const path = join(DIR, file);
  const known = searches.get(line);
  if (known !== undefined) {
    writeFileSync(path, known.schedule);
    return known;
  }
  rmSync(path, { force: true });
  const ran = shell(line, input, before);
  if (existsSync(path)) searches.set(line, { ...ran, schedule: readFileSync(path) });
  return ran;
}

/**
 * Runs a line of a transcript by a shell, in the folder of its document; stdout and stderr as a terminal
 * mixes them.
 */
function shell(line: string, input: string, before: number): Ran {
  const script = `trap12() { "${process.execPath}" "${ROOT}packages/cli/bin/trap12.js" "$@"; }\n(exit ${before})\n${line}`;
  const r = spawnSync('sh', ['-c', `exec 2>&1\n${script}`], {
    cwd: DIR,
    encoding: 'utf8',
    // A pipe that is empty is read, and that takes time; at a terminal nobody types.
    ...(input === '' ? { stdio: ['ignore', 'pipe', 'pipe'] } : { input }),
    timeout: UPDATE === 'all' ? 900_000 : 190_000,
  });
  if (r.status === null) throw new Error(`${line}: ended by ${r.signal ?? r.error?.message}`);
  return { status: r.status, out: r.stdout.replace(SLOW, '') };
}

/** The words that a shell makes of a command line. */
const wordsOf = (line: string): string[] =>
  shell(`trap12() { for word; do printf '%s\\n' "$word"; done; }\n${line}`, '', 0)
    .out.split('\n')
    .slice(0, -1);

/** Is there such a command, with such options? */
async function parses(line: string): Promise<void> {
  const [name, ...rest] = wordsOf(line);
  const program = await makeProgram([name!]);
  for (const command of program.commands) command.action(() => {});
  await program.parseAsync([name!, ...rest], { from: 'user' });
}

const whyNot = (line: string): string | undefined => NOT_RUN.find(([pattern]) => pattern.test(line))?.[1];

/** What is shown has to come, in that order; but where `[...]` stands nothing else may. */
function compare(out: string, shown: string, where: string): void {
  const pieces = shown.split(/\[\.\.\.\]\n?/).map(plainOfBuild);
  const last = pieces.pop()!;
  if (pieces.length === 0) {
    expect(plainOfBuild(out), where).toBe(last);
    return;
  }
  let rest = plainOfBuild(out);
  for (const [i, piece] of pieces.entries()) {
    const at = rest.indexOf(piece);
    expect(at, `${where}: not there:\n${piece}\nin:\n${rest}`).toBeGreaterThanOrEqual(0);
    if (i === 0) expect(rest.slice(0, at), `${where}: in front of the first line shown`).toBe('');
    rest = rest.slice(at + piece.length);
  }
  // Empty where `[...]` ends it.
  if (last !== '') expect(rest.endsWith(last), `${where}: not the end:\n${last}\nof:\n${rest}`).toBe(true);
}

describe('transcripts', PATIENCE, () => {
  const transcripts = snippets.filter(({ lang, text }) => lang === '' && /^\$ /m.test(text));

  writeFileSync(
    join(DIR, 'half.json'),
    code('docs/course/teaching.md', 'json').find((text) => text.includes('"steps"'))!,
  );
  // Programs that docs/userland.md shows are those that it runs: `/** NAME ...`.
  for (const text of code('docs/userland.md', 'ts')) {
    const name = /^\/\*\* (\w+) /.exec(text)?.[1];
    if (name !== undefined) writeFileSync(join(DIR, `${name}.ts`), text);
  }

  test('are found at all', () => {
    expect(transcripts.length).toBeGreaterThan(15);
  });

  for (const { file, line, text } of transcripts) {
    test(`${file}:${line}`, PATIENCE, async () => {
      let status = 0;
      for (const { command, shown, input } of typedIn(text)) {
        const cat = /^cat (\S+)$/.exec(command);
        if (cat !== null) writeFileSync(join(DIR, cat[1]!), shown);
        else if (whyNot(command) === undefined || runsLong(command)) {
          const r = shellOnce(command, input, status);
          if (shown !== '' && UPDATE !== '') renew(file, shown, r.out);
          else if (shown !== '') compare(r.out, shown, `${file}:${line}: ${command}`);
          ({ status } = r);
        } else if (command.startsWith('trap12 ')) await parses(command);
      }
    });
  }
});

test('are files that documents name there?', () => {
  const named = FILES.flatMap((file) =>
    [
      ...readFileSync(join(ROOT, file), 'utf8').matchAll(/`((?:packages|tools|bench|examples)\/[\w./-]+)`/g),
    ].map(([, path]) => `${file}: ${path}`),
  );
  expect(named.length).toBeGreaterThan(100);
  // Built ones, and patterns.
  const kept = named.filter((each) => !/\/dist\/|[A-Z]{4}/.test(each.split(': ')[1]!));
  expect(kept.filter((each) => !existsSync(join(ROOT, each.split(': ')[1]!)))).toEqual([]);
});

test('are command lines without output such that trap12 takes them?', async () => {
  const lines = snippets
    .filter(({ lang, text }) => lang === '' && !/^\$ /m.test(text))
    .flatMap(({ text }) => text.split('\n'))
    .map((line) => line.replace(/\s+#.*/, '').replace(/^npx /, ''))
    .filter((line) => /^trap12 [a-z]/.test(line) && !/^trap12 schedule/.test(line));
  expect(lines.length).toBeGreaterThan(2);
  // The folder of an autograder is there, where there is one.
  for (const line of lines) await parses(line.replace('/autograder/results', DIR));
});

test('does the kernel TypeScript of docs/kernel-language.md compile?', PATIENCE, () => {
  const fences = code('docs/kernel-language.md', 'ts');
  expect(fences.length).toBe(3);
  // A patch has to replace something.
  const nosys =
    'export function* nosys(p: proc, uap: u32): Sleeps<int> {\n  return yield* shelf_take(0, 1);\n}\n';
  const path = join(DIR, 'language.ts');
  writeFileSync(path, `${fences.join('\n')}\n${nosys}`);
  const { image } = compileKernel([path]);
  expect(image.structs.thing?.size).toBe(12);
  writeFileSync(path, `${fences.join('\n').replace('@0x0a', '@0x0b')}\n${nosys}`);
  expect(() => compileKernel([path])).toThrow(/th_uses/);
});

test('does the program of docs/ddb.md debug a machine?', PATIENCE, () => {
  const [text] = code('docs/ddb.md', 'js');
  const path = join(DIR, 'program.mjs');
  writeFileSync(path, text!);
  const r = spawnSync(process.execPath, [path], { encoding: 'utf8', timeout: 190_000 });
  expect([r.status, r.stderr]).toEqual([0, '']);
  expect(r.stdout).toMatch(/'vm_assert_failed\(/);
});

describe('programs of docs/api.md', PATIENCE, () => {
  const programs = snippets.filter((s) => s.file === 'docs/api.md' && s.lang !== '');

  test('are followed by what they print', () => {
    expect(programs.length).toBeGreaterThan(9);
    expect(programs.map((s) => s.lang)).toEqual(programs.map((_, i) => (i % 2 === 0 ? 'js' : 'text')));
  });

  for (let i = 0; i + 1 < programs.length; i += 2) {
    const { line, text } = programs[i]!;
    test(`docs/api.md:${line}`, PATIENCE, () => {
      const path = join(DIR, `api-${line}.mjs`);
      writeFileSync(path, text);
      const r = spawnSync(process.execPath, [path], { encoding: 'utf8', timeout: 190_000 });
      expect([r.status, r.stderr, r.stdout]).toEqual([0, '', programs[i + 1]!.text]);
    });
  }

  test('use what is exported, and types are found', PATIENCE, () => {
    // What JavaScript leaves out.
    const typed = (text: string): string =>
      text
        .replace('type(line)', 'type(line: string)')
        .replace('die(locking, seed)', 'die(locking: string, seed: number): any');
    const files = programs
      .filter((s) => s.lang === 'js')
      .map(({ line, text }) => {
        const file = join(DIR, `api-${line}.mts`);
        writeFileSync(file, typed(text));
        return file;
      });
    const compiler = createProgram(files, {
      module: ModuleKind.NodeNext,
      target: ScriptTarget.ES2023,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
    });
    const said = getPreEmitDiagnostics(compiler).map((d) =>
      flattenDiagnosticMessageText(d.messageText, '\n'),
    );
    expect(said).toEqual([]);
  });
});

test('does the show command of docs/ddb.md show?', PATIENCE, async () => {
  const [text] = code('docs/ddb.md', 'ts');
  const { outputText } = transpileModule(text!, {
    compilerOptions: { module: ModuleKind.ESNext, target: ScriptTarget.ES2023 },
  });
  const path = join(MODULES, 'show.mjs');
  const built = `${ROOT}packages/kernel/dist/`;
  writeFileSync(path, outputText.replaceAll('../../host/', `${built}host/`).replace('../', `${built}src/`));
  const { showShadows } = (await import(path)) as { showShadows: import('@trap12/kernel').ShowCommand };
  const { createSystem } = await import('@trap12/system');
  const { loadKernel } = await import('@trap12/system/node.js');
  const { memory } = createSystem(await loadKernel(), { command: 'true' });
  memory.target.symbols.address('vmspace0');
  const printed: string[] = [];
  const context = {
    memory,
    args: [memory.target.symbols.address('vm_objects_init')],
    text: '',
    modifiers: '',
    pcpu: 0,
    unsure: () => {},
  };
  showShadows.run({ ...context, print: (line) => void printed.push(line) });
  expect(printed[0]).toMatch(/^object 0xc[\da-f]{7}: refs=\d+$/);
  const { name, usage } = showShadows;
  const alone = (): unknown => showShadows.run({ ...context, args: [], print: () => {} });
  expect(alone).toThrow(new RegExp(`^usage: show ${name} ${usage}$`));
});

test('is the scenario of docs/scenarios.md the file that it names?', () => {
  const scenario = snippets.find((s) => s.file === 'docs/scenarios.md' && s.text.includes('$scenario('));
  expect(scenario!.text).toBe(readFileSync(join(ROOT, 'examples/scenarios/ab-ba.ts'), 'utf8'));
});

test('do snippets of tests stand in tests?', () => {
  const [test] = code('docs/userland.md', 'ts').filter((text) => text.includes("from 'vitest'"));
  const run = readFileSync(join(ROOT, 'packages/userland/test/usr/cat.test.ts'), 'utf8');
  const [imports, body] = test!.split('\n\n');
  expect(run).toContain(imports);
  expect(run).toContain(body!.trim());
});

test("can the teacher's file of docs/course/teaching.md be used?", () => {
  const path = join(DIR, 'task.json');
  writeFileSync(path, code('docs/course/teaching.md', 'json').find((text) => !text.includes('"steps"'))!);
  expect(readTask(path).checks).toMatchObject([
    { points: 6, schedules: 2000 },
    { points: 4, schedules: 20 },
  ]);
});

test('is every snippet of a kind that is looked at?', () => {
  const known = (s: Snippet): boolean => s.lang === '' || ['ts', 'js', 'json', 'text'].includes(s.lang);
  expect(snippets.filter((s) => !known(s))).toEqual([]);
  const looked = [
    'docs/api.md',
    'docs/kernel-language.md',
    'docs/ddb.md',
    'docs/userland.md',
    'docs/course/teaching.md',
  ];
  expect([...new Set(snippets.filter((s) => s.lang !== '').map((s) => s.file))].sort()).toEqual(
    looked.sort(),
  );
});
