import { branchLines, newestHistory } from '@trap12/ddb';
import type { Machine } from '@trap12/machine';
import { createSystem, History, type System } from '@trap12/system';
import { NodeHost } from '@trap12/system/node.js';
import type { Command } from 'commander';
import { TabExpander, write, writeConsole } from './console.js';
import { DebuggerPrompt } from './ddb-prompt.js';
import { leftStatus, stuck } from './debug-run.js';
import { EXIT } from './exit.js';
import { closePipedInput, pipedInput, STOP_KEY } from './piped-input.js';
import { addMachineOptions, type MachineFlags, memoryOption, patchOption, setupOf } from './options.js';
import { compileAll, programOption } from './own-programs.js';
import { sentinel } from './sentinel/sentinel.js';
import { INTERRUPT_KEY } from './sentinel/words.js';
import { loadSubject } from './subject.js';

/** Virtual time between two turns of the host, and how long such a turn is at least. */
const SLICE_NS = 20_000_000;
const HOST_TURN_MS = 5;

/** trap12 boot: an interactive console. */
export function addBoot(program: Command, setStatus: (status: number) => void): void {
  addMachineOptions(program.command('boot'))
    .addOption(memoryOption())
    .addOption(programOption())
    .addOption(patchOption())
    .description(
      'boot to a shell on an interactive console; Ctrl-T tells what runs, Ctrl-D ends the shell, Ctrl-\\ stops the machine in the debugger',
    )
    .addHelpText('after', '\nExamples:\n  $ trap12 boot --ram 32M\n  $ echo "ps; swapinfo" | trap12 boot\n')
    .action(async (flags: BootFlags) => setStatus(await boot(flags)));
}

interface BootFlags extends MachineFlags {
  memory: number;
  program: string[];
  patch: string[];
}

async function boot(flags: BootFlags): Promise<number> {
  // In its checked form the kernel can be made to stand at any instruction, and goes on from there.
  const options = { ...setupOf(flags), executables: await compileAll(flags.program) };
  const subject = { file: undefined, patches: flags.patch, seconds: undefined };
  const { kernel } = await loadSubject(subject, options, 'checked');
  const system = createSystem(kernel, options);
  const { machine } = system;
  const history = new History(system, flags.memory);
  const prompt = new DebuggerPrompt(system.target, true);
  const tabs = new TabExpander();
  machine.console.onOutput = (chunk) => writeConsole(tabs.expand(chunk));
  for (;;) {
    const host = new NodeHost();
    let why: Awaited<ReturnType<typeof converse>>;
    try {
      why = await converse(system, history, host);
    } catch (error) {
      machine.console.flush();
      return stuck(error, prompt);
    } finally {
      host.close();
    }
    machine.console.flush();
    if (why === 'time') {
      process.stderr.write('\ntrap12: interrupted\n');
      closePipedInput();
      return EXIT.notReproduced;
    }
    if (why !== 'step' && why !== 'panic' && why !== 'debugger') {
      closePipedInput();
      return system.exitStatus ?? EXIT.done;
    }
    if (!tabs.atLineStart) write(tabs.expand('\n'));
    prompt.showStop();
    const goesOn = await prompt.ask();
    if (!goesOn) return why === 'step' ? EXIT.done : leftStatus(system, why);
  }
}

/** Lets somebody talk to the machine's console until it stops, or is stopped by the key. */
async function converse(
  { machine }: System,
  history: History,
  host: NodeHost,
): Promise<ReturnType<Machine['run']>> {
  const keys = process.stdin.isTTY === true ? personsKeys() : pipedKeys();
  let stop = false;
  try {
    for (;;) {
      await keys.turn(host);
      if (host.interrupted) return 'time';
      const untilPoll = stop ? machine.step.polls + 1 : undefined;
      const why = host.guard(() => history.run(machine.now() + SLICE_NS, untilPoll));
      machine.console.flush();
      if (why !== 'time') return why;
      // Behind a step what comes by a pipe is still the debugger's.
      const typed = keys.take();
      const newest = newestHistory(history);
      if (typed.text !== '') history.type(typed.text.replaceAll('\r', '\n'));
      for (const line of branchLines(history, newest)) process.stderr.write(`\r\n[${line}]\r\n`);
      stop ||= typed.stop;
      await new Promise((resolve) => setTimeout(resolve, HOST_TURN_MS));
    }
  } finally {
    await keys.close();
  }
}

/** Where keystrokes come from. */
interface Keys {
  /** What was typed since the last time, up to the stop key */
  take(): { text: string; stop: boolean };
  /** Before each slice of the machine: if the host was interrupted by a keystroke, that is taken back. */
  turn(host: NodeHost): Promise<void>;
  /** The terminal is as it was. */
  close(): Promise<void>;
}

/** A terminal in raw mode: the machine's own console edits lines. */
function personsKeys(): Keys {
  const { stdin } = process;
  let text = '';
  let stop = false;
  const type = (got: string): void => {
    const at = got.indexOf(STOP_KEY);
    text += at < 0 ? got : got.slice(0, at);
    stop ||= at >= 0;
  };
  const onData = (data: Buffer): void => type(data.toString('latin1'));
  stdin.setRawMode(true);
  stdin.on('data', onData);
  stdin.resume();
  const take = (): { text: string; stop: boolean } => {
    const typed = { text, stop };
    text = '';
    stop = false;
    return typed;
  };
  return {
    take,
    turn: async (host) => {
      const missed = await sentinel.running();
      // What was read before the silence is with the machine, so this goes in front of what has come since.
      const since = take();
      type(missed.typed + since.text);
      stop ||= since.stop;
      // A machine that was late after all: Ctrl-C was meant for it, behind what was typed before.
      if (!missed.madeSignals || !host.interrupted) return;
      host.interrupted = false;
      text += INTERRUPT_KEY;
    },
    close: async () => {
      const { typed } = await sentinel.still();
      stdin.setRawMode(false);
      stdin.removeListener('data', onData);
      stdin.pause();
      // The debugger's prompt reads it.
      if (typed !== '') stdin.unshift(Buffer.from(typed, 'latin1'));
    },
  };
}

/** A pipe, whose end is typed as Ctrl-D. */
function pipedKeys(): Keys {
  const input = pipedInput();
  let told = false;
  return {
    take: () => {
      const { text, stop, ended } = input.take();
      const end = ended && !stop && !told;
      told ||= end;
      return { text: end ? `${text}\x04` : text, stop };
    },
    turn: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
