import { Ddb } from '@trap12/ddb';
import { createSystem } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import type { Command } from 'commander';
import { printLines, TabExpander, write } from './console.js';
import { ddbPrompt } from './ddb-prompt.js';
import { EXIT } from './exit.js';
import { addMachineOptions, type MachineFlags, setupOf } from './options.js';

const SLICE_NS = 20_000_000;

/** trap12 boot: an interactive console. */
export function addBoot(program: Command, setStatus: (status: number) => void): void {
  addMachineOptions(program.command('boot'))
    .description('boot to a shell on an interactive console; end it with Ctrl-D (or Ctrl-\\ from outside)')
    .addHelpText('after', '\nExamples:\n  $ trap12 boot --ram 32M\n  $ echo "ps; swapinfo" | trap12 boot\n')
    .action(async (flags: MachineFlags) => setStatus(await boot(flags)));
}

async function boot(flags: MachineFlags): Promise<number> {
  const system = createSystem(await loadKernel(), setupOf(flags));
  const { machine } = system;
  const tabs = new TabExpander();
  machine.console.onOutput = (chunk) => write(tabs.expand(chunk));
  const { stdin } = process;
  const raw = stdin.isTTY === true;
  let quit = false;
  if (raw) stdin.setRawMode(true);
  stdin.on('data', (data: Buffer) => {
    if (data.includes(0x1c)) quit = true;
    machine.type(data.toString('latin1').replaceAll('\r', '\n'));
  });
  stdin.on('end', () => machine.type('\x04'));
  let why: string = 'time';
  try {
    while (why === 'time' && !quit) {
      const before = machine.now();
      why = machine.run(before + SLICE_NS);
      machine.console.flush();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  } finally {
    if (raw) stdin.setRawMode(false);
    stdin.removeAllListeners('data');
    stdin.pause();
  }
  if (why !== 'panic' && why !== 'debugger') return machine.exitStatus ?? EXIT.done;
  printLines(new Ddb(system.target).banner());
  await ddbPrompt(system.target);
  return EXIT.panicked;
}
