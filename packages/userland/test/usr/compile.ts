import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compile, fixImports, format, type KernelImage } from '@trap12/kcc';

/** A function as kcc lowers it: the return address, then the arguments. */
export type Fn = (ra: number, ...args: unknown[]) => unknown;

/** A user program with its libc, ready to be given a machine. */
export interface Compiled {
  image: KernelImage;
  create(hw: unknown): { functions: Record<string, Fn>; table: Map<number, Fn> };
}

const PACKAGES = fileURLToPath(new URL('../../../', import.meta.url));
const USR = 'userland/usr';
const CRT0 = `${USR}/csu/crt0.ts`;
const isSource = (name: string): boolean => name.endsWith('.ts') && !name.endsWith('.d.ts');

/** Files below packages/DIR, by their path from packages. */
function read(dir: string, wanted: (name: string) => boolean): [string, string][] {
  return readdirSync(join(PACKAGES, dir), { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && wanted(e.name))
    .map((e) => join(e.parentPath, e.name))
    .map((path) => [path.slice(PACKAGES.length).replaceAll('\\', '/'), readFileSync(path, 'utf8')]);
}

/** The kernel's headers, libc and crt0, read once. */
const LIBRARY = new Map([
  ...read('kernel/src', (name) => name.endsWith('.h.ts')),
  ...['include', 'csu', 'lib'].flatMap((d) => read(`${USR}/${d}`, isSource)),
]);

/**
 * What stands for the intrinsics of user programs here: primitives of the harness, which find a system call's
 * arguments at the frame of the function that makes it.
 */
const PRIMITIVES = `
declare function hw_syscall(n: int): int;
declare function hw_syscall64(n: int): i64;
declare function hw_vfork(n: int): int;
declare function hw_rfork(n: int, stack: u32, start: u32, arg: u32): int;
declare function hw_edx(): int;
declare function hw_work(cycles: int): void;
declare function hw_setjmp(env: u32): int;
declare function hw_longjmp(eip: u32, ebp: u32, esp: u32, val: int): never;
`;

/** The files that a program needs: its own, crt0, and all that these import, directly or not. */
function closure(program: ReadonlyMap<string, string>): Map<string, string> {
  const files = new Map([...LIBRARY, ...program]);
  const out = new Map<string, string>();
  const todo = [CRT0, ...program.keys()];
  for (let path = todo.pop(); path !== undefined; path = todo.pop()) {
    const text = files.get(path);
    if (text === undefined || out.has(path)) continue;
    out.set(path, text);
    for (const [, module] of text.matchAll(/^(?:import|\}).* from '([^']*)\.js';$/gm))
      todo.push(`${posix.join(posix.dirname(path), module as string)}.ts`);
  }
  return out;
}

/** Refused in the kernel; in C, and so in user programs, a local may be called like a function elsewhere. */
const SHADOWS = /^\w+ shadows a kernel name, that of /;

async function build(program: ReadonlyMap<string, string>): Promise<Compiled> {
  const files = closure(program);
  for (const [path, text] of files)
    files.set(path, text.replace(/\$(syscall64|syscall|vfork|rfork|edx|work|setjmp|longjmp)\(/g, 'hw_$1('));
  files.set('primitives.ts', PRIMITIVES);
  const r = compile(files, {});
  const errors = r.errors.filter((d) => !SHADOWS.test(d.message));
  if (errors.length > 0) throw new Error(errors.map(format).join('\n'));
  const path = join(mkdtempSync(join(tmpdir(), 'usr-')), 'program.mjs');
  writeFileSync(path, r.js.replace(/\/\/# sourceMappingURL.*/, ''));
  const module = (await import(pathToFileURL(path).href)) as { createKernel: Compiled['create'] };
  return { image: r.image, create: module.createKernel };
}

const cache = new Map<string, Promise<Compiled>>();

/** The program of a directory: `bin/cat`. */
export function program(dir: string): Promise<Compiled> {
  let p = cache.get(dir);
  if (p === undefined) {
    p = build(new Map(read(`${USR}/${dir}`, isSource)));
    cache.set(dir, p);
  }
  return p;
}

/** A program given as text, without imports; without a main it is a library to be called into. */
export function source(text: string): Promise<Compiled> {
  const main = /function main\(/.test(text)
    ? ''
    : '\nexport function main(argc: int, argv: ptr<str>): int { return 0; }\n';
  const path = `${USR}/bin/test/test.ts`;
  const whole = text + main;
  return build(new Map([[path, fixImports(new Map([...LIBRARY, [path, whole]])).get(path) ?? whole]]));
}
