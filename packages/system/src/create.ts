import { parseRegime } from '@trap12/kernel';
import { BOOT_INPUT, makeRootImage } from '@trap12/userland';
import { checkConstants, SymbolTable } from '@trap12/target';
import { type Kernel, knownPrograms, programTable } from './kernel.js';
import { completeOptions, type SystemOptions } from './options.js';
import { System } from './system.js';

/**
 * Composes a machine: the kernel in its memory, the root file system with its programs, all set by the
 * options. Nothing has run yet.
 * @throws RangeError that names an option and says what it accepts
 */
export function createSystem(kernel: Kernel, given: Partial<SystemOptions> = {}): System {
  const options = completeOptions(given);
  const own = new Set(options.executables.map((e) => e.name));
  const executables = [...kernel.executables.filter((e) => !own.has(e.name)), ...options.executables];
  const input = options.input === undefined ? {} : { [BOOT_INPUT.slice(1)]: options.input };
  const symbols = new SymbolTable(kernel.image);
  checkConstants(symbols);
  const unknown = Object.keys(options.tunables).find((name) => !symbols.has(name));
  if (unknown !== undefined) throw new RangeError(`tunables: the kernel has no variable ${unknown}`);
  const system = new System(kernel.module, symbols, {
    ramBytes: options.ramBytes,
    ncpu: options.ncpu,
    diskBytes: options.swapBytes,
    seed: options.seed,
    packetsPerSecond: options.packetsPerSecond,
    diskErrorRate: options.diskErrorRate,
    regime: parseRegime(options.locking, symbols),
    debuggerOnPanic: options.debuggerOnPanic,
    tunables: options.tunables,
    rootImage: makeRootImage(executables, options.command, { ...options.files, ...input }),
    programs: (form) => programTable(executables, form),
  });
  system.target.programs = knownPrograms(executables);
  return system;
}
