import type { Executable } from '@trap12/system';
import { Option } from 'commander';
import { SourceError, usageError, whyNot } from './exit.js';
import { compileAhead } from './work/compile-ahead.js';
import { examplePath } from './learn/shipped.js';

/** `--program FILE.ts`, collecting. */
export function programOption(): Option {
  return new Option(
    '--program <file>',
    'compile FILE.ts and put it into /bin (docs/userland.md; may be repeated)',
  )
    .argParser((value: string, before: string[]) => [...before, value])
    .default([], 'none');
}

/** Compiles programs of the user's own; the compiler is loaded only then. */
export async function compileAll(files: readonly string[]): Promise<Executable[]> {
  if (files.length === 0) return [];
  const { compileFile, CompileError } = await import('@trap12/system/compile.js');
  const all: Executable[] = [];
  for (const file of files)
    try {
      const path = examplePath(file);
      await compileAhead({ programs: [path] });
      all.push(compileFile(path));
    } catch (error) {
      if (error instanceof CompileError) throw new SourceError(error.message);
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      throw usageError(`--program ${file}: ${whyNot(error)}`);
    }
  return all;
}
