import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compile, format, readSources } from '@trap12/kcc';
import type { Kernel, KernelModule } from '@trap12/system';
import { loadExecutables } from '@trap12/system/node';

const SRC = fileURLToPath(new URL('../../kernel/src', import.meta.url));
const PATCH = 'patch/mutant.ts';

/** A deliberate bug: in `fn` of `file`, `from` becomes `to`. */
export interface Mutation {
  file: string;
  fn: string;
  from: string;
  to: string;
}

/** The text of a top-level function, down to the brace that closes it at the left margin. */
function functionText(source: string, name: string): string {
  const start = source.search(new RegExp(`^(export )?function\\*? ${name}\\(`, 'm'));
  const end = source.indexOf('\n}\n', start);
  if (start < 0 || end < 0) throw new Error(`no function ${name}`);
  return source.slice(start, end + 3);
}

/** Builds the kernel with a patch file that holds the function with the bug. */
export async function mutate(bug: Mutation): Promise<Kernel> {
  const files = readSources(SRC);
  const text = functionText(files.get(bug.file) ?? '', bug.fn);
  const parts = text.split(bug.from);
  if (parts.length !== 2) throw new Error(`${bug.fn} has ${parts.length - 1} times: ${bug.from}`);
  files.set(PATCH, parts.join(bug.to));
  const built = compile(files, { patches: [PATCH] });
  if (built.errors.length > 0) throw new Error(built.errors.map(format).join('\n'));
  const dir = mkdtempSync(join(tmpdir(), 'trap12-mutant-'));
  try {
    const path = join(dir, 'kernel.mjs');
    writeFileSync(path, built.js.replace(/\/\/# sourceMappingURL.*/, ''));
    const module = (await import(pathToFileURL(path).href)) as KernelModule;
    return { module, image: built.image, executables: loadExecutables() };
  } finally {
    rmSync(dir, { recursive: true });
  }
}
