import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  compileProgram,
  executableFile,
  fixImports,
  format,
  isOverflow,
  type KernelImage,
  readLibrary,
  TOO_DEEP,
} from '@trap12/kcc';
import tsc from '@trap12/kcc/ts.js';
import { checkNeeds, NEED, shown } from '@trap12/target';
import type { Executable } from './kernel.js';
import { readText } from './read-file.js';

/** The folder of the packages, where the kernel's headers and libc are. */
const PACKAGES = fileURLToPath(new URL('../../', import.meta.url));

let library: Map<string, string> | undefined;

/** What a program may be called: it is a file of /bin, and a word of the shell's. */
const NAME = /^[A-Za-z\d_][\w.+-]{0,63}$/;
const NAME_TEXT = 'up to 64 letters, digits and . _ + - (the first: a letter, a digit or _)';

const CRT0 = 'userland/usr/csu/crt0.ts';
const NO_MAIN = 'a program needs a function main(argc: int, argv: ptr<str>): int (it may take less)';

/** A program of a user's own does not compile: a line for each error, `file:line:column: message`. */
export class CompileError extends Error {}

/**
 * What kcc gets through the host may still refuse: it has a parser of its own for what was made.
 * @param files of the user's, as errors name them
 * @throws CompileError if the host's stack does not hold it
 */
export function fitting<T>(files: readonly string[], act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!isOverflow(error)) throw error;
    throw new CompileError(`${files.length > 1 ? 'one of ' : ''}${files.join(', ')}: ${TOO_DEEP}`);
  }
}

/** Programs that this process has compiled, by name, file and text; of lessons each try wants the same. */
const compiled = new Map<string, Executable>();
const COMPILED_MAX = 16;

/**
 * Compiles a program from its text (docs/userland.md); what it uses of libc and of the kernel's headers need
 * not be imported.
 * @param name what it is to be called in /bin
 * @param file how errors and debuggers name it
 * @throws CompileError; RangeError if that is no name, or no text
 */
export function compileText(name: string, text: string, file = `${name}.ts`): Executable {
  if (typeof name !== 'string' || !NAME.test(name))
    throw new RangeError(`compileText: name ${shown(name)}: accepted: ${NAME_TEXT}`);
  checkNeeds('compileText', { text, file }, { text: NEED.text, file: NEED.text });
  const key = keyOf({ name, file, text });
  const executable = compiled.get(key) ?? fitting([file], () => compiledNow(name, text, file));
  // The one that was asked for last is the last to be forgotten.
  compiled.delete(key);
  compiled.set(key, executable);
  for (const old of [...compiled.keys()].slice(0, -COMPILED_MAX)) compiled.delete(old);
  return executable;
}

/** A program's text, and how it and its file are called. */
interface Source {
  name: string;
  file: string;
  text: string;
}

/** What it is known by among those that were compiled. */
const keyOf = ({ name, file, text }: Source): string => JSON.stringify([name, file, text]);

/** That of a file; the program is called like it. @throws an error of Node's */
const sourceAt = (path: string): Source => ({
  ...{ name: basename(path).replace(/\.ts$/, ''), file: path, text: readText(path) },
});

/** A program that was compiled, as plain data: another thread may make an executable of it. */
export interface MadeProgram extends Source {
  js: string;
  image: KernelImage;
}

/**
 * Compiles a file as compileFile() does, for another thread.
 * @throws as compileFile()
 */
export function makeProgram(path: string): MadeProgram {
  const source = sourceAt(path);
  const { code, image } = compileSource(source);
  return { ...source, js: code(), image: image!() };
}

/** Takes over what another thread has compiled: compileFile() finds it, if the file is still the same. */
export function takeProgram({ name, file, text, js, image }: MadeProgram): void {
  compiled.set(keyOf({ name, file, text }), executableOf(name, js, image));
}

/** Has compileFile() nothing to do, as the file was compiled before? */
export function isCompiled(path: string): boolean {
  return compiled.has(keyOf(sourceAt(path)));
}

