import { coreFile } from '@trap12/dump';
import {
  BACKGROUNDS,
  backgroundNamed,
  coverageOf,
  coverageText,
  DEFAULT_BACKGROUND,
  delaysText,
  type Found,
  type Load,
  loadOf,
  neededText,
  reproduce,
  type Reproduction,
  type RunOutcome,
  type Schedule,
  scheduleText,
  stateHash,
} from '@trap12/explore';
import { parseRegime, regimes as knownRegimes } from '@trap12/kernel';
import { parseReport, type Report, ReportError } from '@trap12/report';
import { callStopped, type Kernel, type System } from '@trap12/system';
import { loadKernel, NodeHost } from '@trap12/system/node.js';
import { SymbolTable } from '@trap12/target';
import type { Command } from 'commander';
import { printLines, TabExpander, write } from './console.js';
import { saveDump } from './disk.js';
import { ddbPrompt } from './ddb-prompt.js';
import { CommandError, EXIT, usageError } from './exit.js';
import { writeSchedule } from './explore.js';
import {
  accepted,
  addMachineOptions,
  addStrategyOptions,
  integer,
  type MachineFlags,
  setupOf,
  type StrategyFlags,
} from './options.js';
import { compileAll, programOption } from './own-programs.js';
import { Progress, type SearchState } from './progress.js';
import { InputError, readInput } from './reports/input.js';
import {
  differenceLines,
  equivalenceLines,
  instead,
  loadText,
  regimeLine,
  replayText,
} from './reproduce-text.js';
import { writeSparse } from './sparse-file.js';
import { labOf, subjectOf, subjectOfSchedule } from './subject.js';
import { TRACE_HELP, traceSchedule } from './trace-file.js';
import { shellWord, sizeText } from './words.js';

export interface ReproduceFlags extends MachineFlags, StrategyFlags {
  attempts: number;
  seconds: number;
  any: boolean;
  batch: boolean;
  schedule?: string;
  trace?: string;
  json: boolean;
  core?: string;
  dump?: string;
  background: string;
  load?: string;
  regimes?: string;
  program: string[];
}

/** trap12 reproduce: runs the recipe of a report until its panic comes. */
export function addReproduce(program: Command, setStatus: (status: number) => void): void {
  const command = addMachineOptions(program.command('reproduce'));
  addStrategyOptions(command, ' (default: the one that the report names)')
    .description("run a report's recipe, seed after seed, until its panic comes; then stop in the debugger")
    .argument('<report>', 'text of the panic report, or - for standard input')
    .option('--load <command>', "a shell command to load the machine with, in place of the report's recipe")
    .option(
      '--background <name>',
      `what runs beside it: ${Object.keys(BACKGROUNDS).join(', ')} (docs/reproduce.md)`,
      accepted(backgroundNamed),
      DEFAULT_BACKGROUND,
    )
    .addOption(programOption())
    .option('--regimes <list>', 'search these locking regimes in turn, or all; implies --batch')
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
    .option('--trace <file>', TRACE_HELP)
    .option('--json', 'print one JSON object (docs/json.md); implies --batch', false)
    .addHelpText(
      'after',
      "\nExamples:\n  $ trap12 reproduce examples/vmdaemon-2001.txt\n  $ trap12 reproduce --batch --locking giant --attempts 20 examples/vmdaemon-2001.txt\n  $ trap12 reproduce --load 'memcheck 56m' --background forks --regimes all --attempts 5 REPORT\n",
    )
    .action(async (path: string, flags: ReproduceFlags, self: Command) => {
      if (flags.regimes !== undefined && self.getOptionValueSource('locking') === 'cli')
        throw usageError('--regimes names locking regimes and --locking one: choose one of the options');
      setStatus(await new Search(path, flags).run());
    });
}

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

/**
 * The regimes of a list; what changes a switch belongs to the regime before it: `giant,vm_mtx=1,vm_mtx-20010519` are two.
 * @throws RangeError that says what is accepted
 */
