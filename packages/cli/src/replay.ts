import { coreFile } from '@trap12/dump';
import {
  choicesAgain,
  type Divergence,
  formOf,
  type Lab,
  parseSchedule,
  replaySchedule,
  replayUpTo,
  type Schedule,
  ScheduleError,
  scheduleText,
  unfailedText,
} from '@trap12/explore';
import { type BoundKernel, History } from '@trap12/system';
import { readText } from '@trap12/system/read-file.js';
import type { Command } from 'commander';
import { writeCertificate } from './certificate.js';
import { printLines, TabExpander, write } from './console.js';
import { debug, type DebugMachine } from './debug-run.js';
import { DebuggerPrompt, ddbPrompt } from './ddb-prompt.js';
import { besides, CommandError, EXIT, usageError, whyNot } from './exit.js';
import { integer, memoryOption } from './options.js';
import { writeSparse } from './sparse-file.js';
import { labOf, subjectOfSchedule } from './subject.js';
import { TRACE_HELP, traceSchedule } from './trace-file.js';
import { orInterrupted } from './work/host.js';

interface ReplayFlags {
  certificate?: string;
  ddb: boolean;
  memory: number;
  to?: number;
  trace?: string;
  core?: string;
}

/** trap12 replay: makes the run of a schedule again. */
export function addReplay(program: Command, setStatus: (status: number) => void): void {
  program
    .command('replay')
    .description('make the run of a schedule again, and see that it ends in the same state to the last byte')
    .argument('<file>', 'the schedule, as `explore` or `reproduce` has printed it; - for standard input')
    .option('--certificate <file>', 'write a certificate of it, for `trap12 certify`')
    .option('--ddb', 'then stay in the debugger, which can go back through the run', false)
    .addOption(memoryOption())
    .option('--to <n>', 'stop behind choice n of the schedule, in the debugger', integer(1, 1e9))
    .option('--trace <file>', TRACE_HELP)
    .option('--core <file>', 'write an ELF core file of the machine where the run ends, for gdb')
    .action(async (file: string, flags: ReplayFlags) => setStatus(await replay(file, flags)));
}

/** Reads a schedule, or says in one line why not. */
export function readSchedule(file: string): Schedule {
  try {
    return parseSchedule(readText(file === '-' ? 0 : file));
  } catch (error) {
    if (error instanceof ScheduleError) throw usageError(`${file}: ${error.message}`);
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw usageError(`cannot read ${file}: ${whyNot(error)}`);
  }
}

/** What Ctrl-C leaves unknown. */
const NOT_MADE = 'the run was not made to its end';

async function replay(file: string, flags: ReplayFlags): Promise<number> {
  const schedule = readSchedule(file);
  const { to } = flags;
  if (to !== undefined && to > schedule.choices.length)
    throw usageError(`--to ${to}: the schedule has ${schedule.choices.length} choices`);
  if (flags.trace !== undefined && (flags.ddb || to !== undefined))
    throw usageError('--trace is of a whole run: leave --ddb and --to out');
  if (flags.certificate !== undefined && (flags.ddb || to !== undefined))
    throw usageError('--certificate is of a whole run: leave --ddb and --to out');
  if (flags.core !== undefined && (flags.ddb || to !== undefined))
    throw usageError('--core is of the end of the run: leave --ddb and --to out');
  if (flags.ddb && to === undefined) {
    const machine = await checkedReplay(file, schedule, flags.memory);
    return debug({ ...machine, prompt: new DebuggerPrompt(machine.system.target, true) });
  }
  const lab = await labOfSchedule(file, schedule, formOf(schedule));
  if (to !== undefined) {
    const departed = await orInterrupted(NOT_MADE, () => replayUpTo(lab, schedule, to));
    if (departed !== undefined) throw departure(file, departed);
    const { system } = lab;
    printLines([
      `choice ${to} of ${schedule.choices.length} is made, at ${(system.machine.now() / 1e9).toFixed(9)} virtual seconds`,
    ]);
    await ddbPrompt(system.target);
    return EXIT.done;
  }
  const { examined, divergence } = await orInterrupted(NOT_MADE, () => replaySchedule(lab, schedule));
  if (divergence !== undefined) throw departure(file, divergence);
  const { failure, attempt } = examined;
  const { core, trace, certificate } = flags;
  if (core !== undefined)
    await besides('--core', core, () => writeSparse('--core', core, coreFile(lab.system.target)));
  if (failure?.text !== undefined) write(`${new TabExpander().expand(failure.text)}\n`);
  if (trace !== undefined)
    await await besides('--trace', trace, () =>
      orInterrupted(NOT_MADE, () => traceSchedule(lab, schedule, trace)),
    );
  const same = examined.hash === schedule.hash && attempt.nowNs === schedule.endedNs;
  printLines([
    failure?.title ?? unfailedText(attempt.ended),
    `${(attempt.nowNs / 1e9).toFixed(9)} virtual seconds, hash ${examined.hash}: ${same ? 'as recorded' : `recorded were ${(schedule.endedNs / 1e9).toFixed(9)} and ${schedule.hash}`}`,
  ]);
  if (same && certificate !== undefined)
    await besides('--certificate', certificate, () =>
      writeCertificate(certificate, scheduleText(schedule), undefined),
    );
  return same ? EXIT.done : EXIT.notReproduced;
}

/** Where the run of a schedule begins; one of another kernel is refused. */
export async function labOfSchedule(
  file: string,
  schedule: Schedule,
  form: BoundKernel['form'],
): Promise<Lab> {
  const subject = await subjectOfSchedule(schedule, form);
  const { hash } = subject.kernel.image;
  if (hash !== schedule.image)
    throw usageError(`${file}: it is of kernel ${schedule.image}; this one is ${hash}`);
  return orInterrupted(NOT_MADE, () => labOf(subject, schedule.from));
}

/**
 * A machine at the beginning of a schedule's run, for a debugger.
 * @param file what the schedule came from, for messages
 * @param memory bytes of snapshots, by which it can be brought back
 */
export async function checkedReplay(file: string, schedule: Schedule, memory: number): Promise<DebugMachine> {
  return debuggedLab(await labOfSchedule(file, schedule, 'checked'), schedule.choices, memory);
}

/** The beginning of a run under a debugger: a machine with a past, and how it ends. */
export function debuggedLab(lab: Lab, choices: Schedule['choices'], memory: number): DebugMachine {
  const { system, endNs } = lab;
  // A decider that knows no past: the run is gone through more than once.
  lab.begin(choicesAgain(system, choices));
  const history = new History(system, memory);
  const ends = (): string | undefined => (lab.isStuck() ? 'the threads wait for each other' : undefined);
  return { system, history, endNs, ends };
}

function departure(file: string, { index, recorded, found }: Divergence): CommandError {
  return new CommandError(
    `${file}: the run departs from it at choice ${index + 1}: recorded ${recorded}; found ${found}`,
    EXIT.notReproduced,
  );
}
