import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, readSources, report, summary } from './build.js';
import { BUILD_OPTIONS } from './hash.js';
import { fixImports, GLOBALS_FILE } from './imports.js';
import { buildPrograms } from './programs.js';

const USAGE = `usage: kcc build [--src DIR] [--out DIR] [--check] [--allow-undefined] [--allow-errors] [--patch FILE]
       kcc programs [--src DIR] [--out DIR]
       kcc imports [--src DIR] [--check]

build    lowers kernel TypeScript to DIR/kernel.js, kernel.js.map and kernel.json
         --check            only report errors
         --allow-undefined  let uses of undefined names pass; they stop the machine when they are reached
         --allow-errors     the same for whole functions with errors
         --patch FILE       functions in FILE replace those of the same name (may be repeated)
programs compiles the programs for user space of DIR/userland/usr
imports  rewrites the import blocks of the kernel's files; --check only says which are out of date
`;

const KERNEL = resolve(dirname(fileURLToPath(import.meta.url)), '../../kernel');

/** Runs the command; returns the exit status. What the file system or the parser refuses is one line. */
export function main(argv: string[]): number {
  try {
    return command(argv);
  } catch (error) {
    const { code, path, message } = error as NodeJS.ErrnoException;
    if (error instanceof RangeError) process.stderr.write('kcc: an expression is nested too deeply\n');
    else if (code === undefined) throw error;
    else process.stderr.write(`kcc: ${path ?? ''}: ${message}\n`);
    return 2;
  }
}

function command(argv: string[]): number {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const patches: string[] = [];
  const [verb, ...rest] = argv;
  for (let i = 0; i < rest.length; i++) {
    const a = rest[i] as string;
    const takesFile = a === '--src' || a === '--out' || (a === '--patch' && verb === 'build');
    const file = takesFile ? rest[++i] : undefined;
    if (takesFile && (file === undefined || file === '')) {
      process.stderr.write(`kcc: ${a} needs the name of a file or directory\n`);
      return 2;
    }
    if (file === undefined) flags.add(a);
    else if (a === '--patch') patches.push(file);
    else values.set(a, file);
  }
  const known = verb === 'build' ? ['--check', '--allow-undefined', '--allow-errors'] : ['--check'];
  const bad = [...flags].find((f) => !known.includes(f));
  if (!['build', 'programs', 'imports'].includes(verb ?? '') || bad !== undefined) {
    process.stderr.write(bad === undefined ? USAGE : `kcc: unknown option ${bad}\n${USAGE}`);
    return 2;
  }
  if (verb === 'programs') return runPrograms(values.get('--src') ?? join(KERNEL, '..'), values.get('--out'));
  const src = resolve(values.get('--src') ?? join(KERNEL, 'src'));
  return verb === 'build'
    ? runBuild(src, resolve(values.get('--out') ?? join(KERNEL, 'dist/image')), flags, patches)
    : runImports(src, flags.has('--check'));
}

function runBuild(src: string, out: string, flags: Set<string>, patches: string[]): number {
  const options = {
    ...BUILD_OPTIONS,
    allowUndefined: flags.has('--allow-undefined'),
    allowErrors: flags.has('--allow-errors'),
  };
  const r = build(src, out, options, flags.has('--check'), patches);
  const shown = relative(process.cwd(), src) || '.';
  process.stderr.write(report(shown, r.errors));
  process.stderr.write(summary(`warning: ${shown}`, r.warnings));
  if (r.cached) process.stdout.write('kcc: kernel image is up to date\n');
  else if (!r.ok) process.stderr.write(`kcc: ${r.errors.length} error${r.errors.length === 1 ? '' : 's'}\n`);
  else if (!flags.has('--check'))
    process.stdout.write(`kcc: wrote ${relative(process.cwd(), out)}/kernel.{js,json}\n`);
  return r.ok ? 0 : 1;
}

function runPrograms(packages: string, out = join(packages, 'userland/dist/usr')): number {
  const { built, errors } = buildPrograms(packages, out);
  process.stderr.write(report(relative(process.cwd(), packages) || '.', errors));
  if (built.length > 0) process.stdout.write(`kcc: compiled ${built.join(' ')}\n`);
  else if (errors.length === 0) process.stdout.write('kcc: programs are up to date\n');
  return errors.length > 0 ? 1 : 0;
}

function runImports(src: string, check: boolean): number {
  const files = readSources(src);
  const globals = join(src, GLOBALS_FILE);
  if (existsSync(globals)) files.set(GLOBALS_FILE, readFileSync(globals, 'utf8'));
  const changed = fixImports(files);
  for (const [path, text] of changed) {
    if (!check) writeFileSync(join(src, path), text);
    process.stdout.write(`${check ? 'out of date' : 'rewrote'}: ${path}\n`);
  }
  return check && changed.size > 0 ? 1 : 0;
}
