import type { KernelImage } from '@trap12/kcc/image.js';
import type { Primitives, Program, ProgramHardware, ProgramTable } from '@trap12/machine';
import { type ProgramSymbols, SymbolTable } from '@trap12/target';

/** A lowered function; a may-sleep one may leave REG[R_WAIT] set and have no result yet. */
// biome-ignore lint/suspicious/noExplicitAny: the signature is the kernel function's own
export type KernelFunction = (...args: any[]) => any;

/** A kernel bound to a machine. */
export interface BoundKernel {
  functions: Record<string, KernelFunction>;
  table: Map<number, KernelFunction>;
  /** Goes on at REG[R_EIP] until the context waits; returns why. */
  go(): number;
  /** Of the checked form every access can be left, so that a page fault may sleep anywhere (docs/kcc.md). */
  form: 'fast' | 'checked';
  /** Can a suspended function be gone on with at this text address? */
  isPoint(address: number): boolean;
  /** Of the checked form: can the machine be made to stand before the instruction at this text address? */
  isStep?(address: number): boolean;
}

/** What kernel.js exports. */
export interface KernelModule {
  /** Binds the kernel to a machine: its functions, over these primitives. */
  createKernel(hw: Primitives): BoundKernel;
}

/** A program for user space as kcc builds it. */
export interface Executable {
  name: string;
  /** The directory that it belongs to: bin or sbin */
  directory: string;
  /** The a.out file */
  file: Uint8Array;
  /**
   * Text of its JavaScript module, which exports createProgram; asked for when the program is first executed.
   */
  code(): string;
  /** Its symbols, for debuggers; undefined where nobody has kept them */
  image?(): KernelImage;
}

/**
 * A kernel as kcc builds it: its code and its image, and the programs to run on it. node.ts loads them from
 * files.
 */
export interface Kernel {
  module: KernelModule;
  image: KernelImage;
  executables: readonly Executable[];
}

/** Where an executable file has what identifies its text. */
const IDENTITY_OFFSET = 32;

/** Executables by the two words that identify their text. */
function byIdentity(
  executables: readonly Executable[],
): (first: number, second: number) => Executable | undefined {
  const known = new Map<string, Executable>();
  for (const e of executables) {
    const view = new DataView(e.file.buffer, e.file.byteOffset + IDENTITY_OFFSET);
    known.set(`${view.getInt32(0, true)} ${view.getInt32(4, true)}`, e);
  }
  return (first, second) => known.get(`${first} ${second}`);
}

/** The code of executables. */
export function programTable(executables: readonly Executable[]): ProgramTable {
  const find = byIdentity(executables);
  return (first, second) => {
    const found = find(first, second);
    return found === undefined ? undefined : (hw) => evaluate(found)(hw);
  };
}

/** The symbols of executables, each read when somebody first looks into it. */
export function programSymbols(executables: readonly Executable[]): ProgramSymbols {
  const find = byIdentity(executables);
  const known = new Map<Executable, SymbolTable>();
  return (first, second) => {
    const found = find(first, second);
    if (found?.image === undefined) return undefined;
    let symbols = known.get(found);
    if (symbols === undefined) {
      symbols = new SymbolTable(found.image());
      known.set(found, symbols);
    }
    return symbols;
  };
}

type CreateProgram = (hw: ProgramHardware) => Program;

/** What has been evaluated: a machine that is put back again and again executes the same programs. */
const evaluated = new WeakMap<Executable, CreateProgram>();

/**
 * A program's module comes as text, because it is wanted in the middle of an execve, where nothing can be
 * waited for.
 */
function evaluate(executable: Executable): CreateProgram {
  const known = evaluated.get(executable);
  if (known !== undefined) return known;
  const { name, code } = executable;
  const text = code().replace(/^export /m, '');
  const made: CreateProgram = new Function(
    `${text}\nreturn createProgram;\n//# sourceURL=program/${name}.js`,
  )();
  evaluated.set(executable, made);
  return made;
}
