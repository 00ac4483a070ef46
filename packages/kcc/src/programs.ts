import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { executableFile } from './aout.js';
import { makeDirectory } from './build.js';
import { hashInputs, hashOfPrograms, ownModules } from './hash.js';
import { type CompileResult, compile } from './compile.js';
import type { ProgramName } from './image.js';
import type { Diagnostic } from './diag.js';
import type { Options } from './program.js';

/*
 * Programs for user space: each is compiled together with crt0 and with what it imports of libc and of the
 * kernel's headers, directly or not, and of that only what `start` needs becomes part of it.
 */

const USR = 'userland/usr';
const CRT0 = `${USR}/csu/crt0.ts`;
/** Where programs come from, below usr, and where they go to. */
const PLACES: Record<string, string> = { bin: 'bin', sbin: 'sbin', 'usr.bin': 'bin', 'usr.sbin': 'sbin' };
/** Other names of programs, by which they know what they are to do (LINKS in BSD's Makefiles). */
const LINKS: Record<string, string> = { '[': 'test', halt: 'reboot', swapinfo: 'pstat' };

const OPTIONS: Options = { form: 'user', roots: ['start'] };

const isSource = (name: string): boolean => name.endsWith('.ts') && !name.endsWith('.d.ts');

/** Files below `packages`/dir, by their path from there. */
function read(packages: string, dir: string, wanted: (name: string) => boolean): [string, string][] {
  const root = resolve(packages);
  return readdirSync(join(root, dir), { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && wanted(e.name))
    .map((e) => join(e.parentPath, e.name))
    .map((path) => [path.slice(root.length + 1).replaceAll('\\', '/'), readFileSync(path, 'utf8')]);
}

/** What every program may import: the kernel's headers, and the headers and libraries of user space. */
export function readLibrary(packages: string): Map<string, string> {
  return new Map([
    ...read(packages, 'kernel/src', (name) => name.endsWith('.h.ts')),
    ...['include', 'csu', 'lib'].flatMap((d) => read(packages, `${USR}/${d}`, isSource)),
  ]);
}

const IMPORT = /^(?:import|\}).* from '([^']*)\.js';$/gm;

/** The files that a program needs: its own, crt0, and all that these import, directly or not. */
export function programFiles(
  library: ReadonlyMap<string, string>,
  own: ReadonlyMap<string, string>,
): Map<string, string> {
  const out = new Map<string, string>();
  const todo = [CRT0, ...own.keys()];
  for (let path = todo.pop(); path !== undefined; path = todo.pop()) {
    const text = own.get(path) ?? library.get(path);
    if (text === undefined || out.has(path)) continue;
    out.set(path, text);
    for (const [, module] of text.matchAll(IMPORT))
      todo.push(`${posix.join(posix.dirname(path), module as string)}.ts`);
  }
  return new Map([...out].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Compiles a program: its own files beside those of the library that they import. */
export function compileProgram(
  library: ReadonlyMap<string, string>,
  own: ReadonlyMap<string, string>,
): CompileResult {
  const files = programFiles(library, own);
  const r = compile(files, OPTIONS);
  r.image.hash = hashInputs(files, OPTIONS);
  return r;
}

export interface ProgramsResult {
  built: string[];
  errors: Diagnostic[];
}

/** Compiles a program to the files NAME.js, NAME.json and NAME.aout, unless they are of these sources. */
function buildProgram(
  library: ReadonlyMap<string, string>,
  own: ReadonlyMap<string, string>,
  path: string,
): { built: boolean; errors: Diagnostic[] } {
  const stamp = `${path}.hash`;
  const hash = hashInputs(programFiles(library, own), OPTIONS);
  const whole = ['js', 'json', 'aout', 'hash'].every((kind) => existsSync(`${path}.${kind}`));
  if (whole && readFileSync(stamp, 'utf8') === hash) return { built: false, errors: [] };
  const { js, image, errors } = compileProgram(library, own);
  if (errors.length > 0) return { built: false, errors };
  // While they are being written the files are of no sources.
  rmSync(stamp, { force: true });
  writeFileSync(`${path}.js`, js);
  writeFileSync(`${path}.json`, JSON.stringify(image));
  writeFileSync(`${path}.aout`, executableFile(image));
  writeFileSync(stamp, hash);
  return { built: true, errors: [] };
}

/**
 * Compiles the programs of the tree, those of which something has changed, to `out`: NAME.js and NAME.json,
 * a list of all, and the hash of all together.
 */
export function buildPrograms(packages: string, out: string): ProgramsResult {
  const root = resolve(packages);
  const library = readLibrary(root);
  const result: ProgramsResult = { built: [], errors: [] };
  const list: Record<string, ProgramName> = {};
  makeDirectory(out);
  for (const [place, to] of Object.entries(PLACES)) {
    for (const name of readdirSync(join(root, USR, place)).sort()) {
      const own = new Map(read(root, `${USR}/${place}/${name}`, isSource));
      if (own.size === 0) continue;
      const { built, errors } = buildProgram(library, own, join(out, name));
      result.errors.push(...errors);
      if (built) result.built.push(name);
      // With errors it stays what it was without them; if it never was, there is no program of that name.
      if (existsSync(join(out, `${name}.aout`))) list[name] = { directory: to, program: name };
    }
  }
  for (const [name, program] of Object.entries(LINKS)) {
    const of = list[program];
    if (of !== undefined) list[name] = of;
  }
  writeFileSync(join(out, 'programs.json'), JSON.stringify(list));
  // Headers are read already; of the rest of the kernel nothing has a part in programs.
  const parts = new Map([...library, ...read(root, USR, isSource)]);
  writeFileSync(join(out, 'programs.hash'), hashOfPrograms(ownModules(), parts));
  return result;
}
