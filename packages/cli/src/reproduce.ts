import { coreFile } from '@trap12/dump';
import {
  coverageOf,
  coverageText,
  delaysText,
  type Difference,
  type Found,
  neededText,
  reproduce,
  type Reproduction,
  type RunOutcome,
  type Schedule,
  scheduleText,
  stateHash,
} from '@trap12/explore';
import { parseReport, type Report, ReportError } from '@trap12/report';
import { callStopped, type Kernel, type System } from '@trap12/system';
import { loadKernel, nodeTurn } from '@trap12/system/node.js';
import type { Command } from 'commander';
import { printLines, TabExpander, write } from './console.js';
import { saveDump } from './disk.js';
import { ddbPrompt } from './ddb-prompt.js';
import { CommandError, EXIT, usageError } from './exit.js';
import { writeSchedule } from './explore.js';
import { InputError, readInput } from './reports/input.js';
import {
  addMachineOptions,
  addStrategyOptions,
  integer,
  type MachineFlags,
  setupOf,
  type StrategyFlags,
} from './options.js';
import { writeSparse } from './sparse-file.js';
import { subjectOf } from './subject.js';
import { shellWord, sizeText } from './words.js';

interface ReproduceFlags extends MachineFlags, StrategyFlags {
  attempts: number;
  seconds: number;
  any: boolean;
  batch: boolean;
  schedule?: string;
  json: boolean;
  core?: string;
  dump?: string;
}

/** trap12 reproduce: runs the recipe of a report until its panic comes. */
export function addReproduce(program: Command, setStatus: (status: number) => void): void {
  const command = addMachineOptions(program.command('reproduce'));
  addStrategyOptions(command, ' (default: the one that the report names)')
    .description("run a report's recipe, seed after seed, until its panic comes; then stop in the debugger")
    .argument('<report>', 'text of the panic report, or - for standard input')
    .option('--attempts <n>', 'seeds to try', integer(1, 1_000_000), 200)
    .option('--seconds <n>', 'virtual seconds of load for each', integer(1, 100_000), 30)
    .option('--any', 'stop at the first panic even if it is another one (exit code 1 then)', false)
    .option('--batch', 'print the panic and end, instead of the debugger', false)
    .option(
      '--dump <file>',
      "have the kernel that panicked dump to its disk (DDB's call doadump), into a file",
    )
    .option('--core <file>', 'write an ELF core file of the machine that panicked, for gdb')
    .option('--schedule <file>', 'write the run that was found to a file, for `trap12 replay`')
    .option('--json', 'print one JSON object (docs/json.md); implies --batch', false)
    .addHelpText(
      'after',
      '\nExamples:\n  $ trap12 reproduce examples/vmdaemon-2001.txt\n  $ trap12 reproduce --batch --locking giant --attempts 20 examples/vmdaemon-2001.txt\n',
    )
    .action(async (path: string, flags: ReproduceFlags) => setStatus(await search(path, flags)));
}

/** Reads and parses a report, or says in one line why not. */
async function readReport(path: string): Promise<Report> {
  try {
    return parseReport((await readInput(path)).text);
  } catch (error) {
    if (error instanceof InputError) throw usageError(`cannot read ${path}: ${error.message}`);
    if (error instanceof ReportError) throw usageError(`${path}: ${error.message}`);
    throw error;
  }
}

