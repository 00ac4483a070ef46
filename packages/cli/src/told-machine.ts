import type { Report } from '@trap12/report';
import { RAM_BYTES } from '@trap12/system';
import type { Command } from 'commander';
import type { MachineFlags } from './options.js';
import { sizeText } from './words.js';

/*
 * What a report tells of its machine, and what of that the machine here is made like.
 */

/** Which options somebody has given. */
export interface Given {
  ram: boolean;
  ncpu: boolean;
}

/** Which of the options that say what machine it is somebody has given. */
export function givenTo(command: Command): Given {
  const isGiven = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
  return { ram: isGiven('ram'), ncpu: isGiven('ncpu') };
}

/** The machine for a report. */
export interface MachineTold {
  /** Bytes of memory */
  ram: number;
  /** The report's words, if its memory is what the machine has */
  said?: string;
  /** What somebody should know of it, in lines; mostly none */
  lines: string[];
}

type TellsOfMachine = Pick<Report, 'memory' | 'cpu' | 'kernel'>;

/** @returns the processors that the report tells of, at least, and its words; undefined: it tells of none */
function processorsTold({ cpu, kernel }: TellsOfMachine): { least: number; said: string } | undefined {
  const id = cpu?.value ?? 0;
  if (id > 0 && id < 1024) return { least: id + 1, said: `cpuid = ${id}` };
  const smp = /\bSMP\b|\.MP\b/.exec(kernel?.config ?? '');
  return smp === null ? undefined : { least: 2, said: kernel!.config! };
}

/**
 * The report's memory, where somebody has not given another and a machine can have it, and what else it tells
 * of its machine that this one has not.
 * @param given undefined: all that is in the flags was given
 */
export function machineTold(
  report: TellsOfMachine,
  { ram, ncpu }: Pick<MachineFlags, 'ram' | 'ncpu'>,
  given?: Given,
): MachineTold {
  const told: MachineTold = { ram, lines: [] };
  if (given === undefined) return told;
  const { memory } = report;
  if (memory !== undefined && !given.ram) {
    const { ramBytes, said } = memory;
    const { low, high, multiple, text } = RAM_BYTES;
    const isPossible = ramBytes >= low && ramBytes <= high && ramBytes % multiple === 0;
    if (isPossible) Object.assign(told, { ram: ramBytes, said });
    told.lines.push(
      isPossible
        ? `RAM: ${sizeText(ramBytes)}, as the report tells ("${said}"); --ram for another size`
        : `RAM: ${sizeText(ram)}; the report tells of ${sizeText(ramBytes)} ("${said}"), which this machine cannot have; accepted for --ram: ${text}`,
    );
  }
  const processors = processorsTold(report);
  if (processors !== undefined && !given.ncpu && ncpu < processors.least)
    told.lines.push(
      `processors: ${ncpu}; the report tells of ${processors.least} or more (${processors.said}): --ncpu for more`,
    );
  return told;
}
