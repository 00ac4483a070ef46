import { existsSync } from 'node:fs';
import { parseSchedule, type Schedule, ScheduleError } from '@trap12/explore';
import { createSystem, History } from '@trap12/system';
import { loadKernel, NodeHost } from '@trap12/system/node.js';
import type { Command } from 'commander';
import { TabExpander, writeConsole } from './console.js';
import { type DebugMachine, runOn } from './debug-run.js';
import { usageError } from './exit.js';
import { serveGdb } from './gdb-server.js';
import { compileAll, programOption } from './own-programs.js';
import {
  addMachineOptions,
  integer,
  type MachineFlags,
  memoryOption,
  setupOf,
  virtualSeconds,
} from './options.js';
import { checkedReplay } from './replay.js';
import { readInput, InputError } from './reports/input.js';
import { findSchedule, SEARCH_DEFAULTS } from './find-schedule.js';
import { type Given, givenTo } from './told-machine.js';

interface GdbFlags extends MachineFlags {
  port: number;
  seconds: number;
  memory: number;
  program: string[];
  given: Given;
}

const DEFAULT_PORT = 1234;

/** trap12 gdbserver: gdb over the wire, on a machine that can be brought back. */
export function addGdbserver(program: Command, setStatus: (status: number) => void): void {
  addMachineOptions(program.command('gdbserver'))
    .description(
      'let gdb work on a machine, forwards and backwards: at the end of a schedule or the panic of a report, or at the beginning of a command',
    )
    .argument('[words...]', 'a schedule, a panic report, or a command (after --)')
    .option('--port <n>', 'TCP port on 127.0.0.1; 0 takes a free one', integer(0, 65535), DEFAULT_PORT)
    .option('--seconds <n>', 'virtual seconds that a command may take', virtualSeconds(1_000_000), 3600)
    .addOption(programOption())
    .addOption(memoryOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ trap12 gdbserver -- dd if=/dev/zero of=/dev/null bs=52m count=1\n  $ trap12 gdbserver panic.sched\n  $ trap12 symbols kernel.debug && gdb kernel.debug -ex "target remote :1234"\n',
    )
    .action(async (words: string[], options: Omit<GdbFlags, 'given'>, self: Command) => {
      const flags: GdbFlags = { ...options, given: givenTo(self) };
      // What commander was given: it takes the "--" away.
      const { rawArgs } = self.parent as Command & { rawArgs: readonly string[] };
      const machine = rawArgs.includes('--')
        ? await ofCommand(words.join(' '), flags)
        : words.length === 0
          ? await ofCommand(':', flags)
          : await ofFile(words, flags);
      setStatus(await serveGdb(machine, flags.port));
    });
}

/** A machine before its beginning, with a command to run. */
async function ofCommand(command: string, flags: GdbFlags): Promise<DebugMachine> {
  const executables = await compileAll(flags.program);
  const system = createSystem(await loadKernel(undefined, 'checked'), {
    ...setupOf(flags),
    command,
    executables,
  });
  return { system, history: new History(system, flags.memory), endNs: flags.seconds * 1e9 };
}

/** A machine at the end of a schedule's run, or of the run that a report's panic was found in. */
async function ofFile(words: readonly string[], flags: GdbFlags): Promise<DebugMachine> {
  const [file = ''] = words;
  if (words.length > 1 || (file !== '-' && !existsSync(file)))
    throw usageError(
      `cannot read ${words.length > 1 ? words.join(' ') : file}: accepted: a schedule, a report, or -- and a command`,
    );
  const schedule = await scheduleOf(file, flags);
  const machine = await checkedReplay(file, schedule, flags.memory);
  await toItsEnd(machine);
  return machine;
}

async function scheduleOf(file: string, flags: GdbFlags): Promise<Schedule> {
  let text: string;
  try {
    ({ text } = await readInput(file));
  } catch (error) {
    if (error instanceof InputError) throw usageError(`cannot read ${file}: ${error.message}`);
    throw error;
  }
  try {
    if (text.startsWith('trap12 schedule')) return parseSchedule(text);
  } catch (error) {
    if (error instanceof ScheduleError) throw usageError(`${file}: ${error.message}`);
    throw error;
  }
  const host = new NodeHost();
  const tell = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  try {
    const { turn, guard, elapsedMs } = host;
    const stop = (): boolean => host.interrupted;
    const search = { ...flags, ...SEARCH_DEFAULTS };
    return await findSchedule(file, search, { turn, guard, stop, elapsedMs }, tell);
  } finally {
    host.close();
  }
}

/** Lets it run, with what it shows, until it panics or is over. */
async function toItsEnd(machine: DebugMachine): Promise<void> {
  const { system, history } = machine;
  const tabs = new TabExpander();
  system.machine.console.onOutput = (chunk) => writeConsole(tabs.expand(chunk));
  const host = new NodeHost();
  try {
    const why = await runOn(machine, host);
    if (why === 'halt' || why === 'reboot') history.goTo(history.end);
  } finally {
    host.close();
    system.machine.console.flush();
    if (!tabs.atLineStart) writeConsole(tabs.expand('\n'));
  }
}
