import { disturb, panicText, DEFAULT_STRATEGY } from '@trap12/explore';
import {
  createSystem,
  DEFAULT_OPTIONS,
  type Executable,
  type Kernel,
  runFor,
  type System,
} from '@trap12/system';
import { loadKernel, NodeHost } from '@trap12/system/node.js';
import { Memory } from '@trap12/target';
import { compileAll } from '../own-programs.js';
import { ramSize, swapSize } from '../options.js';
import type { Check, Exercise, MachineRun, Question, Value } from './lesson.js';

const SECONDS = 60;
/** How a learner's program is called in the machine. */
const PROGRAM = 'answer';

/** What a machine had to say. */
interface Outcome {
  system: System;
  console: string;
  ended: string;
  panic: string;
}

/** A learner's answer cannot even be tried; the message says why. */
export class GradeError extends RangeError {
  override readonly name = 'GradeError';
}

let kernel: Promise<Kernel> | undefined;
const theKernel = (): Promise<Kernel> => {
  kernel ??= loadKernel();
  return kernel;
};

/** Runs a machine to its end; of several seeds, to the first that panics. */
async function outcomeOf(run: MachineRun, executables: readonly Executable[] = []): Promise<Outcome> {
  const first = run.seed ?? DEFAULT_OPTIONS.seed;
  let outcome = await once(run, first, executables);
  for (let i = 1; i < (run.attempts ?? 1) && outcome.ended !== 'panic'; i++)
    outcome = await once(run, first + i, executables);
  return outcome;
}

async function once(run: MachineRun, seed: number, executables: readonly Executable[]): Promise<Outcome> {
  const system = createSystem(await theKernel(), {
    ...(run.ram === undefined ? {} : { ramBytes: ramSize(run.ram) }),
    ...(run.swap === undefined ? {} : { swapBytes: swapSize(run.swap) }),
    ...(run.ncpu === undefined ? {} : { ncpu: run.ncpu }),
    seed,
    ...(run.locking === undefined ? {} : { locking: run.locking }),
    command: run.command,
    executables,
  });
  if (run.suspect !== undefined) disturb(system, { process: run.suspect, strategy: DEFAULT_STRATEGY });
  let console = '';
  system.machine.console.onOutput = (text) => {
    console += text.replaceAll('\r', '');
  };
  const host = new NodeHost();
  try {
    const ended = await runFor(system.machine, run.seconds ?? SECONDS, host);
    const panic = ended === 'panic' || ended === 'debugger' ? panicText(system.target, console) : '';
    return { system, console, ended: panic === '' ? ended : 'panic', panic };
  } finally {
    host.close();
  }
}

/** Number if it looks like one, in decimal or hexadecimal. */
function plain(text: string): string {
  const trimmed = text.trim().replace(/\(\)$/, '').toLowerCase();
  return /^(?:0x[0-9a-f]+|-?\d+)$/.test(trimmed) ? String(Number(trimmed)) : trimmed;
}

function read({ system, console, ended, panic }: Outcome, value: Value): string {
  if ('counter' in value) {
    const memory = new Memory(system.target);
    return String(memory.field('vmmeter', system.symbols.address('cnt'), value.counter));
  }
  if ('ended' in value) return ended;
  if ('status' in value) return String(system.exitStatus ?? 'none');
  if ('panic' in value && panic === '') return 'no panic';
  const [pattern, text] = 'panic' in value ? [value.panic, panic] : [value.console, console];
  const match = new RegExp(pattern, 'm').exec(text);
  if (match === null) return 'nothing';
  return match[2] === undefined ? (match[1] ?? match[0]) : String(Number(match[2]) - Number(match[1]));
}

/** A value of one machine, less the same of another. */
async function difference(outcome: Outcome, value: Value, less: MachineRun | undefined): Promise<string> {
  const here = read(outcome, value);
  if (less === undefined) return here;
  return String(Number(here) - Number(read(await outcomeOf(less), value)));
}

/** What the machine answers to a question. */
export async function rightAnswer({ run, value, less }: Question): Promise<string> {
  return plain(await difference(await outcomeOf(run), value, less));
}

/** Is that the machine's answer? */
export async function isRight(question: Question, given: string): Promise<boolean> {
  return plain(given) === (await rightAnswer(question));
}

export interface Graded {
  name: string;
  passed: boolean;
  /** Of a check that failed: what was found, and why it matters */
  says: string;
}

/**
 * Tries what a learner gives to an exercise: a command or a regime as text, a program as the path of its file.
 * @returns a line a check
 * @throws GradeError if it cannot be tried
 */
export async function grade({ give, run, checks }: Exercise, given: string): Promise<Graded[]> {
  const executables = give === 'program' ? await compiled(given) : [];
  const answer = give === 'program' ? PROGRAM : given;
  const command = run.command.replaceAll('ANSWER', () => answer);
  const machine = { ...run, command, ...(give === 'locking' ? { locking: given } : {}) };
  let outcome: Outcome;
  try {
    outcome = await outcomeOf(machine, executables);
  } catch (error) {
    if (error instanceof RangeError) throw new GradeError(error.message);
    throw error;
  }
  const graded: Graded[] = [];
  for (const check of checks) graded.push(await judge(check, outcome));
  return graded;
}

async function compiled(path: string): Promise<Executable[]> {
  return (await compileAll([path])).map((each) => ({ ...each, name: PROGRAM }));
}

async function judge(check: Check, outcome: Outcome): Promise<Graded> {
  const { name, equals, atLeast, atMost, says } = check;
  const found = plain(await difference(outcome, check.value, check.less));
  const n = Number(found);
  const wanted = [
    equals === undefined ? '' : `${equals}`,
    atLeast === undefined ? '' : `at least ${atLeast}`,
    atMost === undefined ? '' : `at most ${atMost}`,
  ].filter((part) => part !== '');
  const passed =
    (equals === undefined || plain(String(equals)) === found) &&
    (atLeast === undefined || n >= atLeast) &&
    (atMost === undefined || n <= atMost);
  return { name, passed, says: passed ? '' : `found ${found}, wanted ${wanted.join(' and ')}: ${says}` };
}
