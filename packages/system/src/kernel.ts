import { checkedProgram, type KernelImage } from '@trap12/kcc/image.js';
import type { Primitives, Program, ProgramHardware, ProgramTable } from '@trap12/machine';
import { type KnownProgram, type ProgramIdentity, type Programs, SymbolTable } from '@trap12/target';

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
  /**
   * The value of a script made of that text, in a form of its own of the machine; without it, the host's
   * Function does it
   */
  evaluate?(script: string, form: BoundKernel['form']): CreateProgram;
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

function identityOf({ file }: Executable): ProgramIdentity {
  const view = new DataView(file.buffer, file.byteOffset + IDENTITY_OFFSET);
  return [view.getInt32(0, true), view.getInt32(4, true)];
}

/** Executables by the two words that identify their text. */
function byIdentity(
  executables: readonly Executable[],
): (first: number, second: number) => Executable | undefined {
  // Of the names of a program that has several, the first.
  const known = new Map(executables.toReversed().map((e) => [identityOf(e).join(' '), e]));
  return (first, second) => known.get(`${first} ${second}`);
}

/** The code of executables, in the form of the kernel that is to run them. */
export function programTable(executables: readonly Executable[], form: BoundKernel['form']): ProgramTable {
  const find = byIdentity(executables);
  return (first, second) => {
    const found = find(first, second);
    return found === undefined ? undefined : (hw) => evaluateProgram(found, form)(hw);
  };
}

/** Executables for debuggers: the symbols of each are read when somebody first looks into it. */
export function knownPrograms(executables: readonly Executable[]): Programs {
  const find = byIdentity(executables);
  const known = new Map<Executable, KnownProgram>();
  const program = (found: Executable | undefined): KnownProgram | undefined => {
    if (found?.image === undefined) return undefined;
    let made = known.get(found);
    if (made === undefined) {
      made = { name: found.name, identity: identityOf(found), symbols: new SymbolTable(found.image()) };
      known.set(found, made);
    }
    return made;
  };
  return {
    identified: (first, second) => program(find(first, second)),
    named: (name) => program(executables.find((e) => e.name === name)),
    names: executables.map((e) => e.name),
  };
}

/** Binds a program to a machine's user mode. */
export type CreateProgram = (hw: ProgramHardware) => Program;

/** What has been evaluated: a machine that is put back again and again executes the same programs. */
const evaluated = {
  fast: new WeakMap<Executable, CreateProgram>(),
  checked: new WeakMap<Executable, CreateProgram>(),
};

/**
 * A program's module comes as text, because it is wanted in the middle of an execve, where nothing can be
 * waited for.
 */
export function evaluateProgram(executable: Executable, form: BoundKernel['form']): CreateProgram {
  const known = evaluated[form].get(executable);
  if (known !== undefined) return known;
  const { name, code } = executable;
  const lowered = code().replace(/^export /m, '');
  const text = `${form === 'checked' ? checkedProgram(lowered) : lowered}\nreturn createProgram;`;
  const made: CreateProgram =
    executable.evaluate?.(`(()=>{${text}})()`, form) ??
    new Function(`${text}\n//# sourceURL=program/${name}.js`)();
  evaluated[form].set(executable, made);
  return made;
}
