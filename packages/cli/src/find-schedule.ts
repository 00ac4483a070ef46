import {
  coverageOf,
  DEFAULT_BACKGROUND,
  DEFAULT_STRATEGY,
  type Found,
  lackingPrograms,
  type Load,
  loadOf,
  neededText,
  recipeLines,
  reproduce,
  type RunOutcome,
  type Schedule,
  type ScheduledChoice,
} from '@trap12/explore';
import { parseReport, RECIPE_DOUBT, type Report, ReportError } from '@trap12/report';
import type { Kernel, RunHost } from '@trap12/system';
import { CommandError, EXIT, usageError } from './exit.js';
import { type MachineFlags, setupOf, type StrategyFlags } from './options.js';
import { InputError, readInput } from './reports/input.js';
import { absentText, leftLines, loadText } from './reproduce-text.js';
import { subjectOf } from './subject.js';
import { type Given, machineTold } from './told-machine.js';
import { type Added, kernelWith } from './work/tasks.js';

/** Seeds that are tried, and virtual seconds of load for each, unless it is said otherwise. */
export const ATTEMPTS = 200;
export const SECONDS = 30;

/** Reads and parses a report, or says in one line why not. */
export async function readReport(path: string): Promise<Report> {
  try {
    return parseReport((await readInput(path)).text);
  } catch (error) {
    if (error instanceof InputError) throw usageError(`cannot read ${path}: ${error.message}`);
    if (error instanceof ReportError) throw usageError(`${path}: ${error.message}`);
    throw error;
  }
}

/** A run as its schedule. */
export function scheduleOfRun(
  run: Pick<Schedule, 'ended' | 'endedNs' | 'hash'> & { choices: readonly ScheduledChoice[] },
  { seed, command }: Found,
  kernel: Kernel,
  flags: MachineFlags & Pick<SearchFlags, 'seconds' | 'patch'>,
): Schedule {
  const options = { ...setupOf(flags), seed, command };
  const { seconds, patch: patches } = flags;
  const subject = { kernel, scenario: undefined, file: undefined, patches, options, seconds };
  const { choices, ended, endedNs, hash } = run;
  return { ...subjectOf(subject), from: 'power-on', choices: [...choices], ended, endedNs, hash };
}

/** The run that was found, as its schedule. */
export function foundSchedule(
  found: Found,
  kernel: Kernel,
  flags: MachineFlags & Pick<SearchFlags, 'seconds' | 'patch'>,
): Schedule {
  const { choices, nowNs: endedNs, hash, report } = found;
  return scheduleOfRun({ choices, ended: report.signature, endedNs, hash }, found, kernel, flags);
}

/** How a report's panic is searched for. */
export interface SearchFlags extends MachineFlags, StrategyFlags {
  /** What of it somebody has given; all of it if left out */
  given?: Given;
  attempts: number;
  seconds: number;
  background: string;
  load?: string;
  program: string[];
  patch: string[];
}

/** Plain data for workers. */
export const addedBy = ({ program, patch }: Added): Added => ({ program, patch });

/** As `reproduce` searches without options. */
export const SEARCH_DEFAULTS = {
  ...{ strategy: DEFAULT_STRATEGY, background: DEFAULT_BACKGROUND },
  ...{ attempts: ATTEMPTS, seconds: SECONDS },
  patch: [] as string[],
};

/**
 * The run of a report's panic, for debuggers that open there.
 * @param tell told what the machine is made to do, and how each try ended
 * @throws CommandError if the panic is not found
 */
export async function findSchedule(
  path: string,
  asked: SearchFlags,
  host: RunHost,
  tell: (line: string) => void,
): Promise<Schedule> {
  const report = await readReport(path);
  const { ram, lines } = machineTold(report, asked, asked.given);
  const flags = { ...asked, ram };
  const kernel = await kernelWith(flags);
  const load = chooseLoad(path, report, kernel, flags);
  const { strategy, suspect, attempts, seconds } = flags;
  tell(`${report.title}: ${loadText(load)}`);
  for (const line of [...leftLines(load), ...lines]) tell(line);
  const all: RunOutcome[] = [];
  const { found, outcomes } = await reproduce({
    ...{ report, kernel, setup: setupOf(flags), load, attempts, seconds, strategy, host },
    ...(suspect === undefined ? {} : { suspect }),
    onOutcome: (outcome) => {
      tell(`seed ${outcome.seed}: ${outcome.title}`);
      all.push(outcome);
      if (all.length === 1) refuseHopeless(load, outcome);
      refuseFailing(load, all);
      refuseAbsent(suspect, outcome);
    },
  });
  if (found?.same !== true)
    throw new CommandError(`${path}: not reproduced in ${outcomes.length} attempts`, EXIT.notReproduced);
  return foundSchedule(found, kernel, flags);
}

