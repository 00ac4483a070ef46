/**
 * Checks how the house is laid out (imports point downward only), that nothing in machine, kernel, userland,
 * target and system can tell one run from another by clock, chance or promise, that no generator or promise
 * holds what a machine is, that the core needs nothing of Node, that nothing stands unused, that no files
 * import each other in a circle, and that the kernel's import blocks are up to date. Prints one line a
 * finding, `file:line: what`; exit status 1 if there is one.
 *
 * usage: node tools/check-house.mjs [ROOT]
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { circleFindings, deadFindings } from './house-graph.mjs';

/** What the sources of each package may import of the others. */
export const MAY_IMPORT = {
  machine: [],
  kcc: [],
  report: [],
  target: ['machine', 'kcc'],
  elf: ['kcc', 'target'],
  kernel: ['target'],
  userland: [],
  system: ['machine', 'kcc', 'target', 'kernel', 'userland'],
  ddb: ['target', 'kernel'],
  dap: ['machine', 'kcc', 'target', 'kernel', 'system', 'ddb'],
  dump: ['machine', 'kcc', 'target', 'elf', 'kernel'],
  'gdb-remote': ['machine', 'target', 'kernel', 'system', 'ddb', 'dump'],
  explore: ['machine', 'kcc', 'report', 'target', 'kernel', 'userland', 'system', 'ddb'],
  campaign: [],
  postmortem: ['machine', 'kcc', 'report', 'target', 'kernel', 'userland', 'system', 'ddb', 'explore'],
  cli: [
    'machine',
    'kcc',
    'report',
    'target',
    'elf',
    'kernel',
    'userland',
    'system',
    'ddb',
    'dap',
    'dump',
    'gdb-remote',
    'explore',
    'campaign',
    'postmortem',
  ],
  lab: ['machine', 'kcc', 'report', 'target', 'kernel', 'userland', 'system', 'ddb', 'explore', 'postmortem'],
};

/**
 * Of kcc, only the reader of images comes along at run time; the compiler is a tool of the build, and of
 * these adapters.
 */
const KCC_AT_RUN_TIME = '@trap12/kcc/image.js';
const COMPILES = ['packages/system/src/compile.ts', 'packages/system/src/compile-kernel.ts'];
/** Those, and what looks for the kernel that another state of the compiler would have built. */
const USES_KCC = [...COMPILES, 'packages/cli/src/past-kernel.ts'];
/**
 * Kernel code is lowered: it may import kernel files and nothing else. What `show` commands are made of
 * (db_*.ts) is host code.
 */
const KERNEL_SOURCE = /^packages\/kernel\/src\/(?!.*\/db_(?!interface\.)[^/]*\.ts$)/;

/** Where one number decides everything. */
const DETERMINISTIC =
  /^packages\/(machine\/src|kernel\/(src|host|scenario)|userland\/(src|usr)|target\/src|system\/src)\//;
/** Parts of packages that are looked at for that alone. */
const MACHINES_OWN = ['usr', 'scenario'];
/** Functions of Math whose result the language says to the last bit; of all others each host has its own. */
const EXACT = 'abs|ceil|clz32|floor|fround|imul|max|min|round|sign|sqrt|trunc';
/** Without a name: what was found is called as it is written. */
const FORBIDDEN = [
  [new RegExp(`\\bMath\\s*\\.\\s*(?!(?:${EXACT})\\b)\\w+`)],
  [/\bMath\b(?!\s*\.)/, 'Math as a whole'],
  [/\blocaleCompare\b/],
  [/\btoLocale\w*/],
  [/\bIntl\b/],
  [/\bWeakRef\b/],
  [/\bFinalizationRegistry\b/],
  [/\bcrypto\b/, 'crypto'],
  [/\bDate\b/, 'Date'],
  [/\bperformance\b/, 'performance'],
  [/\bprocess\s*\.\s*hrtime\b/, 'process.hrtime'],
  [/\bset(Timeout|Interval|Immediate)\b/, 'a timer'],
  [/\bqueueMicrotask\b/, 'queueMicrotask'],
  [/\bPromise\b/, 'Promise'],
  [/\basync\b/, 'async'],
  [/\bawait\b/, 'await'],
];

/**
 * What a machine is lies in its memory and in plain records: a suspended function of the host's would hold
 * what no snapshot has.
 */
