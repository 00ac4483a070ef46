/**
 * What somebody gets who has nothing of the house: packs the package, installs it into an empty folder and,
 * as `npm i -g` does, under another prefix, without network, and runs the main jobs from there.
 *
 *     node tools/check-package.mjs [NODE...]
 *
 * with other versions of Node to run it by, too. Needs a built house. Ends with 1 if something is not as it
 * should be.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = mkdtempSync(join(tmpdir(), 'trap12-package-'));
const project = join(folder, 'project');
const prefix = join(folder, 'prefix');
/** Nothing of this user's settings and of npm's own environment. */
const env = { PATH: process.env.PATH, HOME: join(folder, 'home'), npm_config_cache: join(folder, 'cache') };
let failed = 0;

const npm = (cwd, ...args) =>
  execFileSync('npm', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

/** Runs a command in the empty project; it has to end with the status and say what the pattern says. */
function check(what, command, args, { status = 0, says, input = '' }) {
  const started = Date.now();
  const r = spawnSync(command, args, { cwd: project, env, encoding: 'utf8', input });
  const good = r.status === status && (says === undefined || says.test(r.stdout));
  console.log(`${good ? 'ok' : 'FAILED'}: ${what} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (good) return;
  failed++;
  console.log(`${command} ${args.join(' ')}: status ${r.status}\n${r.stdout}\n${r.stderr}`);
}

try {
  for (const dir of [project, prefix, env.HOME]) mkdirSync(dir);
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
  check('npx trap12 reproduce', 'npx', ['--offline', 'trap12', 'reproduce', '--batch', example], {
    says: /^Stopped at +vm_fault1\+/m,
  });
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
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed > 0 ? 1 : 0);
