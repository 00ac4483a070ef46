/** Modules of tests, which are TypeScript: compiled with what they import, so that any Node can have them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

/** What a module exports. @param path from the root of the tree */
export async function testModule(path) {
  const input = fileURLToPath(new URL(`../../${path}`, import.meta.url));
  const bundle = await rolldown({ input, platform: 'node', logLevel: 'silent' });
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
  await bundle.close();
  const dir = mkdtempSync(join(tmpdir(), 'trap12-fuzz-'));
  try {
    const file = join(dir, 'module.mjs');
    writeFileSync(file, output[0].code);
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