const executableOf = (name: string, js: string, image: KernelImage): Executable => ({
  ...{ name, directory: 'bin', file: executableFile(image), code: () => js, image: () => image },
});

function compiledNow(name: string, text: string, file: string): Executable {
  library ??= readLibrary(PACKAGES);
  // The block of imports that is put in front moves the lines: errors are to name those of the file.
  const path = `userland/usr/bin/${name}/${name}.ts`;
  const whole = fixImports(new Map([...library, [path, text]])).get(path) ?? text;
  const moved = whole.split('\n').length - text.split('\n').length;
  const { js, image, errors } = compileProgram(library, new Map([[path, whole]]));
  if (errors.length > 0) {
    const line = (n: number): number => Math.max(1, n - moved);
    const theirs = errors.filter((e) => e.file === path).map((e) => ({ ...e, file, line: line(e.line) }));
    // What calls main is whole: what is wrong there is the program's main, or that there is none.
    const at = text.slice(0, Math.max(0, text.search(/\bmain\b/))).split('\n').length;
    if (errors.some((e) => e.file === CRT0))
      theirs.push({ file, line: at, column: 1, message: NO_MAIN, undefinedName: false });
    const shown = (theirs.length > 0 ? theirs : errors).map(format);
    // An error may name another place of the same file.
    const named = (text: string): string =>
      text.replaceAll(/\buserland\/usr\/bin\/[^:\s]+:(\d+)/g, (at, n) =>
        at.startsWith(`${path}:`) ? `${file}:${line(Number(n))}` : at,
      );
    throw new CompileError(shown.map(named).join('\n'));
  }
  renameFile(image, path, file, moved);
  // A host that does not take it should say so now, and not when somebody executes it.
  new Function(js.replace(/^export /m, ''));
  return executableOf(name, js, image);
}

/** Has debuggers know a file by another name, with its lines as many fewer. */
function renameFile(image: KernelImage, from: string, to: string, lines: number): void {
  const index = image.files.indexOf(from);
  if (index < 0) return;
  const moved = (line: number): number => Math.max(1, line - lines);
  image.files[index] = to;
  for (const row of image.sites) if (row[2] === index) row[3] = moved(row[3]);
  for (const each of [...image.symbols, ...Object.values(image.structs)])
    if (each.file === from) Object.assign(each, { file: to, line: moved(each.line) });
}

/**
 * The same from a file; the program is called like it.
 * @throws CompileError, also if it is called like no program; an error of Node's
 */
export function compileFile(path: string): Executable {
  checkNeeds('compileFile', { path }, { path: NEED.text });
  return compileSource(sourceAt(path));
}

function compileSource({ name, file, text }: Source): Executable {
  if (!NAME.test(name))
    throw new CompileError(
      `${file}: a program is called like its file: ${shown(name)}: accepted: ${NAME_TEXT}`,
    );
  return compileText(name, text, file);
}

/** A function at the top level of a text. */
export interface TopFunction {
  /** Its type, without blanks; undefined: none is written */
  type: string | undefined;
  /** Where its body begins, with the brace, and ends */
  from: number;
  to: number;
  /** A return of its own has a value */
  givesBack: boolean;
}

/** The functions of a text, as the compiler's parser finds them: a head may stand as its writer likes. */
export function topFunctions(text: string): TopFunction[] {
  const source = tsc.createSourceFile('text.ts', text, tsc.ScriptTarget.ES2022);
  const givesBack = (node: Parameters<typeof tsc.forEachChild>[0]): boolean =>
    tsc.isReturnStatement(node)
      ? node.expression !== undefined
      : tsc.forEachChild(node, (child) => givesBack(child) || undefined) === true;
  return source.statements.flatMap((st): TopFunction[] => {
    if (!tsc.isFunctionDeclaration(st) || st.body === undefined) return [];
    const type = st.type?.getText(source).replace(/\s+/g, '');
    return [{ type, from: st.body.getStart(source), to: st.body.end, givesBack: givesBack(st.body) }];
  });
}