async function search(path: string, flags: ReproduceFlags): Promise<number> {
  const report = await readReport(path);
  const kernel = await loadKernel();
  const coverage = coverageOf(report, kernel);
  if (!flags.json) process.stderr.write(`${coverageText(report, coverage)}\n`);
  if (coverage.runnable.length === 0)
    throw new CommandError(
      `${path}: understood as "${report.title}", but ${report.recipe.length === 0 ? 'it names no command to load the machine with' : 'none of its commands can be run here'}; ${neededText(report, coverage)}`,
      EXIT.notReproduced,
    );
  const setup = setupOf(flags);
  let stopped = false;
  const onInterrupt = (): void => {
    stopped = true;
  };
  process.once('SIGINT', onInterrupt);
  const started = Date.now();
  const result = await reproduce({
    report: { ...report, recipe: coverage.runnable },
    kernel,
    setup,
    attempts: flags.attempts,
    seconds: flags.seconds,
    strategy: flags.strategy,
    ...(flags.suspect === undefined ? {} : { suspect: flags.suspect }),
    anyPanic: flags.any,
    onOutcome: (outcome) => progress(outcome, flags, started),
    host: { turn: nodeTurn, stop: () => stopped },
  });
  process.removeListener('SIGINT', onInterrupt);
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  if (flags.core !== undefined && result.found !== undefined)
    writeSparse(flags.core, coreFile(result.found.system.target));
  if (flags.json) write(`${JSON.stringify(jsonResult(report, result), null, 2)}\n`);
  else if (result.found === undefined) tally(report, result, stopped);
  else {
    const { seed, text, same } = result.found;
    const { seconds, differences } = result.outcomes.at(-1)!;
    write(`${path}: ${report.title}\n`);
    if (!same) printLines(['another panic:', ...differences.map(differenceText)]);
    write(
      `seed ${seed} of regime ${flags.locking}, ${sizeText(flags.ram)} RAM, after ${seconds.toFixed(2)} virtual seconds\n\n`,
    );
    write(new TabExpander().expand(text));
    printLines(delaysText(result.found.delays));
    const { schedule: file } = flags;
    if (file !== undefined) writeSchedule(file, scheduleText(foundSchedule(result.found, kernel, flags)));
    printLines([
      file === undefined
        ? `replay: trap12 reproduce --seed ${seed} ${replayFlags(flags)} ${reportWord(path)}`
        : `replay: trap12 replay ${shellWord(file)}`,
    ]);
    if (flags.dump !== undefined) dumpFromDebugger(result.found.system, flags.dump);
    if (!flags.batch) await ddbPrompt(result.found.system.target);
  }
  return result.found?.same === true ? EXIT.done : EXIT.notReproduced;
}

/** Has a machine that has stopped in the debugger dump. */
function dumpFromDebugger(system: System, path: string): void {
  const tabs = new TabExpander();
  system.machine.console.onOutput = (chunk) => write(tabs.expand(chunk));
  printLines(['db> call doadump']);
  callStopped(system, 'doadump');
  saveDump(system, path);
}

function differenceText({ what, wanted, got }: Difference): string {
  return `    ${what}: wanted ${wanted}, got ${got}`;
}

/** The run that was found, as its schedule. */
function foundSchedule(found: Found, kernel: Kernel, flags: ReproduceFlags): Schedule {
  const { system, seed, command, choices, report } = found;
  const options = { ...setupOf(flags), seed, command };
  const subject = {
    kernel,
    scenario: undefined,
    file: undefined,
    patches: [],
    options,
    seconds: flags.seconds,
  };
  return {
    ...subjectOf(subject),
    from: 'power-on',
    choices: [...choices],
    ended: report.signature,
    endedNs: system.machine.now(),
    hash: stateHash(system),
  };
}

/** The options that make the same machine again. */
function replayFlags(flags: ReproduceFlags): string {
  const { ram, ncpu, swap, locking, seconds, strategy, suspect } = flags;
  const errors = flags.diskErrors > 0 ? ` --disk-errors ${flags.diskErrors}` : '';
  return `--ram ${sizeText(ram)} --ncpu ${ncpu} --swap ${sizeText(swap)} --locking ${locking}${errors} --seconds ${seconds} --strategy ${strategy}${suspect === undefined ? '' : ` --suspect ${shellWord(suspect)}`}`;
}

/** What came by standard input has to be named by who replays it. */
function reportWord(path: string): string {
  return path === '-' ? 'REPORT' : shellWord(path);
}

function progress(outcome: RunOutcome, flags: ReproduceFlags, started: number): void {
  if (!process.stderr.isTTY || flags.json) return;
  const done = outcome.seed - flags.seed + 1;
  const rate = done / Math.max((Date.now() - started) / 1000, 0.001);
  process.stderr.write(
    `\r\x1b[K${done}/${flags.attempts} seeds, ${rate.toFixed(2)}/s, seed ${outcome.seed}: ${outcome.title}`,
  );
}

/** What happened instead, counted. */
function tally(report: Report, result: Reproduction, stopped: boolean): void {
  const counts = new Map<string, number>();
  for (const o of result.outcomes) counts.set(o.title, (counts.get(o.title) ?? 0) + 1);
  printLines([
    `${report.title}: not reproduced in ${result.outcomes.length} run${result.outcomes.length === 1 ? '' : 's'}${stopped ? ' (interrupted)' : ''}`,
    ...[...counts].sort((a, b) => b[1] - a[1]).map(([title, n]) => `${String(n).padStart(6)}  ${title}`),
  ]);
}

function jsonResult(report: Report, result: Reproduction): unknown {
  return {
    schema: 1,
    wanted: report.signature,
    reproduced: result.found?.same === true,
    seed: result.found?.seed ?? null,
    panic: result.found?.text ?? null,
    delays: result.found?.delays ?? [],
    runs: result.outcomes,
  };
}
