import type { Execution } from './execution.js';
import type { SymbolTable } from './symbols.js';
import type { Target } from './target.js';
import type { KnownProgram } from './user.js';

/** A file of the kernel's sources, or of a program's. */
export interface SourceFile {
  /** As the image has it */
  readonly name: string;
  readonly symbols: SymbolTable;
  /** Index into the image's files */
  readonly file: number;
  /** Whose it is; undefined: the kernel's */
  readonly program: KnownProgram | undefined;
}

/**
 * The files that a path means, which may be the end of one or longer than it; as indexes into the
 * image's files.
 */
export function filesNamed(symbols: SymbolTable, path: string): number[] {
  const wanted = `/${path.replaceAll('\\', '/')}`;
  return symbols.image.files.flatMap((name, i) =>
    `/${name}`.endsWith(wanted) || wanted.endsWith(`/${name}`) ? [i] : [],
  );
}

/**
 * The files that a path means in the kernel; if there is none, those in each program that has it: what
 * programs share (libc) is in many of them.
 */
export function sourceFiles({ symbols, programs }: Target, path: string): SourceFile[] {
  const inOne = (table: SymbolTable, program?: KnownProgram): SourceFile[] =>
    filesNamed(table, path).map((file) => ({
      ...{ name: table.image.files[file]!, symbols: table, file, program },
    }));
  const kernel = inOne(symbols);
  if (kernel.length > 0) return kernel;
  // A program may have several names.
  const known = new Set(programs?.names.flatMap((name) => programs.named(name) ?? []));
  return [...known].flatMap((program) => inOne(program.symbols, program));
}

/**
 * The lines of a file where the machine can stand, each with the first such address of each function in it;
 * in order.
 */
export function placesByLine(
  { symbols, file, program }: SourceFile,
  execution: Execution,
): Map<number, number[]> {
  const found = new Map<number, Map<number, number>>();
  for (const [address, symbol, itsFile, line] of symbols.image.sites) {
    if (itsFile !== file) continue;
    const at = found.get(line) ?? new Map<number, number>();
    if (at.has(symbol) || execution.place(address >>> 0, program) !== address >>> 0) continue;
    found.set(line, at.set(symbol, address >>> 0));
  }
  const lines = [...found].sort(([a], [b]) => a - b);
  return new Map(lines.map(([line, places]) => [line, [...places.values()]]));
}

/** A line of the sources where the machine can stand, and its first place in the text. */
export interface LinePlace {
  readonly address: number;
  /** Whose text it is; undefined: the kernel's */
  readonly program: KnownProgram | undefined;
  readonly line: number;
}

/**
 * The line, or the next one below it, where the machine can stand, of one that is given as `FILE:LINE`, in
 * each program that has the file if the kernel has none, as `FUNCTION:LINE`, a line of the function's file,
 * or as `PROGRAM:FUNCTION:LINE`. Lines count from 1.
 * @returns undefined: the text names no line, but something else or nothing
 * @throws RangeError if the file is not there or is not the only one of its name, or has, or the function
 *   has, no such line
 */
export function linePlaces(target: Target, execution: Execution, text: string): LinePlace[] | undefined {
  const { where, digits } = /^(?<where>.+):(?<digits>\d+)$/.exec(text)?.groups ?? {};
  if (where === undefined) return undefined;
  const line = Number(digits);
  if (where.endsWith('.ts')) return lineOfFile(target, execution, where, line);
  // `sh:1000` is an address in sh.
  if (target.programs?.named(where) !== undefined) return undefined;
  return lineOfFunction(target, execution, where, line);
}

function lineOfFile(target: Target, execution: Execution, path: string, wanted: number): LinePlace[] {
  const files = sourceFiles(target, path);
  if (files.length === 0) throw new RangeError(`neither the kernel nor a program has a file ${path}`);
  if (new Set(files.map(({ name }) => name)).size > 1)
    throw new RangeError(`more than one file is called ${path}: say more of the path`);
  const found = files.flatMap((file) => {
    const { program } = file;
    const first = [...placesByLine(file, execution)].find(([line]) => line >= wanted);
    return first === undefined ? [] : [{ address: first[1][0]!, program, line: first[0] }];
  });
  if (found.length > 0 && wanted > 0) return found;
  throw new RangeError(`the machine cannot stand at line ${wanted} of ${path}, nor below it`);
}

function lineOfFunction(
  target: Target,
  execution: Execution,
  where: string,
  wanted: number,
): LinePlace[] | undefined {
  const [name = '', owner = 'kernel'] = where.split(':').reverse();
  const program = owner === 'kernel' ? undefined : target.programs?.named(owner);
  if (owner !== 'kernel' && program === undefined) return undefined;
  const { image } = program?.symbols ?? target.symbols;
  const own = image.symbols.findIndex((symbol) => symbol.name === name);
  const places = image.sites
    .filter(([at, symbol]) => symbol === own && execution.place(at >>> 0, program) === at >>> 0)
    .map(([at, , , line]) => ({ address: at >>> 0, program, line }))
    .sort((a, b) => a.line - b.line);
  const [first] = places;
  if (first === undefined) return undefined;
  const found = places.find(({ line }) => line >= wanted);
  if (found !== undefined && wanted >= first.line) return [found];
  throw new RangeError(
    `the machine can stand in ${name} at lines from ${first.line} to ${places.at(-1)!.line}, not at ${wanted}`,
  );
}
