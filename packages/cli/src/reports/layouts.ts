import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { StructLayouts } from '@trap12/report';

/** Files of the house, as far from here in dist as in src; from dist/quick, too, where bundles lie. */
const place = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const IMAGE = place('kernel/dist/image/kernel.json');
/** The image's hash alone, which kcc writes beside it. */
const HASH = place('kernel/dist/image/kernel.hash');
/** The layouts alone, which tools/quick-start.mjs takes out of the image. */
export const LAYOUTS = place('cli/dist/quick/layouts.json');

/** The struct layouts of our own kernel, for naming fields of null pointers; without a built kernel, none. */
export async function kernelLayouts(): Promise<StructLayouts | undefined> {
  const ready = layoutsOfBuild();
  if (ready !== undefined) return ready;
  try {
    return await imageLayouts();
  } catch {
    return undefined;
  }
}

/** The layouts that were taken out of the image, if they are those of the kernel as it is built now. */
export function layoutsOfBuild(): StructLayouts | undefined {
  try {
    const layouts = JSON.parse(readFileSync(LAYOUTS, 'utf8')) as StructLayouts;
    return layouts.version === versionOf(readFileSync(HASH, 'utf8')) ? layouts : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The layouts in the image.
 *
 * @throws Error if the kernel is not built
 */
export async function imageLayouts(): Promise<StructLayouts> {
  const { loadImage } = await import('@trap12/kcc/image.js');
  const { hash, structs } = loadImage(IMAGE);
  const out: StructLayouts['structs'] = {};
  for (const [name, { size, fields }] of Object.entries(structs)) {
    const rows = Object.entries(fields).map(([field, { offset, size: bytes, type }]) => [
      field,
      { offset, size: bytes, type },
    ]);
    out[name] = { size, fields: Object.fromEntries(rows) };
  }
  return { version: versionOf(hash), structs: out };
}

function versionOf(hash: string): string {
  return `trap12 ${hash.slice(0, 12)}`;
}
