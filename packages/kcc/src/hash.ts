/**
 * The hash by which an image is known: of the kernel's sources, of what the compiler was told, and of the
 * compiler. It can be had of another state of the house, too, without building that.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Options } from './program.js';
import tsc from './ts.js';

/** What `kcc build` tells the compiler, where nothing else is asked for; as JSON it is part of the hash. */
export const BUILD_OPTIONS: Options = { allowUndefined: false, allowErrors: false, patches: [] };

/**
 * @param modules the compiler's, as JavaScript, in order of their names
 * @param files the kernel's sources, in order of their paths
 */
export function hashOf(
  modules: Iterable<string | Uint8Array>,
  files: ReadonlyMap<string, string>,
  options: Options,
): string {
  const h = createHash('sha256');
  for (const module of modules) h.update(module);
  h.update(JSON.stringify(options));
  for (const [path, text] of files) h.update(`\0${path}\0${text}`);
  return h.digest('hex').slice(0, 32);
}

/** The compiler's own modules, in order of their names. */
export function ownModules(): Uint8Array[] {
  const self = dirname(fileURLToPath(import.meta.url));
  const names = readdirSync(self).sort();
  return names.filter((f) => f.endsWith('.js')).map((f) => readFileSync(join(self, f)));
}

/** A hash of the sources, the options and kcc itself. */
export const hashInputs = (files: ReadonlyMap<string, string>, options: Options): string =>
  hashOf(ownModules(), files, options);

/** Does a file, by its path from the folder of packages, have a part in the programs? */
export const isOfPrograms = (path: string): boolean =>
  /^(userland\/usr\/.*|kernel\/src\/.*\.h)\.ts$/.test(path) && !path.endsWith('.d.ts');

/**
 * The hash by which all programs that a machine comes with are known together.
 * @param files all that have a part in them, in any order
 */
export const hashOfPrograms = (
  modules: Iterable<string | Uint8Array>,
  files: Iterable<readonly [path: string, text: string]>,
): string => hashOf(modules, new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))), {});

/**
 * What tsc makes of a module of a package whose modules are ECMAScript's, byte for byte: types are left out,
 * and nothing else needs another module (`isolatedModules`).
 * @param name the source file's, without folder
 * @param configs texts of the tsconfig.json files that apply, the most general one first
 */
export function emitted(name: string, text: string, configs: readonly string[]): string {
  const raw = configs.map((config) => tsc.parseConfigFileTextToJson('tsconfig.json', config).config);
  const all = Object.assign({}, ...raw.map((config) => config?.compilerOptions));
  const { options } = tsc.convertCompilerOptionsFromJson(all, '');
  const compilerOptions = { ...options, module: tsc.ModuleKind.ESNext };
  return tsc.transpileModule(text, { compilerOptions, fileName: name }).outputText;
}
