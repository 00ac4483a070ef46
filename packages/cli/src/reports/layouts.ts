import { fileURLToPath } from 'node:url';
import { loadImage } from '@trap12/kcc/image.js';
import type { StructLayouts } from '@trap12/report';

/** Where `npm run build` puts the kernel's image; as far from here in src as in dist. */
const IMAGE = fileURLToPath(new URL('../../../kernel/dist/image/kernel.json', import.meta.url));

/** The struct layouts of our own kernel, for naming fields of null pointers; without a built kernel, none. */
export function kernelLayouts(): StructLayouts | undefined {
  try {
    const { hash, structs } = loadImage(IMAGE);
    return { version: `trap12 ${hash.slice(0, 12)}`, structs };
  } catch {
    return undefined;
  }
}
