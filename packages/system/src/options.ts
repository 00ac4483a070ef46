import { DEFAULT_REGIME } from '@trap12/kernel';
import { checkNeeds, NEED, type Need, shown } from '@trap12/target';
import type { Executable } from './kernel.js';

/** What a machine is and what it begins with. One number decides everything: this, the seed. */
export interface SystemOptions {
  /** RAM_BYTES */
  ramBytes: number;
  /** NCPU */
  ncpu: number;
  /** Size of disk 0, all of it swap: SWAP_BYTES, or 0 for no disk */
  swapBytes: number;
  /** SEED */
  seed: number;
  /** A locking regime, as parseRegime takes it */
  locking: string;
  /** What init gives to the shell; undefined: the console gets an interactive one */
  command: string | undefined;
  /** What the command reads as its standard input; undefined: that is the console */
  input: Uint8Array | undefined;
  /**
   * Files of the root file system, by path from the root, with or without a slash in front: besides the
   * standard ones, or in place of them
   */
  files: Readonly<Record<string, Uint8Array | string>>;
  /** Programs besides the standard ones, or in place of those of the same name (compile.ts) */
  executables: readonly Executable[];
  /** Stop in the debugger on a panic; otherwise dump and reboot as BSD does */
  debuggerOnPanic: boolean;
  /**
   * Frames a second from the network that the machine is on, at random times: PACKETS; 0: there is no network
   * card
   */
  packetsPerSecond: number;
  /** Probability with which a disk command fails by chance: DISK_ERRORS */
  diskErrorRate: number;
  /** More kernel variables to set before the kernel starts, by name; 32 bits each */
  tunables: Readonly<Record<string, number>>;
}

/** The numbers that an option accepts. */
export interface Range {
  readonly low: number;
  readonly high: number;
  /** What they are multiples of */
  readonly multiple: number;
  /** For people, without the multiple */
  readonly text: string;
}

/** Bytes of memory. */
export const RAM_BYTES: Range = { low: 4 << 20, high: 2 ** 31, multiple: 4096, text: '4M to 2G' };
/** Processors. */
export const NCPU: Range = { low: 1, high: 8, multiple: 1, text: '1 to 8' };
/** Of a disk that is there. */
export const SWAP_BYTES: Range = {
  low: 1 << 20,
  high: 2 ** 31,
  multiple: 4096,
  text: '1M to 2G, or 0 for none',
};
/** Seeds. */
export const SEED: Range = { low: 0, high: Number.MAX_SAFE_INTEGER, multiple: 1, text: '0 to 2^53 - 1' };
/** Frames a second. */
export const PACKETS: Range = { low: 0, high: 1_000_000, multiple: 1, text: '0 to 1000000' };

/** A probability: any number, not integers only. */
export const DISK_ERRORS = { low: 0, high: 1, text: '0 to 1' };

/** What holds where nothing is given. */
export const DEFAULT_OPTIONS: SystemOptions = {
  ramBytes: 64 << 20,
  ncpu: 1,
  swapBytes: 64 << 20,
  seed: 1,
  locking: DEFAULT_REGIME,
  command: undefined,
  input: undefined,
  files: {},
  executables: [],
  debuggerOnPanic: true,
  packetsPerSecond: 0,
  diskErrorRate: 0,
  tunables: {},
};

/** Is it a number that the range accepts? */
export function inRange(value: number, { low, high, multiple }: Range): boolean {
  return Number.isSafeInteger(value) && value >= low && value <= high && value % multiple === 0;
}

/** What a range accepts, for a message. */
export function accepted({ text, multiple }: Range): string {
  return multiple === 1 ? text : `${text}, a multiple of ${multiple / 1024}K`;
}

/**
 * The options as given, the others by default. What depends on the kernel (locking, tunables) is checked by
 * createSystem.
 * @throws RangeError that names the option and says what it accepts
 */
export function completeOptions(given: Partial<SystemOptions>): SystemOptions {
  checkNeeds('completeOptions', { options: given }, { options: NEED.setup });
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(DEFAULT_OPTIONS, name));
  if (unknown !== undefined)
    throw new RangeError(`no option ${unknown}; accepted: ${Object.keys(DEFAULT_OPTIONS).join(', ')}`);
  const options: SystemOptions = { ...DEFAULT_OPTIONS, ...given };
  check('ramBytes', options.ramBytes, RAM_BYTES);
  check('ncpu', options.ncpu, NCPU);
  if (options.swapBytes !== 0) check('swapBytes', options.swapBytes, SWAP_BYTES);
  check('seed', options.seed, SEED);
  check('packetsPerSecond', options.packetsPerSecond, PACKETS);
  const rate = options.diskErrorRate;
  if (!(typeof rate === 'number' && rate >= DISK_ERRORS.low && rate <= DISK_ERRORS.high))
    throw new RangeError(`diskErrorRate ${shown(rate)}: accepted: ${DISK_ERRORS.text}`);
  for (const [name, { is, text }] of Object.entries(FORMS)) {
    const value = options[name as keyof SystemOptions];
    if (!is(value)) throw new RangeError(`${name} ${shown(value)}: accepted: ${text}`);
  }
  return options;
}

function check(name: string, value: number, range: Range): void {
  if (!inRange(value, range)) throw new RangeError(`${name} ${shown(value)}: accepted: ${accepted(range)}`);
}

/** Is it an object of names, each with such a value? */
const record =
  (each: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    // A Map has its values elsewhere, and would be taken for one without any.
    Object.prototype.toString.call(value) === '[object Object]' && Object.values(value as object).every(each);

const isBytes = (value: unknown): boolean => value instanceof Uint8Array;
const isText = (value: unknown): boolean => typeof value === 'string';

function isExecutable(value: unknown): boolean {
  const { name, directory, file } = (value ?? {}) as Partial<Record<keyof Executable, unknown>>;
  return isText(name) && isText(directory) && isBytes(file);
}

/** Options that are no numbers, by what they have to be: not every caller has a compiler that looks. */
const FORMS: Readonly<Partial<Record<keyof SystemOptions, Need>>> = {
  locking: { is: isText, text: "a regime's name, as parseRegime takes it" },
  command: {
    is: (value) => value === undefined || (isText(value) && !(value as string).includes('\0')),
    text: 'a string without NUL, or undefined for a shell',
  },
  input: {
    is: (value) => value === undefined || isBytes(value),
    text: 'a Uint8Array, or undefined for the console',
  },
  files: {
    is: record((value) => isBytes(value) || isText(value)),
    text: 'an object of strings and Uint8Arrays, by path',
  },
  executables: {
    is: (value) => Array.isArray(value) && value.every(isExecutable),
    text: 'an array of what compileText() or compileFile() gives',
  },
  debuggerOnPanic: { is: (value) => typeof value === 'boolean', text: 'true or false' },
  tunables: { is: record(Number.isSafeInteger), text: 'an object of whole numbers, by variable' },
};
