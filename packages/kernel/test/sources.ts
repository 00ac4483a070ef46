import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addMutation, type Mutation, type Options } from '@trap12/kcc';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** A mutant of the kernel that tools/mutants.mjs has on trial: do the tests notice it? */
const MUTANT = process.env.TRAP12_MUTANT;

/**
 * All headers, the files named (paths below src), and the text `stubs`; and what of the options for kcc comes
 * of them.
 */
export function kernelSources(
  files: readonly string[],
  stubs: string,
): { sources: Map<string, string>; options: Options } {
  const headers = ['sys', 'vm', 'i386', 'kern'].flatMap((dir) =>
    readdirSync(join(SRC, dir))
      .filter((f) => f.endsWith('.h.ts'))
      .map((f) => `${dir}/${f}`),
  );
  const sources = new Map<string, string>();
  for (const f of [...headers, ...files]) sources.set(f, readFileSync(join(SRC, f), 'utf8'));
  const mutation = MUTANT === undefined ? undefined : (JSON.parse(MUTANT) as Mutation);
  const patches = mutation !== undefined && sources.has(mutation.file) ? addMutation(sources, mutation) : [];
  sources.set('stubs.ts', stubs);
  return { sources, options: { patches, allowUndefined: true, allowErrors: true } };
}
