import { BACKGROUNDS, backgroundNamed, DEFAULT_BACKGROUND } from '@trap12/explore';
import type { Command } from 'commander';
import { usageError } from './exit.js';
import { COMMAND_ODDS } from './explore-text.js';
import {
  accepted,
  addMachineOptions,
  addStrategyOptions,
  integer,
  jobsOption,
  memoryOption,
  patchOption,
  virtualSeconds,
} from './options.js';
import { programOption } from './own-programs.js';
import { ATTEMPTS, SECONDS } from './find-schedule.js';
import { givenTo } from './told-machine.js';
import { TRACE_HELP } from './trace-file.js';
import { FILES } from './found-run.js';
import { type ReproduceFlags, Search } from './reproduce-search.js';

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
    .addOption(patchOption())
    .option('--regimes <list>', 'search these locking regimes in turn, or all; implies --batch')
    .option('--attempts <n>', 'seeds to try', integer(1, 1_000_000), ATTEMPTS)
    .option(
      '--looks <n>',
      'first look around the runs of so many seeds: the suspect waits in one gap between its locks at a time (default: 4, or a quarter of the attempts if that is less)',
      integer(0, 1_000_000),
    )
    .option('--seconds <n>', 'virtual seconds of load for each', virtualSeconds(100_000), SECONDS)
    .option('--any', 'stop at the first panic even if it is another one (exit code 1 then)', false)
    .option('--batch', 'print the panic and end, instead of the debugger', false)
    .option(
      '--dump <file>',
      "have the kernel that panicked dump to its disk (DDB's call doadump), into a file",
    )
    .option('--core <file>', 'write an ELF core file of the machine that panicked, for gdb')
    .option(
      '--shrink <n>',
      'seconds that shrinking the schedule may take, 0 for none',
      integer(0, 1_000_000),
      60,
    )
    .option(
      '--judge <n>',
      'schedules by which giant and each known cure are judged, 0 for none',
      integer(0, 1_000_000),
      8,
    )
    .option(
      '--odds <n>',
      'runs by chance from each moment of the failing run, 0 for none',
      integer(0, 100_000),
      COMMAND_ODDS,
    )
    .addOption(jobsOption())
    .addOption(memoryOption())
    .option('--schedule <file>', 'write the run that was found to a file, for `trap12 replay`')
    .option('--trace <file>', TRACE_HELP)
    .option('--html <file>', 'write a page about the shrunk run, with lanes that can be clicked through')
    .option(
      '--certificate <file>',
      'write a certificate of the run that was found, for `trap12 certify`; a page, if the name ends in .html',
    )
    .option('--json', 'print one JSON object (docs/json.md); implies --batch', false)
    .addHelpText(
      'after',
      "\nExamples:\n  $ trap12 reproduce examples/vmdaemon-2001.txt\n  $ trap12 reproduce --batch --locking giant --attempts 20 examples/vmdaemon-2001.txt\n  $ trap12 reproduce --load 'memcheck 56m' --background forks --regimes all --attempts 5 REPORT\n",
    )
    .action(async (path: string, flags: ReproduceFlags, self: Command) => {
      if (flags.regimes !== undefined && self.getOptionValueSource('locking') === 'cli')
        throw usageError('--regimes names locking regimes and --locking one: choose one of the options');
      const { looks, attempts } = flags;
      if (looks !== undefined && looks > attempts)
        throw usageError(`--looks ${looks}: accepted: 0 to ${attempts}, as many as --attempts`);
      const written = FILES.find((name) => flags[name] !== undefined);
      if (flags.regimes !== undefined && written !== undefined)
        throw usageError(`--${written} is about one run: leave --regimes out, or use --locking`);
      setStatus(await new Search(path, { ...flags, given: givenTo(self) }).run());
    });
}
