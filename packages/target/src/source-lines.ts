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
