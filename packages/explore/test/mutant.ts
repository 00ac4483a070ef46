import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { addMutation, compile, format, type Mutation, readSources } from '@trap12/kcc';
import type { Kernel, KernelModule } from '@trap12/system';
import { loadExecutables } from '@trap12/system/node.js';

const SRC = fileURLToPath(new URL('../../kernel/src', import.meta.url));

/** Builds the kernel with a deliberate bug. */
export async function mutate(bug: Mutation): Promise<Kernel> {
  const files = readSources(SRC);
  const built = compile(files, { patches: addMutation(files, bug) });
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
