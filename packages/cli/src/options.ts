import { DEFAULT_SETUP, DEFAULT_STRATEGY, type Setup, STRATEGIES, strategyNamed } from '@trap12/explore';
import { parseRegime } from '@trap12/kernel';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';

const UNITS: Record<string, number> = { '': 1, k: 1 << 10, m: 1 << 20, g: 1 << 30 };

/** A size with K, M or G. */
function bytes(text: string, low: number, high: number, range: string): number {
  const match = /^(\d+)([kmg]?)(?:i?b)?$/i.exec(text);
  const value = match === null ? Number.NaN : Number(match[1]) * UNITS[match[2]!.toLowerCase()]!;
  if (!(value >= low && value <= high) || value % 4096 !== 0)
    throw new InvalidArgumentError(`accepted: ${range}, a multiple of 4K, with K, M or G.`);
  return value;
}

export function ramSize(text: string): number {
  return bytes(text, 4 << 20, 2 ** 31, '4M to 2G');
}

export function swapSize(text: string): number {
  return text === '0' ? 0 : bytes(text, 1 << 20, 2 ** 31, '1M to 2G, or 0 for none');
}

/** A parser of integers in a range. */
export function integer(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
    if (!(value >= low && value <= high)) throw new InvalidArgumentError(`accepted: ${low} to ${high}.`);
    return value;
  };
}

/** A parser of texts that `check` throws on if they are not accepted. */
function accepted(check: (text: string) => unknown): (text: string) => string {
  return (text) => {
    try {
      check(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
    return text;
  };
}

/** The options that say what machine it is. */
export function addMachineOptions(command: Command): Command {
  const sized = (flags: string, text: string, parse: (value: string) => number, bytes: number): Option =>
    new Option(flags, text).argParser(parse).default(bytes, `${bytes / (1 << 20)}M`);
  return command
    .addOption(sized('--ram <size>', 'memory of the machine, 4M to 2G', ramSize, DEFAULT_SETUP.ramBytes))
    .option('--ncpu <n>', 'processors, 1 to 8', integer(1, 8), DEFAULT_SETUP.ncpu)
    .addOption(sized('--swap <size>', 'size of the swap disk, 0 for none', swapSize, DEFAULT_SETUP.swapBytes))
    .option(
      '--locking <regime>',
      'locking regime (`trap12 configs` lists them), with switches changed if wanted: NAME,switch=0',
      accepted(parseRegime),
      DEFAULT_SETUP.locking,
    )
    .option(
      '--seed <n>',
      'the number that decides everything',
      integer(0, Number.MAX_SAFE_INTEGER),
      DEFAULT_SETUP.seed,
    );
}

/** The options that say how the schedule is disturbed. */
export function addStrategyOptions(command: Command, whom: string): Command {
  return command
    .option(
      '--strategy <name>',
      `how the schedule is disturbed: ${Object.keys(STRATEGIES).join(', ')}`,
      accepted(strategyNamed),
      DEFAULT_STRATEGY,
    )
    .option('--suspect <process>', `command name of the process that is kept waiting${whom}`);
}

export interface StrategyFlags {
  strategy: string;
  suspect?: string;
}

export interface MachineFlags {
  ram: number;
  ncpu: number;
  swap: number;
  locking: string;
  seed: number;
}

export function setupOf(flags: MachineFlags): Setup {
  return {
    ramBytes: flags.ram,
    ncpu: flags.ncpu,
    swapBytes: flags.swap,
    seed: flags.seed,
    locking: flags.locking,
    debugger: true,
  };
}
