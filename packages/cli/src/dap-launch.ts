import { resolve } from 'node:path';
import type { Debuggee, LaunchHost, Launcher } from '@trap12/dap';
import { BACKGROUNDS, backgroundNamed, DEFAULT_BACKGROUND, type Schedule } from '@trap12/explore';
import { createSystem, type Executable, History } from '@trap12/system';
import { loadKernel, nodeTurn } from '@trap12/system/node.js';
import { Command, CommanderError } from 'commander';
import { usageError } from './exit.js';
import { compileAll, programOption } from './own-programs.js';
import {
  accepted,
  addMachineOptions,
  addStrategyOptions,
  collect,
  integer,
  type MachineFlags,
  memoryOption,
  setupOf,
  type StrategyFlags,
  virtualSeconds,
} from './options.js';
import { debuggedLab, readSchedule, labOfSchedule } from './replay.js';
import { findSchedule, SEARCH_DEFAULTS } from './find-schedule.js';
import { labOf, loadSubject } from './subject.js';
import { type Given, givenTo } from './told-machine.js';

/**
 * The attributes of a launch configuration that the options of the command line stand for, as those are
 * called there.
 */
interface LaunchFlags extends MachineFlags, StrategyFlags {
  attempts: number;
  seconds?: number;
  memory: number;
  background: string;
  load?: string;
  patch: string[];
  program: string[];
  given: Given;
}

/** What is debugged: one of these. */
const SUBJECTS = ['report', 'schedule', 'scenario', 'command'] as const;
type Subject = (typeof SUBJECTS)[number];

/** Attributes of the session, and those that editors have of their own in every configuration. */
const SESSION = ['stopOnEntry', 'noDebug', 'cwd'];
const EDITORS = [
  ...['type', 'name', 'request', 'presentation', 'internalConsoleOptions', 'debugServer', 'preLaunchTask'],
  ...[
    'postDebugTask',
    'serverReadyAction',
    'console',
    'trace',
    'windows',
    'linux',
    'osx',
    'suppressMultipleSessionWarning',
  ],
];

/** Virtual seconds, unless it is said otherwise; a scenario says itself. */
const SECONDS = { report: SEARCH_DEFAULTS.seconds, command: 3600 };

function options(): Command {
  const command = addMachineOptions(new Command('launch'));
  return addStrategyOptions(command, '')
    .addOption(memoryOption())
    .addOption(programOption())
    .option('--attempts <n>', '', integer(1, 1_000_000), SEARCH_DEFAULTS.attempts)
    .option('--seconds <n>', '', virtualSeconds(1_000_000))
    .option('--load <command>', '')
    .option(
      '--background <name>',
      Object.keys(BACKGROUNDS).join(', '),
      accepted(backgroundNamed),
      DEFAULT_BACKGROUND,
    )
    .option('--patch <file>', '', collect, [] as string[])
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
}