function regimeList(text: string, kernel: Kernel): string[] {
  const symbols = new SymbolTable(kernel.image);
  if (text === 'all') return Object.keys(knownRegimes(symbols));
  const out: string[] = [];
  for (const word of text.split(',')) {
    if (word.includes('=') && out.length > 0) out.push(`${out.pop()},${word}`);
    else out.push(word);
  }
  for (const each of out) parseRegime(each, symbols);
  return out;
}

/** Has a machine that has stopped in the debugger dump. */
function dumpFromDebugger(system: System, path: string): void {
  const tabs = new TabExpander();
  system.machine.console.onOutput = (chunk) => write(tabs.expand(chunk));
  printLines(['db> call doadump']);
  callStopped(system, 'doadump');
  saveDump(system, path);
}

/** The run that was found, as its schedule. */
export function foundSchedule(
  found: Found,
  kernel: Kernel,
  flags: MachineFlags & Pick<ReproduceFlags, 'seconds'>,
): Schedule {
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

/** What the machine is made to do. Before the first seed: what cannot be run is an error. */
export function chooseLoad(
  path: string,
  report: Report,
  kernel: Kernel,
  flags: Pick<ReproduceFlags, 'load' | 'background' | 'ram'>,
): Load {
  const coverage = coverageOf(report, kernel);
  const { runnable } = coverage;
  if (flags.load === undefined && runnable.length === 0)
    throw new CommandError(
      `${path}: understood as "${report.title}", but ${report.recipe.length === 0 ? 'it names no command to load the machine with' : 'none of its commands can be run here'}; ${neededText(report, coverage)}`,
      EXIT.notReproduced,
    );
  return loadOf(
    { recipe: runnable },
    {
      given: flags.load,
      background: flags.background,
      ramBytes: flags.ram,
      programs: kernel.executables.map((each) => each.name),
    },
  );
}

/** One call of the command. */
class Search {
  private host!: NodeHost;
  private report!: Report;
  private kernel!: Kernel;
  private load!: Load;

  constructor(
    private readonly path: string,
    private readonly flags: ReproduceFlags,
  ) {}

  async run(): Promise<number> {
    const { path, flags } = this;
    this.report = await readReport(path);
    const built = await loadKernel();
    this.kernel = { ...built, executables: [...built.executables, ...(await compileAll(flags.program))] };
    const coverage = coverageOf(this.report, this.kernel);
    if (!flags.json) process.stderr.write(`${coverageText(this.report, coverage)}\n`);
    this.load = chooseLoad(path, this.report, this.kernel, flags);
    const list = flags.regimes === undefined ? undefined : regimeList(flags.regimes, this.kernel);
    this.host = new NodeHost();
    try {
      return list === undefined ? await this.one() : await this.several(list);
    } finally {
      this.host.close();
    }
  }

  private async search(locking: string, prefix = ''): Promise<Reproduction> {
    const { flags } = this;
    const progress = new Progress(prefix);
    const state: SearchState = {
      done: 0,
      total: flags.attempts,
      seed: flags.seed,
      seconds: 0,
      limit: flags.seconds,
      last: '',
    };
    const shown = !flags.json || process.stderr.isTTY === true;
    const result = await reproduce({
      report: this.report,
      kernel: this.kernel,
      setup: { ...setupOf(flags), locking },
      load: this.load,
      attempts: flags.attempts,
      seconds: flags.seconds,
      strategy: flags.strategy,
      ...(flags.suspect === undefined ? {} : { suspect: flags.suspect }),
      anyPanic: flags.any,
      onOutcome: (outcome: RunOutcome) => {
        state.done++;
        state.last = outcome.title;
      },
      onProgress: (seed, seconds) => {
        Object.assign(state, { seed, seconds });
        if (shown) progress.show(state);
      },
      host: this.host,
    });
    progress.end();
    return result;
  }

  private async one(): Promise<number> {
    const { flags, report, path } = this;
    const result = await this.search(flags.locking);
    const { found } = result;
    if (flags.core !== undefined && found !== undefined)
      writeSparse(flags.core, coreFile(found.system.target));
    if (flags.trace !== undefined && found !== undefined) {
      const schedule = foundSchedule(found, this.kernel, flags);
      traceSchedule(labOf(await subjectOfSchedule(schedule), schedule.from), schedule, flags.trace);
    }
    if (flags.json) write(`${JSON.stringify({ ...this.jsonHead(), ...jsonResult(result) }, null, 2)}\n`);
    else if (found === undefined) this.showInstead(flags.locking, result);
    else {
      const { seconds, differences, equivalences } = result.outcomes.at(-1)!;
      write(`${path}: ${report.title}\n`);
      if (!found.same) printLines(['another panic:', ...differenceLines(differences, '    ')]);
      printLines([
        ...equivalenceLines(equivalences),
        ...this.runLines(found.seed, flags.locking, seconds),
        '',
      ]);
      write(new TabExpander().expand(found.text));
      const { schedule: file } = flags;
      if (file !== undefined) writeSchedule(file, scheduleText(foundSchedule(found, this.kernel, flags)));
      const replay =
        file === undefined
          ? replayText(path, found.seed, flags.locking, flags)
          : `replay: trap12 replay ${shellWord(file)}`;
      printLines([...delaysText(found.delays), replay]);
      if (flags.dump !== undefined) dumpFromDebugger(found.system, flags.dump);
      this.host.close();
      if (!flags.batch) await ddbPrompt(found.system.target);
    }
    return found?.same === true ? EXIT.done : EXIT.notReproduced;
  }

  /** What came instead; the panic that is nearly the same first. */
  private showInstead(locking: string, result: Reproduction): void {
    const { near, outcomes } = result;
    if (near !== undefined) {
      const { differences, seconds } = outcomes.find((each) => each.seed === near.seed)!;
      printLines(['the same but for:', ...differenceLines(differences, '    ')]);
      printLines([...this.runLines(near.seed, locking, seconds), '']);
      write(new TabExpander().expand(near.text));
      printLines([replayText(this.path, near.seed, locking, this.flags), '']);
    } else printLines([loadText(this.load)]);
    printLines(instead(this.report, result, this.host.interrupted));
  }

  private runLines(seed: number, locking: string, seconds: number): string[] {
    return [
      `seed ${seed} of regime ${locking}, ${sizeText(this.flags.ram)} RAM, after ${seconds.toFixed(2)} virtual seconds`,
      loadText(this.load),
    ];
  }

  /** Each regime with the same seeds; then which of them died how. */
  private async several(list: readonly string[]): Promise<number> {
    const { flags, report, path } = this;
    const results: [locking: string, result: Reproduction][] = [];
    for (const locking of list) {
      if (this.host.interrupted) break;
      const result = await this.search(locking, `${locking}: `);
      results.push([locking, result]);
      if (!flags.json) process.stderr.write(`${regimeLine(locking, result)}\n`);
    }
    const some = results.some(([, { found }]) => found?.same === true);
    if (flags.json) {
      const regimes = results.map(([locking, result]) => ({ locking, ...jsonResult(result) }));
      write(`${JSON.stringify({ ...this.jsonHead(), reproduced: some, regimes }, null, 2)}\n`);
      return some ? EXIT.done : EXIT.notReproduced;
    }
    printLines([`${path}: ${report.title}`, loadText(this.load), '']);
    printLines([...results.map(([locking, result]) => regimeLine(locking, result))]);
    for (const [locking, result] of results) {
      const { found } = result;
      if (found?.same === true)
        printLines(['', `${locking}:`, `    ${replayText(path, found.seed, locking, flags)}`]);
      else if (result.outcomes.some(({ result: how }) => how === 'near' || how === 'other'))
        printLines(['', `${locking}:`, ...instead(report, result, this.host.interrupted).slice(1)]);
    }
    return some ? EXIT.done : EXIT.notReproduced;
  }

  private jsonHead(): object {
    return { schema: 1, wanted: this.report.signature, load: this.load };
  }
}

function jsonResult({ found, near, outcomes }: Reproduction): object {
  return {
    reproduced: found?.same === true,
    seed: found?.seed ?? null,
    panic: found?.text ?? null,
    delays: found?.delays ?? [],
    near: near === undefined ? null : { seed: near.seed, panic: near.text },
    runs: outcomes,
  };
}
