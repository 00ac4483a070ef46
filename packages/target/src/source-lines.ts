import type { Execution } from './execution.js';
import type { SymbolTable } from './symbols.js';
import type { KnownProgram } from './user.js';

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
 * The lines of a file where the machine can stand, each with the first such address of each function in it;
 * in order.
 * @param program whose file it is; the kernel's unless given
 */
export function placesByLine(
  symbols: SymbolTable,
  execution: Execution,
  file: number,
  program?: KnownProgram,
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
