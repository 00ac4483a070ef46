import { createSystem, panicText } from '@trap12/explore';
import type { Command } from 'commander';
import { TabExpander, write } from './console.js';
import { ddbPrompt } from './ddb-prompt.js';
import { EXIT } from './exit.js';
import { addMachineOptions, integer, type MachineFlags, setupOf } from './options.js';

interface RunFlags extends MachineFlags {
  ddb: boolean;
  json: boolean;
  seconds: number;
  quiet: boolean;
}

const NS = 1e9;
const SLICE_NS = 0.1 * NS;

/** trap12 run: boots, runs a command in the simulated shell, ends with its status. */
export function addRun(program: Command, setStatus: (status: number) => void): void {
  addMachineOptions(program.command('run'))
    .description('boot, run a command in the simulated shell, show the console, end with its status')
    .argument('[command...]', 'the command and its arguments (after --)')
    .option('--ddb', 'stay in the debugger if the kernel panics', false)
    .option('--quiet', 'leave the boot messages out', false)
    .option('--seconds <n>', 'virtual seconds that it may take', integer(1, 1_000_000), 3600)
    .option('--json', 'print one JSON object at the end instead of the console (docs/json.md)', false)
    .addHelpText(
      'after',
      '\nExamples:\n  $ trap12 run -- dd if=/dev/zero of=/dev/null bs=52m count=1\n  $ trap12 run --ncpu 4 -- "memcheck 128m && swapinfo"\n',
    )
    .action(async (words: string[], flags: RunFlags) => setStatus(await run(words, flags)));
}

async function run(words: string[], flags: RunFlags): Promise<number> {
  const system = await createSystem({
    ...setupOf(flags),
    command: words.length === 0 ? ':' : words.join(' '),
  });
  const { machine } = system;
  const tabs = new TabExpander();
  let text = '';
  let quiet = flags.quiet;
  machine.console.onOutput = (chunk) => {
    text += chunk;
    if (flags.json || quiet) {
      quiet &&= system.get('cold') !== 0;
      return;
    }
    write(tabs.expand(chunk));
  };
  let interrupted = false;
  const onInterrupt = (): void => {
    interrupted = true;
  };
  process.once('SIGINT', onInterrupt);
  let why: string = 'time';
  for (
    let until = SLICE_NS;
    why === 'time' && until <= flags.seconds * NS && !interrupted;
    until += SLICE_NS
  ) {
    why = machine.run(until);
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.removeListener('SIGINT', onInterrupt);
  const panicked = why === 'panic' || why === 'debugger';
  if (flags.json) {
    const result = {
      schema: 1,
      ended: why,
      status: machine.exitStatus ?? null,
      seconds: machine.now() / NS,
      seed: flags.seed,
      console: text,
    };
    write(`${JSON.stringify(panicked ? { ...result, panic: panicText(system, text) } : result, null, 2)}\n`);
  } else if (panicked) {
    const report = panicText(system, '');
    write(new TabExpander().expand(report));
  } else if (why === 'time') {
    process.stderr.write(
      `trap12: ${interrupted ? 'interrupted' : `not done after ${flags.seconds} virtual seconds`}\n`,
    );
  }
  if (panicked && flags.ddb) await ddbPrompt(system);
  if (panicked) return EXIT.panicked;
  return why === 'time' ? EXIT.notReproduced : (machine.exitStatus ?? EXIT.done);
}
