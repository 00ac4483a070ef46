import { parseRegime } from '@trap12/kernel';
import { makeRootImage } from '@trap12/userland';
import { checkConstants, checkNeeds, NEED, optional, shown, SymbolTable } from '@trap12/target';
import { type Kernel, knownPrograms } from './kernel.js';
import { completeOptions, inRange, type Range, type SystemOptions } from './options.js';
import { type BootOptions, System } from './system.js';

const WORD_BYTES = 4;
/** What a word holds, with or without a sign. */
const WORD: Range = { low: -(2 ** 31), high: 2 ** 32 - 1, multiple: 1, text: '-2^31 to 2^32 - 1' };

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
 * A tunable is a variable of one word: of others one word would be their beginning, or more than all of them.
 * @throws RangeError
 */
function checkTunables(tunables: SystemOptions['tunables'], symbols: SymbolTable): void {
  for (const [name, value] of Object.entries(tunables)) {
    if (!symbols.has(name)) throw new RangeError(`tunables: the kernel has no variable ${name}`);
    const { kind, type } = symbols.symbol(name);
    const is = symbols.type(type);
    if (kind === 'text' || kind === 'rodata')
      throw new RangeError(
        `tunables: ${name} is no variable of the kernel but a ${kind === 'text' ? 'function' : 'constant'}`,
      );
    if (is.kind !== 'pointer' && !(is.kind === 'int' && is.size === WORD_BYTES))
      throw new RangeError(`tunables: ${name} is no variable of 32 bits`);
    if (!inRange(value, WORD))
      throw new RangeError(`tunables: ${name} ${shown(value)}: accepted: ${WORD.text}`);
  }
}

/**
 * Composes a machine: the kernel in its memory, the root file system with its programs, all set by the
 * options. Nothing has run yet.
 * @param earlier a system that nobody needs any more, perhaps with the same kernel and hardware: then its
 * machine is used again, which runs sooner at full speed
 * @throws RangeError that names an option and says what it accepts
 */
export function createSystem(kernel: Kernel, given: Partial<SystemOptions> = {}, earlier?: System): System {
  checkNeeds(
    'createSystem',
    { kernel, options: given, earlier },
    { kernel: NEED.kernel, options: NEED.setup, earlier: optional(NEED.system) },
  );
  const options = completeOptions(given);
  const own = new Set(options.executables.map((e) => e.name));
  const executables = [...kernel.executables.filter((e) => !own.has(e.name)), ...options.executables];
  const symbols = new SymbolTable(kernel.image);
  checkConstants(symbols);
  checkTunables(options.tunables, symbols);
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
    rootImage: makeRootImage(executables, options),
    executables,
  };
  const system = new System(kernel.module, symbols, boot, earlier);
  system.target.programs = knownPrograms(executables);
  return system;
}
