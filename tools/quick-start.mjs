/**
 * Makes the command start quickly: its modules and the report reader's in a few files, for Node takes longer
 * to find a hundred modules than to run them; the kernel's struct layouts apart from its image, which is
 * twenty times as long; and what Node's compiler makes of both forms of the kernel and of some programs while
 * a machine runs. All are copies that are used only while they are of the present build (bin/trap12.js,
 * reports/layouts.ts, system/src/kept-code.ts); without them everything works as well, later.
 *
 * Both forms of the kernel that was built have to run their first commands here: one that does not is no
 * build, and is told with status 1. Quick when there is nothing to do.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { whyNot } from './first-commands.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cli = join(root, 'packages/cli/dist');
const out = join(cli, 'quick');
/** The programs that the first commands come by. */
const PROGRAMS = new Set(['init', 'sh', 'ls', 'wc', 'ps', 'cat', 'dd', 'memcheck']);

async function bundle() {
  const made = statSync(join(out, 'main.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const compiled = ['cli', 'report'].map(
    (name) => statSync(join(root, 'packages', name, 'tsconfig.tsbuildinfo')).mtimeMs,
  );
  if (made > Math.max(...compiled)) return;
  const { build } = await import('rolldown');
  await build({
    input: { main: join(cli, 'main.js') },
    platform: 'node',
    // The kernel and what runs it find their files by their own place; libraries for archives are seldom
    // needed.
    external: [
      /^@trap12\/(?!report)/,
      'modern-tar',
      'xz-decompress',
      'fzstd',
      'seek-bzip',
      'piscina',
      'node-sqlite3-wasm',
    ],
    logLevel: 'silent',
    output: {
      dir: out,
      format: 'esm',
      minify: true,
      entryFileNames: '[name].js',
      chunkFileNames: '[name].js',
      // What shows a report is wanted whole or not at all.
      codeSplitting: { groups: [{ name: 'present', test: /report[\\/]dist[\\/]present[\\/]/ }] },
    },
  });
}

async function layouts() {
  const { imageLayouts, layoutsPath } = await import(pathToFileURL(join(cli, 'reports/layouts.js')).href);
  const path = layoutsPath();
  if (path === undefined || existsSync(path)) return;
  mkdirSync(out, { recursive: true });
  for (const old of readdirSync(out)) if (old.startsWith('layouts-')) rmSync(join(out, old));
  writeFileSync(path, JSON.stringify(await imageLayouts()));
}

/** The hashes of kernel and programs as they are built; what ran once needs not be run again. */
function built() {
  const hashes = ['kernel/dist/image/kernel.hash', 'userland/dist/usr/programs.hash'];
  return hashes.map((path) => readFileSync(join(root, 'packages', path), 'utf8').trim()).join(' ');
}

/** Of the kernel and the programs what Node compiles when they run; throws where they do not run. */
async function code() {
  const { evaluateProgram } = await import('@trap12/system/kernel.js');
  const { loadKernel } = await import('@trap12/system/node.js');
  const { isCodeMissing } = await import('@trap12/system/kept-code.js');
  const forms = { fast: await loadKernel(), checked: await loadKernel(undefined, 'checked') };
  for (const [form, { executables }] of Object.entries(forms))
    for (const each of executables) if (PROGRAMS.has(each.name)) evaluateProgram(each, form);
  const record = join(out, 'runs');
  const present = built();
  if (existsSync(record) && readFileSync(record, 'utf8') === present && !isCodeMissing()) return;
  for (const kernel of Object.values(forms)) {
    const why = await whyNot(kernel);
    if (why !== undefined) throw new Error(why);
  }
  mkdirSync(out, { recursive: true });
  writeFileSync(record, present);
}

// Of what was built, whatever the environment names.
delete process.env.TRAP12_KERNEL;
try {
  await code();
} catch (error) {
  console.error(`quick-start: the kernel that was built does not run its first commands: ${error.message}`);
  process.exit(1);
}
try {
  const { keepCode } = await import('@trap12/system/kept-code.js');
  keepCode();
  await bundle();
  await layouts();
} catch (error) {
  console.error(`quick-start: ${error.message} (the command works all the same)`);
}
