/**
 * What somebody gets who has nothing of the house: packs the package, installs it into an empty folder and,
 * as `npm i -g` does, under another prefix, without network, and runs the main jobs from there. None of them
 * may look in vain for a file of the package that is there in the house.
 *
 *     node tools/check-package.mjs [NODE...]
 *
 * with other versions of Node to run it by, too. Needs a built house. Ends with 1 if something is not as it
 * should be.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = mkdtempSync(join(tmpdir(), 'trap12-package-'));
const project = join(folder, 'project');
const prefix = join(folder, 'prefix');
/** Nothing of this user's settings and of npm's own environment. */
const env = { PATH: process.env.PATH, HOME: join(folder, 'home'), npm_config_cache: join(folder, 'cache') };
/** What was looked for and not there, a path a line, by all commands that check() runs. */
const missed = join(folder, 'missed');
const hook = join(folder, 'hook.cjs');
const hooked = { ...env, NODE_OPTIONS: `--require ${hook}`, MISSED: missed };
/** Kernels with somebody's additions, and code that V8 keeps beside a module: each host makes its own. */
const MADE_ON_DEMAND = /\.code$|\/dist\/built\//;
let failed = 0;

/** Loaded in front of a command: notes the paths of files that it wants to read and that are not there. */
const HOOK = `
const fs = require('node:fs');
const append = fs.appendFileSync;
const note = (path, there) => {
  if (!there) append(process.env.MISSED, String(path instanceof URL ? path.pathname : path) + '\\n');
};
for (const name of ['readFileSync', 'openSync', 'statSync', 'readdirSync']) {
  const real = fs[name];
  fs[name] = (path, ...rest) => {
    try {
      return real(path, ...rest);
    } catch (error) {
      if (error.code === 'ENOENT') note(path, false);
      throw error;
    }
  };
}
const { existsSync } = fs;
fs.existsSync = (path) => {
  const there = existsSync(path);
  note(path, there);
  return there;
};
const { readFile } = fs.promises;
fs.promises.readFile = (path, ...rest) =>
  readFile(path, ...rest).catch((error) => {
    if (error.code === 'ENOENT') note(path, false);
    throw error;
  });
require('node:module').syncBuiltinESMExports();
`;

const npm = (cwd, ...args) =>
  execFileSync('npm', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

/** Runs a command in the empty project; it has to end with the status and say what the pattern says. */
function check(what, command, args, { status = 0, says, input = '' }) {
  const started = Date.now();
  const r = spawnSync(command, args, { cwd: project, env: hooked, encoding: 'utf8', input });
  const good = r.status === status && (says === undefined || says.test(r.stdout));
  console.log(`${good ? 'ok' : 'FAILED'}: ${what} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (good) return;
  failed++;
  console.log(`${command} ${args.join(' ')}: status ${r.status}\n${r.stdout}\n${r.stderr}`);
}

/** Files of the house that commands have looked for in the package, where they are not. */
function notPacked(installed) {
  const base = realpathSync(installed);
  const paths = existsSync(missed) ? new Set(readFileSync(missed, 'utf8').split('\n')) : [];
  return [...paths]
    .map((path) => relative(base, path).replaceAll('\\', '/'))
    .filter((path) => path !== '' && !path.startsWith('..') && !MADE_ON_DEMAND.test(path))
    .map((path) => path.replace(/^node_modules\/@trap12\//, 'packages/'))
    .filter((path) => existsSync(join(root, path)));
}

try {
  for (const dir of [project, prefix, env.HOME]) mkdirSync(dir);
  writeFileSync(hook, HOOK);
  const [{ filename, size }] = JSON.parse(
    npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder),
  );
  const archive = join(folder, filename);
  console.log(`${filename}: ${(size / (1 << 20)).toFixed(1)} MB`);
  writeFileSync(join(project, 'package.json'), '{ "name": "stranger", "private": true }\n');
  npm(project, 'install', '--offline', '--no-audit', '--no-fund', archive);
  npm(project, 'install', '--global', '--prefix', prefix, '--offline', '--no-audit', '--no-fund', archive);

  const installed = join(project, 'node_modules/trap12');
  for (const file of [
    'man/trap12.1',
    'completions/trap12.bash',
    'completions/_trap12',
    'completions/trap12.fish',
    'LICENSE',
  ])
    if (!existsSync(join(installed, file))) {
      failed++;
      console.log(`FAILED: the package has no ${file}`);
    }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const hash = readFileSync(join(root, 'packages/kernel/dist/image/kernel.hash'), 'utf8').slice(0, 12);
  const says = new RegExp(`^trap12 ${version.replaceAll('.', '\\.')}, kernel image ${hash}, Node v`);
  check('npx trap12 --version', 'npx', ['--offline', 'trap12', '--version'], { says });
  check('the globally installed one', join(prefix, 'bin/trap12'), ['--version'], { says });
  check('npx trap12 run -- ps', 'npx', ['--offline', 'trap12', 'run', '--quiet', '--', 'ps'], {
    says: /sh -c ps\n/,
  });
  const example = join(installed, 'examples/vmdaemon-2001.txt');
  check('npx trap12 explain-report', 'npx', ['--offline', 'trap12', 'explain-report', '--title', example], {
    says: /page fault in get_ptbase/,
  });
  const trap12 = (...args) => ['--offline', 'trap12', ...args];
  const certified = trap12('reproduce', '--batch', '--certificate', 'r.html', example);
  check('npx trap12 reproduce, with a certificate', 'npx', certified, {
    says: /^Stopped at +vm_fault1\+/m,
  });
  check('certify of it', 'npx', trap12('certify', 'r.html'), {});
  const race = join(installed, 'examples/scenarios/ab-ba.ts');
  const found = ['--schedule', 'e.json', '--certificate', 'e.html'];
  check('explore --certificate', 'npx', trap12('explore', ...found, race), { status: 1 });
  check('replay --certificate', 'npx', trap12('replay', '--certificate', 'p.html', 'e.json'), {});
  const [program, printed] = /```js\n(.*?)```\s+```text\n(.*?)```/s
    .exec(readFileSync(join(installed, 'docs/api.md'), 'utf8'))
    .slice(1);
  writeFileSync(join(project, 'api.mjs'), program);
  check('the first program of docs/api.md', process.execPath, ['api.mjs'], {
    says: new RegExp(`^${printed}$`),
  });
  writeFileSync(
    join(project, 'hello.ts'),
    "export function main(): int {\n  printf('hello\\n');\n  return 7;\n}\n",
  );
  check(
    "a program of one's own",
    'npx',
    ['--offline', 'trap12', 'run', '--quiet', '--program', 'hello.ts', '--', 'hello'],
    { status: 7, says: /^hello\n$/ },
  );
  check('npx trap12 learn 1', 'npx', ['--offline', 'trap12', 'learn', '1'], { says: /^Lesson 1/m });
  for (const node of process.argv.slice(2))
    check(`${node}: run -- ps`, node, [join(installed, 'bin/trap12.js'), 'run', '--quiet', '--', 'ps'], {
      says: /sh -c ps\n/,
    });
  for (const path of notPacked(installed)) {
    failed++;
    console.log(`FAILED: a command looks for ${path}, which is not in the package`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed > 0 ? 1 : 0);
