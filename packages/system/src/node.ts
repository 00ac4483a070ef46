import { existsSync, readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type KernelImage, type ProgramName, parseImage } from '@trap12/kcc/image.js';
import { checkNeeds, NEED, type Need } from '@trap12/target';
import { Interruption, type InterruptionOptions, leaveSignals } from './interruption.js';
import { NoProgressError, type RunHost } from './run.js';
import { RAM_BYTES, SWAP_BYTES } from './options.js';
import { placeFile, wholeContent } from './place-file.js';
import { readWhole } from './read-file.js';
import { SnapshotError } from './snapshot.js';
import { evaluateKept } from './kept-code.js';
import type { BoundKernel, CreateProgram, Executable, Kernel, KernelModule } from './kernel.js';

/** Where `npm run build` puts the kernel; as far from here in src as in dist. */
const IMAGE_DIR = fileURLToPath(new URL('../../kernel/dist/image/', import.meta.url));

/** The kernel's sources, which its image names. */
export const SOURCES = fileURLToPath(new URL('../../kernel/src', import.meta.url));

const PROGRAM_DIR = fileURLToPath(new URL('../../userland/dist/usr/', import.meta.url));

/** The folder that TRAP12_KERNEL names; else that of the kernel as built. */
const imageDir = (): string => process.env.TRAP12_KERNEL || IMAGE_DIR;

/** There is no kernel, or no whole one, where one is looked for. */
export class NoKernelError extends Error {
  override readonly name = 'NoKernelError';
}

/** A file of the kernel in a folder. @throws NoKernelError */
function kernelFile(dir: string, name: string): { path: string; text: string } {
  const path = join(dir, name);
  try {
    return { path, text: readFileSync(path, 'utf8') };
  } catch (error) {
    if (dir === IMAGE_DIR) throw new NoKernelError('the kernel is not built: run `npm run build`');
    throw new NoKernelError(
      `no kernel image in ${dir}${dir === process.env.TRAP12_KERNEL ? ', which TRAP12_KERNEL names' : ''}: ${(error as Error).message}`,
    );
  }
}

/** The image that was loaded last. */
let lastImage: { text: string; image: KernelImage } | undefined;

/**
 * Loads the image alone of the kernel in `dir`; see loadKernel.
 * @throws NoKernelError
 */
export function loadImage(dir = imageDir()): KernelImage {
  const { path, text } = kernelFile(dir, 'kernel.json');
  // Of the same text it is the same one: it is only read, and to take megabytes of JSON apart takes a while.
  if (lastImage?.text === text) return lastImage.image;
  try {
    const image = parseImage(text, path);
    lastImage = { text, image };
    return image;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw new NoKernelError((error as Error).message);
    throw new NoKernelError(`${path} is no kernel image: ${error.message}`);
  }
}

/** Where the sources of programs are, which their images name. */
export const PROGRAM_SOURCES = fileURLToPath(new URL('../..', import.meta.url));

/** Loads the image of a program; undefined if there is none of that name. */
export function loadProgramImage(name: string): KernelImage | undefined {
  const names = JSON.parse(readFileSync(`${PROGRAM_DIR}programs.json`, 'utf8')) as Record<
    string,
    ProgramName
  >;
  return Object.hasOwn(names, name) ? programImage(names[name]!.program) : undefined;
}

function programImage(program: string): KernelImage {
  const path = `${PROGRAM_DIR}${program}.json`;
  return parseImage(readFileSync(path, 'utf8'), path);
}

const FOLDER: Need = { is: NEED.text.is, text: 'the path of a folder, undefined for the kernel as built' };

/**
 * Loads a kernel from the files that kcc wrote.
 * @param dir where they are; the environment's TRAP12_KERNEL, or the kernel as built, by default
 * @param form which of its two forms
 * @throws NoKernelError; RangeError if that is no path, or there is no such form
 */
export async function loadKernel(dir = imageDir(), form: BoundKernel['form'] = 'fast'): Promise<Kernel> {
  checkNeeds('loadKernel', { dir, form }, { dir: FOLDER, form: NEED.form });
  const image = loadImage(dir);
  const { path, text } = kernelFile(dir, form === 'fast' ? 'kernel.js' : `kernel.${form}.js`);
  // In one line with what comes before it: lines and columns stay those of the file.
  const script = `(()=>{${text.replace(/^export /m, '')}\nreturn{createKernel}})()`;
  const module = evaluateKept(`${path}.code`, pathToFileURL(path).href, script) as KernelModule;
  return { module, image, executables: loadExecutables() };
}

/** The programs as they were loaded last, by name. */
const loaded = new Map<string, Executable>();

/**
 * The programs that kcc has compiled. One that has not changed since it was loaded before is the same: what
 * has been made of its code serves all machines of a process.
 */
export function loadExecutables(): Executable[] {
  const list = `${PROGRAM_DIR}programs.json`;
  if (!existsSync(list)) throw new Error('the programs are not built: run `npm run build`');
  const names = JSON.parse(readFileSync(list, 'utf8')) as Record<string, ProgramName>;
  return Object.entries(names).map(([name, { directory, program }]) => {
    const file = readFileSync(`${PROGRAM_DIR}${program}.aout`);
    const known = loaded.get(name);
    // What identifies its code stands in the file.
    if (known !== undefined && known.directory === directory && file.equals(known.file)) return known;
    const executable: Executable = {
      name,
      directory,
      file,
      code: () => readFileSync(`${PROGRAM_DIR}${program}.js`, 'utf8'),
      evaluate: (script, form) =>
        evaluateKept(`${PROGRAM_DIR}${program}.${form}.code`, `program/${name}.js`, script) as CreateProgram,
      image: () => programImage(program),
    };
    loaded.set(name, executable);
    return executable;
  });
}

