/**
 * Tests run what was built, as everybody gets it: the test runner does not compile a package's own sources a
 * second time, and there is one of each module. `npm test` builds first; where somebody calls vitest alone,
 * what has changed is compiled here. (The kernel and the programs are kcc's: `npm run build`.)
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Has a source of a package been written since the package was compiled? */
function isStale(folder) {
  const isKernel = folder.endsWith('kernel');
  const record = join(folder, isKernel ? 'dist' : '', 'tsconfig.tsbuildinfo');
  const made = statSync(record, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = join(folder, isKernel ? 'host' : 'src');
  return readdirSync(sources, { recursive: true }).some(
    (name) => name.endsWith('.ts') && statSync(join(sources, name)).mtimeMs > made,
  );
}

/**
 * Compiles the packages of a house, if one of them is stale. Where that fails no test is of any use: the
 * process ends then, behind what the compiler says.
 */
export function compileStale(house) {
  const packages = join(house, 'packages');
  const folders = readdirSync(packages).map((name) => join(packages, name));
  if (!folders.some((folder) => existsSync(join(folder, 'package.json')) && isStale(folder))) return;
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-b', 'packages'], { cwd: house, stdio: 'inherit' });
  if (status === 0) return;
  console.error('no test was run: the packages do not compile (above)');
  process.exit(1);
}

/** Vitest's global set-up. */
export const setup = () => compileStale(root);

/** The built module in the place of a source which a test imports; undefined if it imports none. */
export function builtOf(source, importer = '') {
  const path = join(dirname(importer), source).replaceAll('\\', '/');
  const [, folder, name] = /^(.*\/packages\/([\w-]+))\/test\//.exec(importer.replaceAll('\\', '/')) ?? [];
  if (folder === undefined || !source.startsWith('.') || !path.startsWith(`${folder}/`)) return undefined;
  const inside = path.slice(folder.length + 1);
  if (name === 'kernel') return /^(?:src|host)\//.test(inside) ? `${folder}/dist/${inside}` : undefined;
  return inside.startsWith('src/') ? `${folder}/dist/${inside.slice('src/'.length)}` : undefined;
}
