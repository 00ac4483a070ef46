import { closeSync, existsSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type KernelImage, type ProgramName, parseImage } from '@trap12/kcc/image.js';
import { SnapshotError } from './snapshot.js';
import type { BoundKernel, Executable, Kernel, KernelModule } from './kernel.js';

/** Where `npm run build` puts the kernel; as far from here in src as in dist. */
const IMAGE_DIR = fileURLToPath(new URL('../../kernel/dist/image/', import.meta.url));

/** The kernel's sources, which its image names. */
export const SOURCES = fileURLToPath(new URL('../../kernel/src', import.meta.url));

const PROGRAM_DIR = fileURLToPath(new URL('../../userland/dist/usr/', import.meta.url));

const imageDir = (): string => process.env.TRAP12_KERNEL ?? IMAGE_DIR;

/** Loads the image alone of the kernel in `dir`; see loadKernel. */
export function loadImage(dir = imageDir()): KernelImage {
  const path = `${dir}kernel.json`;
  if (!existsSync(path)) throw new Error('the kernel is not built: run `npm run build`');
  return parseImage(readFileSync(path, 'utf8'), path);
}

/** Where the sources of programs are, which their images name. */
export const PROGRAM_SOURCES = fileURLToPath(new URL('../..', import.meta.url));

/** Loads the image of a program; undefined if there is none of that name. */
export function loadProgramImage(name: string): KernelImage | undefined {
  const names = JSON.parse(readFileSync(`${PROGRAM_DIR}programs.json`, 'utf8')) as Record<
    string,
    ProgramName
  >;
  if (!Object.hasOwn(names, name)) return undefined;
  const path = `${PROGRAM_DIR}${names[name]!.program}.json`;
  return parseImage(readFileSync(path, 'utf8'), path);
}

/**
 * Loads a kernel from the files that kcc wrote.
 * @param dir where they are, with a slash at the end; the environment's TRAP12_KERNEL, or the kernel as built, by default
 * @param form which of its two forms
 */
export async function loadKernel(dir = imageDir(), form: BoundKernel['form'] = 'fast'): Promise<Kernel> {
  const image = loadImage(dir);
  const file = form === 'fast' ? 'kernel.js' : `kernel.${form}.js`;
  const module = (await import(pathToFileURL(`${dir}${file}`).href)) as KernelModule;
  return { module, image, executables: loadExecutables() };
}

/** The programs that kcc has compiled. */
export function loadExecutables(): Executable[] {
  const list = `${PROGRAM_DIR}programs.json`;
  if (!existsSync(list)) throw new Error('the programs are not built: run `npm run build`');
  const names = JSON.parse(readFileSync(list, 'utf8')) as Record<string, ProgramName>;
  return Object.entries(names).map(([name, { directory, program }]) => ({
    name,
    directory,
    file: readFileSync(`${PROGRAM_DIR}${program}.aout`),
    code: () => readFileSync(`${PROGRAM_DIR}${program}.js`, 'utf8'),
  }));
}

/** Lets Node's signals, timers and streams have their turn; for runFor. */
export function nodeTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Writes a saved machine to a file, compressed; in one step, so that there is never half of one. */
export function writeSnapshot(path: string, bytes: Uint8Array): void {
  writeFileSync(`${path}.new`, gzipSync(bytes, { level: 1 }));
  renameSync(`${path}.new`, path);
}

/** Does a file begin as writeSnapshot() begins one? */
export function isSnapshot(path: string): boolean {
  const fd = openSync(path, 'r');
  try {
    const start = new Uint8Array(2);
    return readSync(fd, start, 0, 2, 0) === 2 && start[0] === 0x1f && start[1] === 0x8b;
  } finally {
    closeSync(fd);
  }
}

/**
 * Reads a file that writeSnapshot() wrote.
 * @throws SnapshotError if it is no such file
 */
export function readSnapshot(path: string): Uint8Array {
  const file = readFileSync(path);
  if (file[0] !== 0x1f || file[1] !== 0x8b) throw new SnapshotError('it is no snapshot of a machine');
  try {
    return gunzipSync(file);
  } catch {
    throw new SnapshotError('it is cut short or damaged: its compressed form does not end');
  }
}
