import { coreFile } from '@trap12/dump';
import { Ddb } from '@trap12/ddb';
import { type Delay, delaysText, disturb, Named, panicText } from '@trap12/explore';
import {
  createSystem,
  type Ending,
  NoProgressError,
  runFor,
  snapshotBytes,
  type System,
  type SystemOptions,
} from '@trap12/system';
import { NodeHost, writeSnapshot } from '@trap12/system/node.js';
import { type Command, InvalidArgumentError } from 'commander';
import { printLines, TabExpander, Tail, write, writeConsole } from './console.js';
import { BREAK_PLACES, type DebugFlags, debugRun, leftStatus } from './debug-run.js';
import { ddbPrompt } from './ddb-prompt.js';
import { type Again, debugAgain } from './going-on.js';
import { loopLines } from './loop.js';
import { besides, EXIT, unwritten, usageError, whyNot } from './exit.js';
import { givenInput, hasNoInput } from './input.js';
import { OwnOutput } from './own-output.js';
import { absentText } from './reproduce-text.js';
import { compileAll, programOption } from './own-programs.js';
import {
  addMachineOptions,
  addStrategyOptions,
  collect,
  memoryOption,
  patchOption,
  type MachineFlags,
  setupOf,
  type StrategyFlags,
  virtualSeconds,
} from './options.js';
import { diskFile, insertDisk, readDisk, saveDump } from './disk.js';
import { loadSubject } from './subject.js';
import { Progress, Silence } from './progress.js';
import { runUnattended } from './unattended.js';
import { writeSparse } from './sparse-file.js';
import { TRACE_HELP, tracerFor } from './trace-file.js';

/** A file to save the machine to, and when. */
interface SaveAt {
  seconds: number;
  file: string;
}

interface RunFlags extends MachineFlags, StrategyFlags, EndFlags, DebugFlags {
  disk?: string;
  trace?: string;
  program: string[];
  patch: string[];
  debug: boolean;
}

const NS = 1e9;

/**
 * What the JSON object keeps of the console: the end of it. A program that never stops talking is no reason
 * to run out of memory.
 */
const MAX_CONSOLE = 8 << 20;

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
    .option(
      '--ddb',
      'stay in the debugger if the kernel panics, or when its time is over (not with --json)',
      false,
    )
    .option(
      '--quiet',
      "show the command's own output only: no messages of startup and shutdown, others of the kernel on standard error",
      false,
    )
    .option('--seconds <n>', 'virtual seconds that it may take', virtualSeconds(1_000_000), 3600)
    .addOption(programOption())
    .addOption(patchOption())
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
    .option('--trace <file>', TRACE_HELP)
    .option('--debug', 'stop in the debugger before the machine begins', false)
    .option('--break <place>', `stop in the debugger at ${BREAK_PLACES} (may be repeated)`, collect, [])
    .option(
      '--at <seconds>',
      'stop in the debugger after so many virtual seconds (may be repeated)',
      (value: string, before: number[]) => [...before, virtualSeconds(1_000_000)(value)],
      [],
    )
    .addOption(memoryOption())
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
  const debugging = flags.debug || flags.break.length > 0 || flags.at.length > 0;
  if (debugging && flags.json) throw usageError('--debug, --break and --at open a prompt: leave --json out');
  if (debugging && flags.saveAt.length > 0)
    throw usageError('--debug, --break and --at open a prompt: leave --save-at out');
  if (debugging && flags.suspect !== undefined)
    throw usageError('--debug, --break and --at leave the schedule alone: leave --suspect out');
  const disk = flags.disk === undefined ? undefined : readDisk(flags.disk);
  // The debugger's prompt reads what comes after the command's end.
  const input = flags.ddb || debugging ? undefined : await givenInput();
  const options = {
    ...setupOf(flags),
    command,
    executables,
    input,
    debuggerOnPanic: flags.dump === undefined,
    ...(disk === undefined ? {} : { swapBytes: disk.length }),
  };
  const { kernel } = await loadSubject(
    { file: undefined, patches: flags.patch, seconds: undefined },
    options,
    debugging ? 'checked' : 'fast',
  );
  const system = createSystem(kernel, options);
  if (disk !== undefined) insertDisk(system, disk);
  const { status, inLoop } = debugging
    ? await debugRun(system, flags)
    : { status: await runAlone(system, options, flags), inLoop: false };
  const { core, disk: kept } = flags;
  if (debugging && core !== undefined)
    await besides('--core', core, () => writeSparse('--core', core, coreFile(system.target, inLoop)));
  if (debugging && flags.dump !== undefined) saveDump(system, flags.dump);
  if (kept !== undefined) await besides('--disk', kept, () => writeSparse('--disk', kept, diskFile(system)));
  return status;
}

