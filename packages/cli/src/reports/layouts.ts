import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { StructLayouts } from '@trap12/report';

/** Files of the house, as far from here in dist as in src; from dist/quick, too, where bundles lie. */
const place = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
/** Where the kernel's image is, as `loadImage` has it, and beside it its hash alone. */
const imageDir = (): string => process.env.TRAP12_KERNEL ?? place('kernel/dist/image/');
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
    return layouts.version === versionOf(readFileSync(`${imageDir()}kernel.hash`, 'utf8'))
      ? layouts
      : undefined;
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
  const [{ loadImage }, { SymbolTable, typeText }] = await Promise.all([
    import('@trap12/system/node.js'),
    import('@trap12/target'),
  ]);
  const image = loadImage();
  const symbols = new SymbolTable(image);
  const structs: StructLayouts['structs'] = {};
  for (const [name, { size, fields }] of Object.entries(image.structs)) {
    const rows = Object.entries(fields).map(([field, { offset, size: bytes, type }]) => [
      field,
      { offset, size: bytes, type: typeText(symbols, type) },
    ]);
    structs[name] = { size, fields: Object.fromEntries(rows) };
  }
  return { version: versionOf(image.hash), structs };
}

function versionOf(hash: string): string {
  return `trap12 ${hash.slice(0, 12)}`;
}