/** Lets Node's signals, timers and streams have their turn; for runFor. */
export function nodeTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Host time that a machine may take between two points where it can stop. By the host's clock these are made
 * a fraction of a second apart (run.ts), however slow it is, but where the kernel loops. So long may a Ctrl-C
 * have to wait then, too: Node could break into a script at a signal, but there are moments in which the
 * signal ends the process, and others in which a stream that is being written to stays stuck (6 of 100
 * tries).
 */
const PATIENCE_MS = 30_000;

/** What the script below calls. */
const guarded: { call: () => unknown } = { call: () => undefined };
(globalThis as Record<symbol, unknown>)[Symbol.for('trap12.guarded')] = guarded;
/** Node watches over scripts only, not over calls. */
const watched = new Script("globalThis[Symbol.for('trap12.guarded')].call()");

/**
 * Calls what may never come back: the kernel is ordinary code of the host, and so is an endless loop in it.
 * @throws NoProgressError if it has not come back after that time of the host's, in ms
 */
export function guardedCall<T>(call: () => T, patienceMs: number): T {
  guarded.call = call;
  try {
    return watched.runInThisContext({ timeout: patienceMs }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new NoProgressError(
      `no progress: the simulated kernel has not looked at the time for ${patienceMs / 1000} s (an endless loop?)`,
    );
  }
}

/** Host time that a function may take which a debugger calls. */
const CALL_PATIENCE_MS = 10_000;

/**
 * Calls a function of the kernel for a debugger, as Execution.guard: one that does not come back is taken
 * back at a SIGINT, or when its time is over. Nothing is read or written meanwhile, so that a signal breaks
 * into the function alone (see PATIENCE_MS).
 * @param onInterrupt told of the signal, which no listener gets
 * @throws NoProgressError
 */
export function debuggersCall<T>(call: () => T, onInterrupt?: () => void, patienceMs = CALL_PATIENCE_MS): T {
  guarded.call = call;
  try {
    return watched.runInThisContext({ timeout: patienceMs, breakOnSigint: true }) as T;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw new NoProgressError(`has not come back in ${patienceMs / 1000} s (an endless loop?)`);
    if (code !== 'ERR_SCRIPT_EXECUTION_INTERRUPTED') throw error;
    leaveSignals();
    onInterrupt?.();
    throw new NoProgressError('was interrupted');
  }
}

/**
 * Node as the host of a long run. From its making to close(), Ctrl-C ends the run, where the machine looks at
 * the time next; it can go on from there.
 */
export class NodeHost implements RunHost {
  private readonly interruption: Interruption;
  readonly turn = nodeTurn;
  readonly elapsedMs = (): number => performance.now();

  /**
   * @param patienceMs host time without progress, after which the machine is taken to be in an endless loop
   */
  constructor(
    private readonly patienceMs = PATIENCE_MS,
    options: Pick<InterruptionOptions, 'twiceEnds' | 'whileBusy'> = {},
  ) {
    this.interruption = new Interruption(options);
  }

  get interrupted(): boolean {
    return this.interruption.interrupted;
  }

  set interrupted(is: boolean) {
    this.interruption.interrupted = is;
  }

  /** Calls a function at Ctrl-C; at once, if it has come. */
  onStop(call: () => void): void {
    this.interruption.onPress(call);
  }

  readonly stop = (): boolean => this.interrupted;

  readonly guard = <T>(call: () => T): T => guardedCall(call, this.patienceMs);

  /** Ctrl-C is the process's own again. */
  close(): void {
    this.interruption.close();
  }
}

/** Writes a saved machine to a file, compressed, as placeFile() does. */
export function writeSnapshot(path: string, bytes: Uint8Array): void {
  placeFile(path, wholeContent(gzipSync(bytes, { level: 1 })));
}

/** Does a file begin as writeSnapshot() begins one? @param head its first bytes */
export const isSnapshot = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b;

/** All that a machine may have, its RAM and its disk, is hardly more when it is compressed. */
export const SAVED_MAX = RAM_BYTES.high + SWAP_BYTES.high - 1;

/**
 * Reads a file that writeSnapshot() wrote.
 * @throws SnapshotError if it is no such file; an error of Node's
 */
export function readSnapshot(path: string): Uint8Array {
  return snapshotIn(
    readWhole(path, SAVED_MAX, (head) => {
      if (!isSnapshot(head)) throw noSnapshot();
    }),
  );
}

const noSnapshot = (): SnapshotError => new SnapshotError('it is no snapshot of a machine');

/** The same of a file's content. @throws SnapshotError; RangeError if it is none */
export function snapshotIn(file: Uint8Array): Uint8Array {
  checkNeeds('snapshotIn', { file }, { file: NEED.bytes });
  if (!isSnapshot(file)) throw noSnapshot();
  try {
    return gunzipSync(file);
  } catch {
    throw new SnapshotError('it is cut short or damaged: its compressed form does not end');
  }
}