/** @throws CommandError of a suspect that was none of a whole run's processes: so it is with every seed */
export function refuseAbsent(suspect: string | undefined, { result, title, absent }: RunOutcome): void {
  const isWhole = (result === 'ended' || result === 'survived') && title !== 'interrupted';
  if (suspect === undefined || absent === undefined || !isWhole) return;
  throw usageError(`--suspect ${suspect}: ${absentText(absent)}`);
}

/** What a shell says last where there is nothing to be run. */
const NOT_RUN = /^(?:.*: )?(?:Syntax error: |\S+: not found$)/;
/** What a program says last that does not take its arguments: another one of its name may. */
const NOT_TAKEN =
  /^(?:usage: |\w+: (?:unknown operand |illegal (?:option|numeric value|size)\b|.*: illegal (?:numeric value|size)$))/;
/** A load that has been at work so long, in virtual seconds from power-on, was no mistake from the first. */
const AT_ONCE = 1;

/**
 * @param outcome of the first run
 * @throws CommandError of a load that the shell does not run, or a program does not take: so it is with every
 * seed
 */
export function refuseHopeless({ recipe }: Load, { title, result, status, seconds }: RunOutcome): void {
  if (result !== 'ended') return;
  const said = title.replace(/^ended: /, '');
  if (NOT_RUN.test(said)) throw usageError(`the machine's shell does not run "${recipe}": ${said}`);
  if (status !== 0 && seconds < AT_ONCE && NOT_TAKEN.test(said))
    throw usageError(`this machine's program of that name does not take "${recipe}": ${said}`);
}

/** The load fails at once, whatever the seed: what is said of it is the result. */
export class FailingLoad extends CommandError {
  constructor(message: string) {
    super(message, EXIT.notReproduced);
  }
}

/**
 * @param outcomes so far
 * @throws FailingLoad where in the first two seeds the load's own last command failed at once, and alike, and
 * nothing died: a program has its own words for what it does not take
 */
export function refuseFailing({ recipe }: Load, outcomes: readonly RunOutcome[]): void {
  const [first, second] = outcomes;
  if (first === undefined || second === undefined || outcomes.length > 2) return;
  const failed = ({ result, status = 0, seconds, look }: RunOutcome): boolean =>
    look !== true && result === 'ended' && status !== 0 && seconds < AT_ONCE;
  if (![first, second].every(failed)) return;
  if (first.title !== second.title || first.status !== second.status) return;
  // That may be the word of a command before the one that failed.
  const last = /^ended: (.*)$/s.exec(first.title)?.[1];
  const said = last === undefined ? 'it printed nothing' : `the last that it printed: ${last}`;
  throw new FailingLoad(
    `the load "${recipe}" fails at once, with status ${first.status}, in the first two seeds alike; ${said}`,
  );
}

/** Why a command that the report has was not taken for its way to the panic. */
function doubtText({ damage }: Report): string {
  const doubt = damage.find((each) => each.what === RECIPE_DOUBT);
  return doubt === undefined ? '' : ` (${doubt.reason})`;
}

/** What the machine is made to do. Before the first seed: what cannot be run is an error. */
export function chooseLoad(
  path: string,
  report: Report,
  kernel: Kernel,
  flags: Pick<SearchFlags, 'load' | 'background' | 'ram'>,
): Load {
  const coverage = coverageOf(report, kernel);
  const { runnable } = coverage;
  if (flags.load === undefined && runnable.length === 0)
    throw new CommandError(
      `${path}: understood as "${report.title}", but ${report.recipe.length === 0 ? `it names no command to load the machine with${doubtText(report)}` : 'none of its commands can be run here'}; ${neededText(report, coverage)}`,
      EXIT.notReproduced,
    );
  const programs = kernel.executables.map((each) => each.name);
  const { taken, left } = recipeLines(report.recipe, (text) => lackingPrograms(text, programs));
  if (flags.load === undefined && taken.length === 0) {
    const why = left.map(({ text, because }) => `"${text}" (${because})`).join(', ');
    throw new CommandError(
      `${path}: understood as "${report.title}", but none of its commands loads this machine: ${why}; ${neededText(report, coverage)}`,
      EXIT.notReproduced,
    );
  }
  return loadOf(report, {
    given: flags.load,
    background: flags.background,
    ramBytes: flags.ram,
    names: { load: '--load', ram: '--ram' },
    programs,
  });
}
