import type { Machine } from '@trap12/machine';
import { type Ending, History, type System } from '@trap12/system';
import { nodeTurn } from '@trap12/system/node.js';
import { TabExpander, write } from './console.js';
import { DebuggerPrompt } from './ddb-prompt.js';
import { closePipedInput } from './piped-input.js';
import { EXIT, usageError } from './exit.js';

export interface DebugFlags {
  /** Breakpoints, as `break` of the debugger takes them, or as file:line */
  break: readonly string[];
  seconds: number;
  /** Bytes of snapshots, by which the machine can be brought back */
  memory: number;
}

/** Runs a machine with a kernel in its checked form: stops in the debugger before it begins or at breakpoints, and whenever it stops. */
export async function debugRun(system: System, flags: DebugFlags): Promise<number> {
  const { machine } = system;
  const history = new History(system, flags.memory);
  const prompt = new DebuggerPrompt(system.target, true);
  const tabs = new TabExpander();
  machine.console.onOutput = (chunk) => write(tabs.expand(chunk));
  for (const place of flags.break) setBreak(system, prompt, place);
  let interrupted = false;
  const onInterrupt = (): void => {
    interrupted = true;
  };
  let goesOn = flags.break.length > 0;
  if (!goesOn) {
    prompt.showStop();
    goesOn = await prompt.ask();
  }
  while (goesOn) {
    interrupted = false;
    process.on('SIGINT', onInterrupt);
    const why = await runSlices(history, machine, flags.seconds, () => interrupted);
    process.removeListener('SIGINT', onInterrupt);
    if (why === 'halt' || why === 'reboot') {
      closePipedInput();
      return system.exitStatus ?? EXIT.done;
    }
    if (why === 'time' && !interrupted)
      process.stderr.write(`trap12: not done after ${flags.seconds} virtual seconds\n`);
    if (!tabs.atLineStart) write(tabs.expand('\n'));
    prompt.showStop();
    goesOn = await prompt.ask();
    if (!goesOn) return why === 'panic' || why === 'debugger' ? EXIT.panicked : EXIT.done;
    if (why === 'time' && !interrupted) return EXIT.notReproduced;
  }
  return EXIT.done;
}

/** Virtual time between two turns of the host. */
const SLICE_NS = 2e7;

async function runSlices(
  history: History,
  machine: Machine,
  seconds: number,
  stop: () => boolean,
): Promise<Ending> {
  const end = seconds * 1e9;
  let why: Ending = 'time';
  while (why === 'time' && machine.now() < end && !stop()) {
    why = history.run(Math.min(machine.now() + SLICE_NS, end));
    await nodeTurn();
  }
  return why;
}

/** Sets a breakpoint at `function`, `function+offset` or `file:line`. */
function setBreak(system: System, prompt: DebuggerPrompt, place: string): void {
  const line = /^(?<file>[\w/.]+):(?<number>\d+)$/.exec(place)?.groups;
  const where = line === undefined ? place : lineAddress(system, line.file!, Number(line.number));
  const said = prompt.ddb.execute(`break ${where}`);
  const refused = said.find((text) => !text.startsWith('breakpoint at'));
  if (refused !== undefined) throw usageError(`--break ${place}: ${refused}`);
}

/** The first place that came of a line of the kernel's source, as an expression of the debugger's. */
function lineAddress({ symbols, target }: System, file: string, number: number): string {
  const { files, sites } = symbols.image;
  const matching = files.flatMap((name, i) => (name === file || name.endsWith(`/${file}`) ? [i] : []));
  if (matching.length !== 1)
    throw usageError(
      matching.length === 0
        ? `--break: the kernel has no file ${file}`
        : `--break: ${matching.length} files are called ${file}: say more of the path`,
    );
  const place = sites
    .filter((row) => row[2] === matching[0] && row[3] === number)
    .map((row) => row[0] >>> 0)
    .find((address) => target.execution?.place(address) === address);
  if (place === undefined) throw usageError(`--break: the machine cannot stand at line ${number} of ${file}`);
  return place.toString(16).padStart(8, '0');
}
