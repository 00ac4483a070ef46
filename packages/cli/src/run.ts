import { coreFile } from '@trap12/dump';
import { type Delay, delaysText, disturb, panicMessage, panicText, TraceLog } from '@trap12/explore';
import {
  createSystem,
  type Executable,
  runFor,
  snapshotBytes,
  type System,
  type SystemOptions,
} from '@trap12/system';
import { loadKernel, nodeTurn, writeSnapshot } from '@trap12/system/node.js';
import { type Command, InvalidArgumentError } from 'commander';
import { printLines, TabExpander, Tail, write } from './console.js';
import { type DebugFlags, debugRun } from './debug-run.js';
import { ddbPrompt } from './ddb-prompt.js';
import { EXIT, usageError } from './exit.js';
import {
  addMachineOptions,
  addStrategyOptions,
  integer,
  type MachineFlags,
  setupOf,
  type StrategyFlags,
} from './options.js';
import { diskFile, insertDisk, readDisk, saveDump } from './disk.js';
import { wholeFile, writeSparse } from './sparse-file.js';

/** A file to save the machine to, and when. */
interface SaveAt {
  seconds: number;
  file: string;
}

interface RunFlags extends MachineFlags, StrategyFlags, EndFlags, DebugFlags {
  disk?: string;
  trace?: string;
  program: string[];
  debug: boolean;
}

const NS = 1e9;

/** What the JSON object keeps of the console: the end of it. A program that never stops talking is no reason to run out of memory. */
const MAX_CONSOLE = 8 << 20;

const collect = (value: string, before: string[]): string[] => [...before, value];

/** A parser of `SECONDS=FILE`, collecting. */
export function saveAt(value: string, before: SaveAt[]): SaveAt[] {
  const match = /^(\d+(?:\.\d+)?)=(.+)$/.exec(value);
  const seconds = Number(match?.[1]);
  if (match === null || !(seconds > 0 && seconds <= 1_000_000))
    throw new InvalidArgumentError('accepted: SECONDS=FILE, with 0 to 1000000 virtual seconds.');
  return [...before, { seconds, file: match[2]! }];
}

/** trap12 run: boots, runs a command in the simulated shell, ends with its status. */
export function addRun(program: Command, setStatus: (status: number) => void): void {
  const command = addMachineOptions(program.command('run'));
  addStrategyOptions(command, '; without it the schedule is left alone')
    .description('boot, run a command in the simulated shell, show the console, end with its status')
    .argument('[command...]', 'the command and its arguments (after --)')
    .option('--ddb', 'stay in the debugger if the kernel panics (not with --json)', false)
    .option('--quiet', 'leave the boot messages out', false)
    .option('--seconds <n>', 'virtual seconds that it may take', integer(1, 1_000_000), 3600)
    .option(
      '--program <file>',
      'compile FILE.ts and put it into /bin (docs/userland.md; may be repeated)',
      collect,
      [],
    )
    .option(
      '--save-at <seconds=file>',
      'save the machine to a file when so many virtual seconds have passed (may be repeated)',
      saveAt,
      [],
    )
    .option(
      '--dump [file]',
      'a kernel that panics dumps to the swap disk and reboots, instead of stopping; the dump goes to the file',
    )
    .option('--disk <file>', 'the swap disk: read if it is there, written at the end')
    .option(
      '--core <file>',
      'write an ELF core file for gdb of the machine that panicked, or stands when time is up',
    )
    .option('--trace <file.pftrace>', 'write what happened as a trace for ui.perfetto.dev')
    .option('--debug', 'stop in the debugger before the machine begins', false)
    .option(
      '--break <place>',
      'stop in the debugger at FUNCTION[+OFFSET] or FILE:LINE of the kernel (may be repeated)',
      collect,
      [],
    )
    .option('--json', 'print one JSON object at the end instead of the console (docs/json.md)', false)
    .addHelpText(
      'after',
      '\nExamples:\n  $ trap12 run -- dd if=/dev/zero of=/dev/null bs=52m count=1\n  $ trap12 run --ncpu 4 -- "memcheck 128m && swapinfo"\n  $ trap12 run --suspect vmdaemon --seconds 60 -- "pool 6 2600 1 & hog burst 14m 60 & memcheck 60m"\n',
    )
    .action(async (words: string[], flags: RunFlags) => setStatus(await run(words, flags)));
}

