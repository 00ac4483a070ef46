import { Ddb } from '@trap12/ddb';
import { DEFAULT_STRATEGY, disturb, panicText } from '@trap12/explore';
import { invariantProblems } from '@trap12/kernel';
import { createSystem, DEFAULT_OPTIONS, type Executable, type Kernel, type System } from '@trap12/system';
import { NodeHost } from '@trap12/system/node.js';
import { commandName } from '@trap12/target';
import { Interrupted, LoopError } from '../exit.js';
import { loopOf, patience } from '../loop.js';
import { ramSize, swapSize } from '../options.js';
import { compileAll } from '../own-programs.js';
import { type LoadedSubject, loadSubject } from '../subject.js';
import { runUnattended } from '../unattended.js';
import { shellWord } from '../words.js';
import { Busy } from './busy.js';
import { changedCall } from './calls.js';
import type { MachineRun, Value } from './lesson.js';
import { refuseInterrupted } from './interrupt.js';
import { Livelock } from './livelock.js';
import { replacedProgram } from './programs.js';
import { runningProcesses } from './running.js';
import { examplePath } from './shipped.js';
import { waiting } from './waiting.js';

/** Virtual seconds of a machine, where nothing else is said. */
export const SECONDS = 60;

/** What a machine had to say. */
export interface Outcome {
  system: System;
  seed: number;
  /** Until the command's end */
  console: string;
  ended: string;
  /** Of a system that was ended, and not by init when the command was done: by whom */
  endedBy?: string;
  panic: string;
  /** Of a kernel that loops, or lets nobody on: where */
  loop?: string;
  /** Of a machine that has worked for longer than it may: who is at work */
  tooBusy?: string;
  /** Somebody waited for what is typed, and was told that there is nothing */
  hasRead: boolean;
}

/** So many machines that were asked are kept: questions of a lesson are often about the same one. */
const KEPT_MAX = 4;
const kept = new Map<string, Outcome>();
const kernels = new Map<string, Promise<LoadedSubject>>();

/** The kernel with these patches in it, and what they replace. */
export function kernelWith(patches: readonly string[]): Promise<LoadedSubject> {
  const key = patches.join('\n');
  // A learner's own patch may be another one the next time.
  const kernel =
    kernels.get(key) ?? loadSubject({ file: undefined, patches, seconds: undefined }, DEFAULT_OPTIONS);
  if (patches.every((file) => file.startsWith('examples/'))) kernels.set(key, kernel);
  // What was interrupted is compiled anew.
  kernel.catch(() => kernels.delete(key));
  return kernel;
}

/** Runs a machine to its end; of several seeds, to the first that panics. */
export async function outcomeOf(run: MachineRun, executables: readonly Executable[] = []): Promise<Outcome> {
  const key = JSON.stringify(run);
  const known = executables.length === 0 && run.patches === undefined ? kept.get(key) : undefined;
  if (known !== undefined) return known;
  await refuseInterrupted();
  const { kernel } = await kernelWith(run.patches ?? []);
  await refuseInterrupted();
  const all = [...executables, ...(await compileAll((run.programs ?? []).map(examplePath)))];
  const first = run.seed ?? DEFAULT_OPTIONS.seed;
  let outcome = await once(kernel, run, first, all);
  // One that has survived is not looked at any more.
  for (let i = 1; i < (run.attempts ?? 1) && outcome.ended !== 'panic'; i++)
    outcome = await once(kernel, run, first + i, all, outcome.system);
  if (executables.length === 0 && run.patches === undefined) {
    kept.set(key, outcome);
    for (const old of [...kept.keys()].slice(0, -KEPT_MAX)) kept.delete(old);
  }
  return outcome;
}

/** The first thing that the system says when it goes down (kern/kern_shutdown.ts). */
const GOING_DOWN = /Waiting \(max \d+ seconds\) for system process|\nsyncing disks/;

/**
 * The console without what the system says when it goes down, which is nobody's answer.
 * @param atWork so much of it came before the command's end was known; a line may have come with what follows
 */
function saidBy(console: string, atWork: number): string {
  const rest = console.slice(atWork);
  return console.slice(0, atWork) + rest.slice(0, GOING_DOWN.exec(rest)?.index ?? rest.length);
}

