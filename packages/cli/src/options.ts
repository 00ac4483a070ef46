import { availableParallelism } from 'node:os';
import { DEFAULT_STRATEGY, STRATEGIES, strategyNamed } from '@trap12/explore';
import {
  accepted as acceptedBy,
  DEFAULT_OPTIONS,
  HISTORY_BYTES,
  DISK_ERRORS,
  inRange,
  NCPU,
  RAM_BYTES,
  type Range,
  SEED,
  SWAP_BYTES,
  type SystemOptions,
} from '@trap12/system';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';

const UNITS: Record<string, number> = { '': 1, k: 1 << 10, m: 1 << 20, g: 1 << 30 };

/** A size with K, M or G. */
function bytes(text: string, range: Range): number {
  const match = /^(\d+)([kmg]?)(?:i?b)?$/i.exec(text);
  const value = match === null ? Number.NaN : Number(match[1]) * UNITS[match[2]!.toLowerCase()]!;
  if (!inRange(value, range))
    throw new InvalidArgumentError(`accepted: ${acceptedBy(range)}, with K, M or G.`);
  return value;
}

export function ramSize(text: string): number {
  return bytes(text, RAM_BYTES);
}

export function swapSize(text: string): number {
  return text === '0' ? 0 : bytes(text, SWAP_BYTES);
}

/** A parser of integers in a range. */
export function integer(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
    if (!(value >= low && value <= high)) throw new InvalidArgumentError(`accepted: ${low} to ${high}.`);
    return value;
  };
}

/** A parser of virtual seconds up to so many, with a fraction if wanted. */
export function virtualSeconds(high: number): (text: string) => number {
  return (text) => {
    const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!(value > 0 && value <= high))
      throw new InvalidArgumentError(`accepted: above 0, to ${high} virtual seconds.`);
    return value;
  };
}

/** A probability, as a decimal fraction. */
export function probability(text: string): number {
  const value = /^(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (!(value >= DISK_ERRORS.low && value <= DISK_ERRORS.high))
    throw new InvalidArgumentError(`accepted: ${DISK_ERRORS.text}.`);
  return value;
}
/** A parser that collects what is given several times. */
export const collect = (value: string, before: string[]): string[] => [...before, value];

/** A parser of texts that `check` throws on if they are not accepted. */
export function accepted(check: (text: string) => unknown): (text: string) => string {
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
    .addOption(sized('--ram <size>', 'memory of the machine, 4M to 2G', ramSize, DEFAULT_OPTIONS.ramBytes))
    .option('--ncpu <n>', 'processors, 1 to 8', integer(NCPU.low, NCPU.high), DEFAULT_OPTIONS.ncpu)
    .addOption(
      sized('--swap <size>', 'size of the swap disk, 0 for none', swapSize, DEFAULT_OPTIONS.swapBytes),
    )
    .option(
      '--locking <regime>',
      'locking regime (`trap12 configs` lists them), with switches changed if wanted: NAME,switch=0',
      DEFAULT_OPTIONS.locking,
    )
    .option(
      '--seed <n>',
      'the number that decides everything',
      integer(SEED.low, SEED.high),
      DEFAULT_OPTIONS.seed,
    )
    .option(
      '--disk-errors <rate>',
      'probability with which a disk command fails, 0 to 1',
      probability,
      DEFAULT_OPTIONS.diskErrorRate,
    );
}

const MEMORY: Range = { low: 16 << 20, high: 2 ** 36, multiple: 1, text: '16M to 64G' };

/** How much of this computer's memory the past of a machine may take. */
export function memoryOption(): Option {
  return new Option('--memory <size>', 'for snapshots, by which the debugger goes back')
    .argParser((text: string) => bytes(text, MEMORY))
    .default(HISTORY_BYTES, `${HISTORY_BYTES >> 20}M`);
}

/** How many work at a search at the same time. */
export function jobsOption(): Option {
  return new Option('--jobs <n>', 'processors of this computer that may work at it, 1 to 256')
    .argParser(integer(1, 256))
    .default(availableParallelism(), 'all');
}

/** `--patch FILE.ts`, collecting. */
export function patchOption(): Option {
  return new Option('--patch <file>', 'functions that replace those of the kernel (may be repeated)')
    .argParser(collect)
    .default([], 'none');
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
  diskErrors: number;
}

export function setupOf(flags: MachineFlags): SystemOptions {
  return {
    ...DEFAULT_OPTIONS,
    ramBytes: flags.ram,
    ncpu: flags.ncpu,
    swapBytes: flags.swap,
    seed: flags.seed,
    locking: flags.locking,
    diskErrorRate: flags.diskErrors,
  };
}