const flagOf = (attribute: string): string =>
  `--${attribute.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;

/**
 * The options of a configuration, by the same rules as those of the command line. @throws CommandError in one
 * line
 */
function readOptions(
  configuration: Readonly<Record<string, unknown>>,
  tell: (line: string) => void,
): LaunchFlags {
  const command = options();
  const known = command.options.map((each) => each.attributeName());
  const words: string[] = [];
  for (const [name, value] of Object.entries(configuration)) {
    const other: readonly string[] = [...SUBJECTS, ...SESSION, ...EDITORS];
    if (other.includes(name) || name.startsWith('__') || value === undefined || value === null) continue;
    if (!known.includes(name)) {
      tell(`launch: no attribute ${name}; there are ${[...SUBJECTS, ...known, ...SESSION].join(', ')}`);
      continue;
    }
    for (const each of Array.isArray(value) ? value : [value]) {
      if (typeof each !== 'string' && typeof each !== 'number')
        throw usageError(`launch: ${name}: accepted: a text or a number`);
      words.push(`${flagOf(name)}=${each}`);
    }
  }
  try {
    const flags = command.parse(words, { from: 'user' }).opts<Omit<LaunchFlags, 'given'>>();
    return { ...flags, given: givenTo(command) };
  } catch (error) {
    if (error instanceof CommanderError) throw usageError(`launch: ${error.message.replace(/^error: /, '')}`);
    throw error;
  }
}

/** Which machine it is about. */
function subjectOf(configuration: Readonly<Record<string, unknown>>): { subject: Subject; text: string } {
  const named = SUBJECTS.filter((name) => configuration[name] !== undefined && configuration[name] !== null);
  const [subject] = named;
  if (subject === undefined || named.length > 1)
    throw usageError(
      `launch: accepted: one of the attributes ${SUBJECTS.join(', ')}; found ${named.join(', ') || 'none'}`,
    );
  const value = configuration[subject];
  const text = Array.isArray(value) && subject === 'command' ? value.join(' ') : value;
  if (typeof text !== 'string' || text.trim() === '')
    throw usageError(`launch: ${subject}: accepted: a text`);
  return { subject, text };
}

/** Makes the machine of a launch configuration, at its beginning. */
export const launcher: Launcher = async (configuration, host) => {
  const { subject, text } = subjectOf(configuration);
  const flags = readOptions(configuration, host.tell);
  const { cwd } = configuration;
  const folder = typeof cwd === 'string' ? cwd : '.';
  const path = resolve(folder, text);
  if (flags.program.length > 0 && subject !== 'command')
    throw usageError('launch: program: accepted: with command');
  switch (subject) {
    case 'report':
      return ofReport(path, flags, host);
    case 'schedule':
      return ofSchedule(path, readSchedule(path), flags.memory, []);
    case 'scenario':
      return ofScenario(path, flags);
    case 'command':
      return ofCommand(text, flags, await compileAll(flags.program.map((file) => resolve(folder, file))));
  }
};

async function ofCommand(
  command: string,
  flags: LaunchFlags,
  executables: readonly Executable[],
): Promise<Debuggee> {
  const options = { ...setupOf(flags), command, executables };
  const system = createSystem(await loadKernel(undefined, 'checked'), options);
  return {
    system,
    history: new History(system, flags.memory),
    endNs: (flags.seconds ?? SECONDS.command) * 1e9,
    opensAtEnd: false,
    lines: [],
    again: () => ofCommand(command, flags, executables),
  };
}

async function ofScenario(file: string, flags: LaunchFlags): Promise<Debuggee> {
  const wanted = { file, patches: flags.patch, seconds: flags.seconds };
  const lab = labOf(await loadSubject(wanted, { ...setupOf(flags), command: undefined }, 'checked'));
  const { ends, ...debugged } = debuggedLab(lab, [], flags.memory);
  return {
    ...debugged,
    ...(ends === undefined ? {} : { ends }),
    opensAtEnd: false,
    lines: [],
    again: () => ofScenario(file, flags),
  };
}

async function ofSchedule(
  file: string,
  schedule: Schedule,
  memory: number,
  lines: readonly string[],
): Promise<Debuggee> {
  const lab = await labOfSchedule(file, schedule, 'checked');
  const { ends, ...debugged } = debuggedLab(lab, schedule.choices, memory);
  return {
    ...debugged,
    ...(ends === undefined ? {} : { ends }),
    opensAtEnd: true,
    lines,
    again: () => ofSchedule(file, schedule, memory, []),
  };
}

/** Finds the panic of a report as `reproduce` does; the machine is that of the schedule which it found. */
async function ofReport(path: string, flags: LaunchFlags, host: LaunchHost): Promise<Debuggee> {
  const { tell, stop } = host;
  const seconds = flags.seconds ?? SECONDS.report;
  const schedule = await findSchedule(path, { ...flags, seconds }, { turn: nodeTurn, stop }, tell);
  return ofSchedule(path, schedule, flags.memory, []);
}