async function runAlone(system: System, options: SystemOptions, flags: RunFlags): Promise<number> {
  const { strategy, suspect } = flags;
  const named = suspect === undefined ? undefined : new Named(system.target, suspect);
  const delays = suspect === undefined ? [] : disturb(system, { process: suspect, strategy }, named);
  // Of these runs there is more than the command line says, or more is to be made of their end.
  const alone =
    suspect === undefined &&
    [flags.disk, flags.core, flags.dump, flags.trace].every((each) => each === undefined) &&
    flags.saveAt.length === 0;
  const again = alone ? { options, patches: flags.patch, flags } : undefined;
  if (named !== undefined) {
    const status = await runTraced(system, options, flags, delays);
    const absent = named.absent();
    if (absent === undefined) return status;
    process.stderr.write(`trap12: --suspect ${suspect}: ${absentText(absent)}\n`);
    // As with `reproduce`, whose run has to be a whole one: it may have been stopped before somebody came.
    const isWhole = system.exitStatus !== undefined || system.machine.now() >= flags.seconds * NS;
    return isWhole ? EXIT.usage : status;
  }
  return flags.trace === undefined
    ? runToItsEnd(system, options, flags, delays, again)
    : runTraced(system, options, flags, delays);
}

async function runTraced(
  system: System,
  options: SystemOptions,
  flags: RunFlags,
  delays: readonly Delay[],
): Promise<number> {
  if (flags.trace === undefined) return runToItsEnd(system, options, flags, delays);
  const { observer, write: writeTrace } = tracerFor(flags.trace, system.target);
  system.observe(observer, observer.classes);
  const status = await runToItsEnd(system, options, flags, delays);
  await besides('--trace', flags.trace, writeTrace);
  return status;
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

/** How a run went, up to its end or to where it can go no further. */
interface Run {
  why: Ending;
  interrupted: boolean;
  /** Why it is taken to be in an endless loop */
  stuck?: string;
}

/** Runs a machine, and saves it on its way as the flags want it. */
async function runAndSave(system: System, options: SystemOptions, flags: EndFlags): Promise<Run> {
  const { machine } = system;
  const host = new NodeHost();
  const begun = machine.now();
  const runTo = hasNoInput()
    ? (seconds: number) => runUnattended(system, seconds, host)
    : (seconds: number) => runFor(machine, seconds, host);
  let why: Ending = 'time';
  const left = [...flags.saveAt].sort((a, b) => a.seconds - b.seconds);
  try {
    for (let next = left[0]; next !== undefined && next.seconds <= flags.seconds; next = left[0]) {
      if (why !== 'time' || host.interrupted || next.seconds * NS < machine.now()) break;
      why = await runTo(next.seconds);
      if (why !== 'time' || host.interrupted) break;
      left.shift();
      saveTo(next.file, system, options);
    }
    if (why === 'time' && !host.interrupted) why = await runTo(flags.seconds);
    return { why, interrupted: host.interrupted };
  } catch (error) {
    if (!(error instanceof NoProgressError)) throw error;
    return { why, interrupted: host.interrupted, stuck: error.message };
  } finally {
    host.close();
    for (const { seconds, file } of left)
      process.stderr.write(
        `trap12: --save-at ${seconds}=${file}: not saved, the run was from ${begun / NS} to ${machine.now() / NS} s\n`,
      );
  }
}

const howFar = (nowNs: number, { seconds }: EndFlags): string =>
  `running the machine: ${(nowNs / NS).toFixed(1)} of ${seconds} virtual seconds`;

/** If the file cannot be written, that is said at the end of the command. */
function saveTo(file: string, system: System, options: SystemOptions): void {
  try {
    writeSnapshot(file, snapshotBytes(system, options));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    unwritten(usageError(`--save-at ${file}: ${whyNot(error)}`));
  }
}

/**
 * Runs a machine until it stops or virtual time is up, shows its console or the JSON object; returns the exit
 * status.
 * @param again how the run can be made again, for a debugger from which it goes on
 */
export async function runToItsEnd(
  system: System,
  options: SystemOptions,
  flags: EndFlags,
  delays: readonly Delay[],
  again?: Again,
): Promise<number> {
  const { machine } = system;
  const tabs = new TabExpander();
  const shown = new Tail(MAX_CONSOLE);
  const own = flags.quiet && !flags.json ? new OwnOutput(system, (chunk) => shown.put(chunk)) : undefined;
  const isSaid = flags.json ? process.stderr.isTTY === true : !flags.quiet;
  const silence = isSaid ? new Silence(new Progress(), () => howFar(machine.now(), flags)) : undefined;
  machine.console.onOutput = (chunk) => {
    if (own !== undefined) own.put(chunk);
    else if (flags.json) shown.put(chunk);
    else {
      const text = tabs.expand(chunk);
      silence?.before(text);
      writeConsole(text);
    }
  };
  const { why, interrupted, stuck } = await runAndSave(system, options, flags).finally(() => silence?.end());
  const panicked = why === 'panic' || why === 'debugger';
  const hasSaid = own === undefined || own.end(panicked);
  const { core } = flags;
  if ((panicked || why === 'time') && core !== undefined)
    await besides('--core', core, () =>
      writeSparse('--core', core, coreFile(system.target, stuck !== undefined)),
    );
  if (flags.json) {
    const result = {
      schema: 1,
      ended: stuck === undefined ? why : 'stuck',
      status: system.exitStatus ?? null,
      seconds: machine.now() / NS,
      seed: options.seed,
      console: shown.text,
      consoleDropped: shown.dropped,
    };
    const panic = panicked ? { panic: panicText(system.target, shown.text), delays } : {};
    write(`${JSON.stringify({ ...result, ...panic }, null, 2)}\n`);
  } else if (panicked) {
    // What was not shown has the kernel's last message.
    const report = panicText(system.target, hasSaid ? '' : shown.text);
    write(new TabExpander().expand(report));
    printLines(delaysText(delays));
  } else if (why === 'time') {
    process.stderr.write(
      `trap12: ${stuck ?? (interrupted ? 'interrupted' : `not done after ${flags.seconds} virtual seconds, which --seconds sets`)}\n`,
    );
    if (stuck !== undefined) printLines(loopLines(new Ddb(system.target)));
  }
  const dumped = why === 'reboot' && system.get('panicstr') !== 0;
  if (dumped && flags.dump !== undefined) saveDump(system, flags.dump);
  const isEntered = why === 'debugger' && system.get('panicstr') === 0;
  if (isEntered && flags.ddb && again !== undefined) {
    const status = await debugAgain(system, again);
    if (status !== undefined) return status;
  }
  if ((panicked || why === 'time') && flags.ddb)
    await ddbPrompt(system.target, stuck !== undefined, why === 'time' && stuck === undefined);
  if (isEntered && !flags.ddb) {
    process.stderr.write(
      'trap12: it stopped in the debugger, where nobody lets it go on (--ddb opens that)\n',
    );
    return EXIT.notReproduced;
  }
  if (panicked) return flags.ddb ? leftStatus(system, why) : EXIT.panicked;
  if (dumped) return EXIT.panicked;
  return why === 'time' ? EXIT.notReproduced : (system.exitStatus ?? EXIT.done);
}