const HOLDS_MACHINE = /^packages\/(machine|system)\/src\//;
/** What kcc has made of kernel and programs. */
const EMITTED = ['packages/kernel/dist/image', 'packages/userland/dist/usr'];
const SUSPENDS = [
  [/\bfunction\s*\*|^\s*(?:private |protected )?\*\s*\w+\s*\(/m, 'a generator'],
  [/\byield\b/, 'yield'],
  [/\bGenerator\b/, 'Generator'],
];

/** What is forbidden and used all the same, with the reason. */
export const ALLOWED = [
  {
    file: 'packages/system/src/node.ts',
    what: 'Promise',
    reason: 'import() of the built kernel, before there is a machine; a turn of the host between two slices',
  },
  { file: 'packages/system/src/node.ts', what: 'async', reason: 'as above' },
  { file: 'packages/system/src/node.ts', what: 'a timer', reason: 'as above' },
  {
    file: 'packages/system/src/node.ts',
    what: 'performance',
    reason: 'where a run is cut into turns, which has no effect on it',
  },
  {
    file: 'packages/system/src/interruption.ts',
    what: 'a timer',
    reason: 'when the host has told of its signals, which end a run and change nothing in it',
  },
  { file: 'packages/system/src/interruption.ts', what: 'Promise', reason: 'as above' },
  { file: 'packages/system/src/interruption.ts', what: 'process.hrtime', reason: 'as above' },
  {
    file: 'packages/system/src/history.ts',
    what: 'a generator',
    reason:
      'a way through the past, which the host may give up in between: where it has come to is not the machine’s',
  },
  { file: 'packages/system/src/history.ts', what: 'yield', reason: 'as above' },
  { file: 'packages/system/src/history.ts', what: 'Generator', reason: 'as above' },
  { file: 'packages/system/src/run.ts', what: 'Promise', reason: 'turns of the host between two slices' },
  { file: 'packages/system/src/run.ts', what: 'async', reason: 'as above' },
  { file: 'packages/system/src/run.ts', what: 'await', reason: 'as above' },
];

/**
 * What runs on any host, a browser too. Files and terminals come through adapters: system/src/node.ts,
 * report/src/cli.ts, cli. Of packages without an adapter of their own the compiler sees to it as well: their
 * tsconfig.json may not name Node's types.
 */
const CORE =
  /^packages\/((machine|target|elf|system|ddb|dump|gdb-remote|explore|report|userland)\/src\/|kernel\/(host\/|src\/[^/]+\/db_(?!interface))|kcc\/src\/image\.ts$)/;
const ADAPTERS = [
  ...['node.ts', 'interruption.ts', 'kept-code.ts', 'place-file.ts', 'read-file.ts'].map(
    (name) => `packages/system/src/${name}`,
  ),
  ...COMPILES,
];
const CORE_PACKAGES = [
  'machine',
  'target',
  'elf',
  'kernel',
  'system',
  'ddb',
  'dump',
  'gdb-remote',
  'explore',
];
const NODE_MODULE = /^node:|^@trap12\/[^/]+\/(node|cli)\.js$/;
const NODE_GLOBALS = /\b(Buffer|setImmediate|__dirname|__filename)\b/;

/** The text with comments and the contents of quoted strings blanked out; line numbers stay. */
export function codeOnly(text) {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"/g;
  return text.replace(token, (t) => t.replace(/[^\n]/g, ' '));
}

/** The modules that a text names in import, export ... from and import(), with their lines. */
export function importsOf(text) {
  const out = [];
  const withoutComments = text.replace(/\/\*[\s\S]*?\*\/|(^|[^:'"`])\/\/[^\n]*/g, (t) =>
    t.replace(/[^\n]/g, ' '),
  );
  const statement =
    /^[ \t]*(?:import|export)\b[^'"();=]*?\bfrom\s*['"]([^'"\n]+)['"]|^[ \t]*import\s*['"]([^'"\n]+)['"]|\bimport\s*\(\s*['"]([^'"\n]+)['"]/gm;
  for (const m of withoutComments.matchAll(statement)) {
    const end = m.index + m[0].length;
    out.push({ module: m[1] ?? m[2] ?? m[3], line: withoutComments.slice(0, end).split('\n').length });
  }
  return out;
}

/**
 * The package of the house that a module named in `file` belongs to; undefined for others and for the own
 * one.
 */
function packageOf(file, module) {
  const own = file.split('/')[1];
  let name;
  if (module.startsWith('@trap12/')) name = module.split('/')[1];
  else if (module.startsWith('.'))
    name = /^packages\/([^/]+)/.exec(posix.join(posix.dirname(file), module))?.[1];
  return name === own ? undefined : name;
}

function importFindings(file, text) {
  const own = file.split('/')[1];
  const allowed = MAY_IMPORT[own];
  if (allowed === undefined)
    return [{ file, line: 1, what: `package ${own} has no place in the order of tools/check-house.mjs` }];
  const out = [];
  for (const { module, line } of importsOf(text)) {
    if (KERNEL_SOURCE.test(file) && !module.startsWith('.')) {
      out.push({ file, line, what: `kernel source imports ${module}` });
      continue;
    }
    const other = packageOf(file, module);
    if (other === undefined) continue;
    if (!allowed.includes(other))
      out.push({ file, line, what: `${own} may not import ${other} (${module})` });
    else if (other === 'kcc' && module !== KCC_AT_RUN_TIME && !USES_KCC.includes(file))
      out.push({ file, line, what: `${own} may import ${KCC_AT_RUN_TIME} of kcc only, not ${module}` });
    else if (!module.startsWith('@trap12/'))
      out.push({ file, line, what: `import ${other} by its name, not by ${module}` });
  }
  return out;
}

function determinismFindings(file, text) {
  if (!DETERMINISTIC.test(file)) return [];
  const out = [];
  codeOnly(text)
    .split('\n')
    .forEach((code, i) => {
      for (const [pattern, name] of FORBIDDEN) {
        const found = pattern.exec(code);
        if (found === null) continue;
        const what = name ?? found[0].replace(/\s/g, '');
        if (ALLOWED.some((a) => a.file === file && a.what === what)) continue;
        out.push({ file, line: i + 1, what: `${what} in code that one number decides` });
      }
    });
  return out;
}

function suspensionFindings(file, text) {
  // Texts of kernel functions, in which a generator says that it may sleep.
  if (!HOLDS_MACHINE.test(file) || file === COMPILES[1]) return [];
  const out = [];
  codeOnly(text)
    .split('\n')
    .forEach((code, i) => {
      for (const [pattern, what] of SUSPENDS)
        if (pattern.test(code) && !ALLOWED.some((a) => a.file === file && a.what === what))
          out.push({ file, line: i + 1, what: `${what} in what machines are made of` });
    });
  return out;
}

/** Generators and promises in code that kcc wrote. */
function emittedFindings(root) {
  const suspends = [
    ...SUSPENDS,
    ...FORBIDDEN.filter(([, what]) => ['Promise', 'async', 'await'].includes(what)),
  ];
  return EMITTED.filter((dir) => existsSync(join(root, dir))).flatMap((dir) =>
    readdirSync(join(root, dir))
      .filter((name) => name.endsWith('.js'))
      .flatMap((name) => {
        const code = codeOnly(readFileSync(join(root, dir, name), 'utf8'));
        return suspends
          .filter(([pattern]) => pattern.test(code))
          .map(([, what]) => ({ file: `${dir}/${name}`, line: 1, what: `${what} in what kcc has written` }));
      }),
  );
}

/**
 * Comments are read beside code: a line of one has at most so many characters. Tables, with gaps in their
 * lines, may be wider.
 */
const COMMENT_WIDTH = 110;
const COMMENT_LINE = /^ *(\/\/|\/\*|\*)/;
const TABLE_LINE = /\S {3,}\S/;

function commentFindings(file, text) {
  return text.split('\n').flatMap((line, i) =>
    line.length > COMMENT_WIDTH && COMMENT_LINE.test(line) && !TABLE_LINE.test(line)
      ? [
          {
            file,
            line: i + 1,
            what: `a comment of ${line.length} characters, ${COMMENT_WIDTH} are allowed: wrap it (npm run format leaves comments alone)`,
          },
        ]
      : [],
  );
}

/** Where a file of sources is too long whatever is in it; 600 lines are what to aim at. */
const FILE_LINES = 700;

function lengthFindings(file, text) {
  const lines = text.split('\n').length - 1;
  if (lines <= FILE_LINES) return [];
  return [
    { file, line: FILE_LINES + 1, what: `${lines} lines, ${FILE_LINES} are allowed: make two files of it` },
  ];
}

function nodeFindings(file, text) {
  if (!CORE.test(file) || ADAPTERS.includes(file)) return [];
  const out = importsOf(text)
    .filter(({ module }) => NODE_MODULE.test(module))
    .map(({ module, line }) => ({ file, line, what: `${module} in code that runs on any host` }));
  codeOnly(text)
    .split('\n')
    .forEach((code, i) => {
      const found = NODE_GLOBALS.exec(code);
      if (found !== null) out.push({ file, line: i + 1, what: `${found[1]} in code that runs on any host` });
    });
  return out;
}

/** Core packages whose compiler would accept Node's types. */
function nodeTypes(root) {
  return CORE_PACKAGES.flatMap((name) => {
    const file = `packages/${name}/tsconfig.json`;
    const path = join(root, file);
    if (!existsSync(path) || !/"types"\s*:/.test(readFileSync(path, 'utf8'))) return [];
    return [{ file, line: 1, what: 'types of a host in a package that runs on any host' }];
  });
}

/** Findings in one file; `file` is its path from the root, with slashes. */
export function checkFile(file, text) {
  return [
    ...importFindings(file, text),
    ...determinismFindings(file, text),
    ...suspensionFindings(file, text),
    ...nodeFindings(file, text),
    ...commentFindings(file, text),
    ...lengthFindings(file, text),
  ];
}

/** Exceptions that nothing needs any more. */
function staleExceptions(root) {
  return ALLOWED.filter(({ file, what }) => {
    const pattern = [...FORBIDDEN, ...SUSPENDS].find(([, name]) => name === what)?.[0];
    const path = join(root, file);
    return !existsSync(path) || pattern === undefined || !pattern.test(codeOnly(readFileSync(path, 'utf8')));
  }).map(({ file, what }) => ({ file, line: 1, what: `the exception for ${what} is not needed` }));
}

const SOURCE_PARTS = ['src', 'host', 'bin'];

function sourceFiles(root, parts = SOURCE_PARTS) {
  const out = [];
  for (const name of readdirSync(join(root, 'packages')).sort()) {
    for (const part of parts) {
      const dir = join(root, 'packages', name, part);
      if (!existsSync(dir)) continue;
      for (const e of readdirSync(dir, { recursive: true })) {
        const path = e.replaceAll('\\', '/');
        if (/\.([cm]?[jt]s)$/.test(path) && !path.endsWith('.d.ts'))
          out.push(`packages/${name}/${part}/${path}`);
      }
    }
  }
  return out.sort();
}

/** Everything in which a name may be used. */
function allTexts(root) {
  const others = ['tools', 'bench', 'examples'].flatMap((dir) => {
    if (!existsSync(join(root, dir))) return [];
    const names = readdirSync(join(root, dir), { recursive: true }).map((e) => e.replaceAll('\\', '/'));
    return names.filter((name) => /\.(ts|mjs)$/.test(name)).map((name) => `${dir}/${name}`);
  });
  const files = [...sourceFiles(root, [...SOURCE_PARTS, 'usr', 'test', 'scenario']), ...others];
  return new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
}

/** All findings in the tree at `root`, and how many files were looked at. */
export function checkHouse(root) {
  const files = sourceFiles(root);
  const findings = files.flatMap((file) => checkFile(file, readFileSync(join(root, file), 'utf8')));
  const texts = allTexts(root);
  const isSource = (file) => /^packages\/[^/]+\/(src|host|usr)\//.test(file);
  const host = new Map(files.filter((f) => !KERNEL_SOURCE.test(f)).map((f) => [f, texts.get(f)]));
  return {
    files: files.length,
    findings: [
      ...findings,
      ...sourceFiles(root, MACHINES_OWN).flatMap((file) => determinismFindings(file, texts.get(file))),
      ...[...texts]
        .filter(([file]) => !files.includes(file) && !file.startsWith('examples/'))
        .flatMap(([file, text]) => [
          ...commentFindings(file, text),
          ...(isSource(file) ? lengthFindings(file, text) : []),
        ]),
      ...emittedFindings(root),
      ...deadFindings(texts, isSource),
      ...circleFindings(host),
      ...nodeTypes(root),
      ...staleExceptions(root),
    ],
  };
}

function importBlocks(root) {
  const kcc = join(root, 'packages/kcc');
  if (!existsSync(join(kcc, 'dist')))
    return ['kcc is not built, so import blocks were not checked: run `npm run build`'];
  const checks = [[join(kcc, 'bin/kcc.js'), 'imports', '--check']];
  const user = join(root, 'tools/user-imports.mjs');
  if (existsSync(user)) checks.push([user, '--check']);
  return checks.flatMap((words) => {
    try {
      execFileSync(process.execPath, words, { encoding: 'utf8', stdio: 'pipe' });
      return [];
    } catch (error) {
      const lines = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim().split('\n');
      return lines.map((line) => `import block: ${line} (npm run imports)`);
    }
  });
}

function main(root) {
  const { files, findings } = checkHouse(root);
  const lines = [...findings.map((f) => `${f.file}:${f.line}: ${f.what}`), ...importBlocks(root)];
  for (const line of lines) console.log(line);
  console.log(`check-house: ${files} files, ${lines.length} finding${lines.length === 1 ? '' : 's'}`);
  return lines.length === 0 ? 0 : 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exitCode = main(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..'));
