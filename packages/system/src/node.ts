import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type KernelImage, parseImage } from '@trap12/kcc/image.js';
import type { Kernel, KernelModule } from './kernel.js';

/** Where `npm run build` puts the kernel; as far from here in src as in dist. */
const IMAGE_DIR = fileURLToPath(new URL('../../kernel/dist/image/', import.meta.url));

const imageDir = (): string => process.env.TRAP12_KERNEL ?? IMAGE_DIR;

/** Loads the image alone of the kernel in `dir`; see loadKernel. */
export function loadImage(dir = imageDir()): KernelImage {
  const path = `${dir}kernel.json`;
  if (!existsSync(path)) throw new Error('the kernel is not built: run `npm run build`');
  return parseImage(readFileSync(path, 'utf8'), path);
}

/**
 * Loads a kernel from the files that kcc wrote.
 * @param dir where they are, with a slash at the end; the environment's TRAP12_KERNEL, or the kernel as built, by default
 */
export async function loadKernel(dir = imageDir()): Promise<Kernel> {
  const image = loadImage(dir);
  const module = (await import(pathToFileURL(`${dir}kernel.js`).href)) as KernelModule;
  return { module, image };
}

/** Lets Node's signals, timers and streams have their turn; for runFor. */
export function nodeTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