async function once(
  kernel: Kernel,
  run: MachineRun,
  seed: number,
  executables: readonly Executable[],
  earlier?: System,
): Promise<Outcome> {
  const options = {
    ...(run.ram === undefined ? {} : { ramBytes: ramSize(run.ram) }),
    ...(run.swap === undefined ? {} : { swapBytes: swapSize(run.swap) }),
    ...(run.ncpu === undefined ? {} : { ncpu: run.ncpu }),
    seed,
    ...(run.locking === undefined ? {} : { locking: run.locking }),
    command: run.command,
    executables,
  };
  const system = createSystem(kernel, options, earlier);
  if (run.suspect !== undefined) disturb(system, { process: run.suspect, strategy: DEFAULT_STRATEGY });
  let console = '';
  let atWork = 0;
  system.machine.console.onOutput = (text) => {
    const plainText = text.replaceAll('\r', '');
    console += plainText;
    if (system.exitStatus === undefined) atWork = console.length;
  };
  const host = new NodeHost(patience.runMs);
  const { guard, elapsedMs } = host;
  const livelock = new Livelock(system);
  const busy = new Busy(system, run.busy);
  const stop = (): boolean => host.interrupted || livelock.found !== undefined || busy.isOver;
  const seconds = run.seconds ?? SECONDS;
  // A program that never ends takes all of its time, which may be minutes of the host's.
  const turn = (): Promise<void> => {
    livelock.look();
    const now = (system.machine.now() / 1e9).toFixed(1);
    waiting.line(`running the machine with seed ${seed}: ${now} of ${seconds} virtual seconds`);
    return host.turn();
  };
  let hasRead = false;
  const told = (): void => {
    hasRead = true;
  };
  try {
    const watched = { guard, stop, turn, elapsedMs };
    const ended = await runUnattended(system, seconds, watched, told).catch((error: unknown) => {
      const loop = loopOf(error, system);
      if (loop instanceof LoopError) return loop;
      throw loop;
    });
    if (host.interrupted) throw new Interrupted('what the machine would have said is not known');
    if (ended instanceof LoopError || livelock.found !== undefined) {
      const loop = ended instanceof LoopError ? ended.message : livelock.found!;
      return {
        system,
        seed,
        console: saidBy(console, atWork),
        ended: 'no progress',
        panic: '',
        loop,
        hasRead,
      };
    }
    if (busy.isOver)
      return {
        system,
        seed,
        console: saidBy(console, atWork),
        ended: `more than ${run.busy} second${run.busy === 1 ? '' : 's'} of the processor`,
        panic: '',
        tooBusy: busy.told(),
        hasRead,
      };
    const panic = ended === 'panic' || ended === 'debugger' ? panicText(system.target, console) : '';
    return {
      system,
      seed,
      console: saidBy(console, atWork),
      ended: panic === '' ? ended : 'panic',
      ...(ended === 'halt' || ended === 'reboot' ? endedBy(system) : {}),
      panic,
      hasRead,
    };
  } finally {
    waiting.end();
    host.close();
  }
}

/** Who has ended the system, if that was not the first process: its name. */
function endedBy(system: System): Pick<Outcome, 'endedBy'> {
  const memory = system.memory;
  const running = runningProcesses(system);
  if (running.some((p) => memory.field('proc', p, 'p_pid') === 1)) return {};
  const [p] = running;
  return { endedBy: p === undefined ? 'somebody' : commandName(memory, p) };
}

/** The command line that runs that machine again: with its seed, and without input where it was told so. */
export function commandOf(run: MachineRun, { seed, hasRead }: Pick<Outcome, 'seed' | 'hasRead'>): string {
  const options: [string, string | number | undefined][] = [
    ['ram', run.ram],
    ['ncpu', run.ncpu],
    ['swap', run.swap],
    ['locking', run.locking],
    ['seed', seed],
    ['suspect', run.suspect],
    ['seconds', run.seconds ?? SECONDS],
    ...(run.patches ?? []).map((file): [string, string] => ['patch', file]),
    ...(run.programs ?? []).map((file): [string, string] => ['program', file]),
  ];
  const words = options.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)]));
  const line = ['trap12 run', ...words.map(shellWord), '--', shellWord(run.command)];
  return [...line, ...(hasRead ? ['< /dev/null'] : [])].join(' ');
}

/** Number if it looks like one, in decimal or hexadecimal. */
export function plain(text: string): string {
  const trimmed = text.trim().replace(/\(\)$/, '').toLowerCase();
  return /^(?:0x[0-9a-f]+|-?\d+)$/.test(trimmed) ? String(Number(trimmed)) : trimmed;
}

function read({ system, console, ended, panic }: Outcome, value: Value): string {
  const memory = system.memory;
  if ('explored' in value) return 'nothing';
  if ('counter' in value)
    return String(memory.field('vmmeter', system.symbols.address('cnt'), value.counter));
  if ('ended' in value) return ended;
  if ('status' in value) return String(system.exitStatus ?? 'none');
  if ('programs' in value) return replacedProgram(system);
  if ('calls' in value) return changedCall(system, value.calls);
  if ('invariants' in value) return invariantProblems(memory)[0] ?? 'none';
  if ('panic' in value && panic === '') return 'no panic';
  if ('ddb' in value) return found(value.find, new Ddb(system.target).execute(value.ddb).join('\n'));
  return 'panic' in value ? found(value.panic, panic) : found(value.console, console);
}

/** What the group of a pattern finds; with two, the second less the first. */
export function found(pattern: string, text: string): string {
  const match = new RegExp(pattern, 'm').exec(text);
  if (match === null) return 'nothing';
  return match[2] === undefined ? (match[1] ?? match[0]) : String(Number(match[2]) - Number(match[1]));
}

/** The line in which a pattern's only group finds something; undefined: none, or there are two groups. */
export function lineFound(pattern: string, text: string): string | undefined {
  const match = new RegExp(pattern, 'dm').exec(text);
  const at = match?.indices?.[1];
  if (match === null || at === undefined || match[2] !== undefined) return undefined;
  const end = text.indexOf('\n', at[1]);
  return text.slice(text.lastIndexOf('\n', at[0] - 1) + 1, end < 0 ? text.length : end);
}

/** A value of one machine, less the same of another. */
export async function difference(
  outcome: Outcome,
  value: Value,
  less: MachineRun | undefined,
): Promise<string> {
  const here = read(outcome, value);
  if (less === undefined) return here;
  return String(Number(here) - Number(read(await outcomeOf(less), value)));
}