async function run(words: string[], flags: RunFlags): Promise<number> {
  if (flags.json && flags.ddb) throw usageError('--ddb is a prompt and --json is one object: choose one');
  const command = words.length === 0 ? ':' : words.join(' ');
  const executables = await compileAll(flags.program);
  const debugging = flags.debug || flags.break.length > 0;
  if (debugging && flags.json) throw usageError('--debug and --break open a prompt: leave --json out');
  const disk = flags.disk === undefined ? undefined : readDisk(flags.disk);
  const options = {
    ...setupOf(flags),
    command,
    executables,
    debuggerOnPanic: flags.dump === undefined,
    ...(disk === undefined ? {} : { swapBytes: disk.length }),
  };
  const system = createSystem(await loadKernel(undefined, debugging ? 'checked' : 'fast'), options);
  if (disk !== undefined) insertDisk(system, disk);
  const status = debugging ? await debugRun(system, flags) : await runAlone(system, options, flags);
  if (debugging && flags.core !== undefined) writeSparse(flags.core, coreFile(system.target));
  if (debugging && flags.dump !== undefined) saveDump(system, flags.dump);
  if (flags.disk !== undefined) writeSparse(flags.disk, diskFile(system));
  return status;
}

async function runAlone(system: System, options: SystemOptions, flags: RunFlags): Promise<number> {
  const { strategy, suspect } = flags;
  const delays = suspect === undefined ? [] : disturb(system, { process: suspect, strategy });
  if (flags.trace === undefined) return runToItsEnd(system, options, flags, delays);
  const trace = new TraceLog(system.target);
  system.observe(trace, TraceLog.classes);
  const status = await runToItsEnd(system, options, flags, delays);
  writeSparse(flags.trace, wholeFile(trace.finish(panicMessage(system.target))));
  return status;
}

/** Compiles programs of the user's own; the compiler is loaded only then. */
async function compileAll(files: readonly string[]): Promise<Executable[]> {
  if (files.length === 0) return [];
  const { compileFile, CompileError } = await import('@trap12/system/compile.js');
  return files.map((file) => {
    try {
      return compileFile(file);
    } catch (error) {
      if (error instanceof CompileError) throw usageError(error.message);
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      throw usageError(`--program ${file}: ${(error as Error).message}`);
    }
  });
}

/** How a machine is run on, and what is shown of it. */
export interface EndFlags {
  ddb: boolean;
  json: boolean;
  seconds: number;
  quiet: boolean;
  saveAt: readonly SaveAt[];
  core?: string;
  /** true: the dump stays on the disk only */
  dump?: string | true;
}

/** Runs a machine until it stops or virtual time is up, shows its console or the JSON object; returns the exit status. */
export async function runToItsEnd(
  system: System,
  options: SystemOptions,
  flags: EndFlags,
  delays: readonly Delay[],
): Promise<number> {
  const { machine } = system;
  const tabs = new TabExpander();
  const shown = new Tail(MAX_CONSOLE);
  let quiet = flags.quiet;
  machine.console.onOutput = (chunk) => {
    if (flags.json) shown.put(chunk);
    else if (quiet) quiet = system.get('cold') !== 0;
    else write(tabs.expand(chunk));
  };
  let interrupted = false;
  const onInterrupt = (): void => {
    interrupted = true;
  };
  process.once('SIGINT', onInterrupt);
  const host = { turn: nodeTurn, stop: () => interrupted };
  let why: Awaited<ReturnType<typeof runFor>> = 'time';
  for (const { seconds, file } of [...flags.saveAt].sort((a, b) => a.seconds - b.seconds)) {
    if (why !== 'time' || interrupted || seconds > flags.seconds || seconds * NS < machine.now()) break;
    why = await runFor(machine, seconds, host);
    if (why === 'time' && !interrupted) writeSnapshot(file, snapshotBytes(system, options));
  }
  if (why === 'time' && !interrupted) why = await runFor(machine, flags.seconds, host);
  process.removeListener('SIGINT', onInterrupt);
  const panicked = why === 'panic' || why === 'debugger';
  if ((panicked || why === 'time') && flags.core !== undefined)
    writeSparse(flags.core, coreFile(system.target));
  if (flags.json) {
    const result = {
      schema: 1,
      ended: why,
      status: system.exitStatus ?? null,
      seconds: machine.now() / NS,
      seed: options.seed,
      console: shown.text,
      consoleDropped: shown.dropped,
    };
    const panic = panicked ? { panic: panicText(system.target, shown.text), delays } : {};
    write(`${JSON.stringify({ ...result, ...panic }, null, 2)}\n`);
  } else if (panicked) {
    const report = panicText(system.target, '');
    write(new TabExpander().expand(report));
    printLines(delaysText(delays));
  } else if (why === 'time') {
    process.stderr.write(
      `trap12: ${interrupted ? 'interrupted' : `not done after ${flags.seconds} virtual seconds`}\n`,
    );
  }
  const dumped = why === 'reboot' && system.get('panicstr') !== 0;
  if (dumped && flags.dump !== undefined) saveDump(system, flags.dump);
  if (panicked && flags.ddb) await ddbPrompt(system.target);
  if (panicked || dumped) return EXIT.panicked;
  return why === 'time' ? EXIT.notReproduced : (system.exitStatus ?? EXIT.done);
}
