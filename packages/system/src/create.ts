import { parseRegime } from '@trap12/kernel';
import { BOOT_INPUT, makeRootImage } from '@trap12/userland';
import { checkConstants, checkNeeds, NEED, SymbolTable } from '@trap12/target';
import { type Kernel, knownPrograms } from './kernel.js';
import { completeOptions, type SystemOptions } from './options.js';
import { type BootOptions, System } from './system.js';

/** Somebody who composes machines as createSystem() does. */
export type SystemMaker = (kernel: Kernel, given: Partial<SystemOptions>) => System;

/**
 * Composes machines of which only the last one is needed: who asks for one takes it from who had it, and the
 * host's compiler does not have to begin anew with each.
 */
export function oneAtATime(): SystemMaker {
  let latest: System | undefined;
  return (kernel, given) => (latest = createSystem(kernel, given, latest));
}

/**
 * Composes a machine: the kernel in its memory, the root file system with its programs, all set by the
 * options. Nothing has run yet.
 * @param earlier a system that nobody needs any more, perhaps with the same kernel and hardware: then its
 * machine is used again, which runs sooner at full speed
 * @throws RangeError that names an option and says what it accepts
 */
export function createSystem(kernel: Kernel, given: Partial<SystemOptions> = {}, earlier?: System): System {
  checkNeeds('createSystem', { kernel, options: given }, { kernel: NEED.kernel, options: NEED.setup });
  const options = completeOptions(given);
  const own = new Set(options.executables.map((e) => e.name));
  const executables = [...kernel.executables.filter((e) => !own.has(e.name)), ...options.executables];
  const input = options.input === undefined ? {} : { [BOOT_INPUT.slice(1)]: options.input };
  const symbols = new SymbolTable(kernel.image);
  checkConstants(symbols);
  const unknown = Object.keys(options.tunables).find((name) => !symbols.has(name));
  if (unknown !== undefined) throw new RangeError(`tunables: the kernel has no variable ${unknown}`);
  const boot: BootOptions = {
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
    executables,
  };
  const system = new System(kernel.module, symbols, boot, earlier);
  system.target.programs = knownPrograms(executables);
  return system;
}
