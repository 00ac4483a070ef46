import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { loadImage, type KernelImage } from '@trap12/kcc/image.js';
import type { Primitives } from '@trap12/machine';

/** A lowered function; may-sleep ones return generators. */
// biome-ignore lint/suspicious/noExplicitAny: the signature is the kernel function's own
export type KernelFunction = (...args: any[]) => any;

/** A kernel bound to a machine. */
export interface BoundKernel {
  functions: Record<string, KernelFunction>;
  table: Map<number, KernelFunction>;
  /** May-sleep functions as far as they get without waiting; then suspended() tells whether they have come to their end. */
  first: Record<string, KernelFunction>;
  /** After a call of `first`: null if it returned, or what has to be run until it does. To be asked at once. */
  suspended(): Generator<number, unknown, unknown> | null;
}

/** What kernel.js exports. */
export interface KernelModule {
  createKernel(hw: Primitives): BoundKernel;
}

/** The package's folder, from the compiled module (dist/host) or, under test, from its source (host). */
const PACKAGE = new URL(import.meta.url.includes('/dist/') ? '../../' : '../', import.meta.url);
const IMAGE_DIR = fileURLToPath(new URL('dist/image/', PACKAGE));

/** The kernel as built: its code and its image. Loaded once. */
export async function loadKernelFiles(
  dir = IMAGE_DIR,
): Promise<{ module: KernelModule; image: KernelImage }> {
  if (!existsSync(`${dir}kernel.json`)) throw new Error('the kernel is not built: run `npm run build`');
  const image = loadImage(`${dir}kernel.json`);
  const module = (await import(pathToFileURL(`${dir}kernel.js`).href)) as KernelModule;
  return { module, image };
}

/** The kernel's source line, for listings; undefined where the source is not at hand. */
export function kernelSource(file: string): string | undefined {
  const path = fileURLToPath(new URL(`src/${file}`, PACKAGE));
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
