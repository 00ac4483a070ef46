import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type KernelImage, parseImage } from '@trap12/kcc/image.js';
import type { Executable, Kernel, KernelModule } from './kernel.js';

/** Where `npm run build` puts the kernel; as far from here in src as in dist. */
const IMAGE_DIR = fileURLToPath(new URL('../../kernel/dist/image/', import.meta.url));

const PROGRAM_DIR = fileURLToPath(new URL('../../userland/dist/usr/', import.meta.url));

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
  return { module, image, executables: loadExecutables() };
}

/** The programs that kcc has compiled. */
function loadExecutables(): Executable[] {
  const list = `${PROGRAM_DIR}programs.json`;
  if (!existsSync(list)) throw new Error('the programs are not built: run `npm run build`');
  const places = JSON.parse(readFileSync(list, 'utf8')) as Record<string, string>;
  return Object.entries(places).map(([name, directory]) => ({
    name,
    directory,
    file: readFileSync(`${PROGRAM_DIR}${name}.aout`),
    code: () => readFileSync(`${PROGRAM_DIR}${name}.js`, 'utf8'),
  }));
}

/** Lets Node's signals, timers and streams have their turn; for runFor. */
export function nodeTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
