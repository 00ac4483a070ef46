/**
 * Writes the import blocks of the user programs' sources (packages/userland/usr), as `kcc imports` writes the
 * kernel's. A program is a directory of bin, sbin, usr.bin ...: its names are its own, so each is looked at
 * with libc alone.
 *
 * usage: node tools/user-imports.mjs [--check] [PLACE ...]     PLACE: the beginning of a path below usr, as
 * bin/sh or lib
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PACKAGES = join(dirname(fileURLToPath(import.meta.url)), '../packages');
const USR = 'userland/usr';
const PROGRAMS = ['bin', 'sbin', 'usr.bin', 'usr.sbin'];
/** Where what fixImports calls kcc.globals.d.ts lies. */
const GLOBALS = `${USR}/include/globals.d.ts`;

/** Files below packages/DIR by their path from there. */
function read(dir, wanted) {
  const root = join(PACKAGES, dir);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && wanted(e.name))
    .map((e) => `${join(e.parentPath, e.name).slice(PACKAGES.length + 1)}`.replaceAll('\\', '/'))
    .map((path) => [path, readFileSync(join(PACKAGES, path), 'utf8')]);
}

const isSource = (name) => name.endsWith('.ts') && !name.endsWith('.d.ts');
const isHeader = (name) => name.endsWith('.h.ts');

/** The directories of programs: each holds one. */
function programs() {
  return PROGRAMS.flatMap((place) => {
    const dir = join(PACKAGES, USR, place);
    if (!existsSync(dir)) return [];
    return readdirSync(dir, { withFileTypes: true })
      .filter((e) => e.isDirectory())
      .map((e) => `${USR}/${place}/${e.name}`);
  });
}

/** The first of some places at which no source begins; undefined: there is none such. */
function nowhere(places) {
  const parts = ['include', 'csu', 'lib', ...PROGRAMS];
  const paths = parts
    .flatMap((dir) => read(`${USR}/${dir}`, isSource))
    .map(([path]) => path.slice(USR.length + 1));
  return places.find((place) => !paths.some((path) => path.startsWith(place)));
}

async function main(check, places) {
  const wrong = nowhere(places);
  if (wrong !== undefined) {
    process.stderr.write(
      `user-imports: no source below packages/${USR} begins with ${wrong}; accepted: as bin/sh, lib, include\n`,
    );
    return 2;
  }
  const { fixImports } = await import(pathToFileURL(join(PACKAGES, 'kcc/dist/index.js')).href);
  const library = new Map([
    ...read('kernel/src', isHeader),
    ...['include', 'csu', 'lib'].flatMap((d) => read(`${USR}/${d}`, isSource)),
  ]);
  const changed = new Map();
  const globals = new Set();
  const note = (files, own) => {
    for (const [path, text] of fixImports(files)) {
      if (path === 'kcc.globals.d.ts') for (const l of text.split('\n')) globals.add(l);
      else if (path.startsWith(own)) changed.set(path, text);
    }
  };
  note(library, USR);
  for (const dir of programs()) note(new Map([...library, ...read(dir, isSource)]), dir);
  const lines = [...globals].filter((l) => l.startsWith('declare')).sort();
  const head = [...globals].filter((l) => l.startsWith('//'));
  const text = [...head, ...lines, '']
    .join('\n')
    .replaceAll(`./${USR}/`, '../')
    .replaceAll('./kernel/', '../../../kernel/');
  if (!existsSync(join(PACKAGES, GLOBALS)) || readFileSync(join(PACKAGES, GLOBALS), 'utf8') !== text)
    changed.set(GLOBALS, text);
  for (const [path, content] of changed) {
    const below = path.slice(USR.length + 1);
    if (places.length > 0 && path !== GLOBALS && !places.some((p) => below.startsWith(p))) continue;
    if (!check) writeFileSync(join(PACKAGES, path), content);
    process.stdout.write(`${check ? 'out of date' : 'rewrote'}: packages/${path}\n`);
  }
  return check && changed.size > 0 ? 1 : 0;
}

const args = process.argv.slice(2);
process.exitCode = await main(
  args.includes('--check'),
  args.filter((a) => a !== '--check'),
);
