import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ParseOptions, StructLayouts } from '@trap12/report';

/** Files of the house, as far from here in dist as in src; from dist/quick, too, where bundles lie. */
const place = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/**
 * What the reader is given beside a text: the struct layouts of our own kernel, for naming fields of null
 * pointers. They are read when it asks for them, which it does for reports of that kernel. Without a built
 * kernel there are none.
 */
export async function layoutOptions(): Promise<ParseOptions> {
  const path = layoutsPath();
  if (path === undefined) return {};
  if (!existsSync(path)) return { layouts: await imageLayouts() };
  let layouts: StructLayouts | undefined;
  return {
    get layouts() {
      layouts ??= JSON.parse(readFileSync(path, 'utf8')) as StructLayouts;
      return layouts;
    },
  };
}

/** The file that names the kernel image. */
export function kernelHashPath(): string {
  return join(process.env.TRAP12_KERNEL || place('kernel/dist/image'), 'kernel.hash');
}

/** File with the hash of the programs that a machine comes with; it may not be there. */
export const programsHashPath = (): string => place('userland/dist/usr/programs.hash');

/**
 * Where the layouts of the kernel as it is built now are, apart from its image, if tools/quick-start.mjs has
 * taken them out of it; undefined without a built kernel.
 */
export function layoutsPath(): string | undefined {
  const hash = kernelHashPath();
  if (!existsSync(hash)) return undefined;
  return place(`cli/dist/quick/layouts-${readFileSync(hash, 'utf8').slice(0, 12)}.json`);
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
  return { version: `trap12 ${image.hash.slice(0, 12)}`, structs };
}
