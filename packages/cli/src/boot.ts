import { Ddb } from '@trap12/ddb';
import type { Machine } from '@trap12/machine';
import { createSystem, HostInterrupt, NoProgressError, type System } from '@trap12/system';
import { loadKernel, NodeHost } from '@trap12/system/node.js';
import type { Command } from 'commander';
import { printLines, TabExpander, write, writeConsole } from './console.js';
import { ddbPrompt } from './ddb-prompt.js';
import { EXIT } from './exit.js';
import { addMachineOptions, type MachineFlags, setupOf } from './options.js';

/** Virtual time between two turns of the host, and how long such a turn is at least. */
const SLICE_NS = 20_000_000;
const HOST_TURN_MS = 5;

/** trap12 boot: an interactive console. */
export function addBoot(program: Command, setStatus: (status: number) => void): void {
  addMachineOptions(program.command('boot'))
    .description(
      'boot to a shell on an interactive console; Ctrl-D ends the shell, Ctrl-\\ stops the machine in the debugger',
    )
    .addHelpText('after', '\nExamples:\n  $ trap12 boot --ram 32M\n  $ echo "ps; swapinfo" | trap12 boot\n')
    .action(async (flags: MachineFlags) => setStatus(await boot(flags)));
}

/** Ctrl-\\, by which a person stops the machine and gets the debugger. */
const STOP_KEY = 0x1c;

async function boot(flags: MachineFlags): Promise<number> {
  const system = createSystem(await loadKernel(), setupOf(flags));
  const { machine } = system;
  const tabs = new TabExpander();
  machine.console.onOutput = (chunk) => writeConsole(tabs.expand(chunk));
  for (;;) {
    const host = new NodeHost();
    let why: Awaited<ReturnType<typeof converse>>;
    try {
      why = await converse(system, host);
    } catch (error) {
      machine.console.flush();
      if (!(error instanceof NoProgressError || error instanceof HostInterrupt)) throw error;
      process.stderr.write(`\ntrap12: ${error.message}\n`);
      if (error instanceof NoProgressError) printLines(new Ddb(system.target).execute('t'));
      return EXIT.notReproduced;
    } finally {
      host.close();
    }
    machine.console.flush();
    const stopped = why === 'step';
    if (!stopped && why !== 'panic' && why !== 'debugger') return system.exitStatus ?? EXIT.done;
    if (stopped) write('\n~Entering DDB... `continue` goes on, `quit` ends the machine.\n');
    else printLines(new Ddb(system.target).banner());
    const goesOn = await ddbPrompt(system.target, stopped);
    if (!goesOn) return stopped ? EXIT.done : EXIT.panicked;
  }
}

/** Lets a person talk to the machine's console until it stops, or is stopped by the key: then it stands at a poll, and can go on. */
async function converse({ machine }: System, host: NodeHost): Promise<ReturnType<Machine['run']>> {
  const { stdin } = process;
  const raw = stdin.isTTY === true;
  let stop = false;
  if (raw) stdin.setRawMode(true);
  const onData = (data: Buffer): void => {
    const at = data.indexOf(STOP_KEY);
    if (at >= 0) stop = true;
    const typed = at >= 0 ? data.subarray(0, at) : data;
    machine.type(typed.toString('latin1').replaceAll('\r', '\n'));
  };
  const onEnd = (): void => machine.type('\x04');
  stdin.on('data', onData);
  stdin.on('end', onEnd);
  // The debugger's prompt may have come to the end of a pipe.
  if (stdin.readableEnded) onEnd();
  else stdin.resume();
  try {
    for (;;) {
      const untilPoll = stop ? machine.step.polls + 1 : undefined;
      const why = host.guard(() => machine.run(machine.now() + SLICE_NS, untilPoll));
      if (host.interrupted) throw new HostInterrupt('interrupted');
      machine.console.flush();
      if (why !== 'time') return why;
      await new Promise((resolve) => setTimeout(resolve, HOST_TURN_MS));
    }
  } finally {
    if (raw) stdin.setRawMode(false);
    stdin.removeListener('data', onData);
    stdin.removeListener('end', onEnd);
    stdin.pause();
  }
}
