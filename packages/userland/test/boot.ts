import { createSystem, type System, type SystemOptions } from '@trap12/system';
import { compileText } from '@trap12/system/compile.js';
import { loadKernel } from '@trap12/system/node.js';
import { expect } from 'vitest';
import { oneMachine } from './one-machine.js';

/** What machine, and what to type. */
export interface Options extends SystemOptions {
  /** Virtual seconds that it may take. */
  seconds: number;
}

/** How it ended. */
export interface Result {
  /**
   * What the command wrote to the console: between the kernel's last word at boot and its first at the halt.
   */
  output: string;
  console: string;
  status: number | null;
  why: string;
  system: System;
}

/** A kernel without the report's bug: what is asked here is not whether it panics. */
export const CURE = 'vm_mtx-20010519+swaplocks+vmspace-ref';
const MB = 1 << 20;
const BOOTED = 'Mounting root from memfs:md0\n';
const NS = 1e9;

const optionsOf = ({ seconds, ...given }: Partial<Options>): Partial<SystemOptions> => ({
  ...{ ramBytes: 32 * MB, locking: CURE },
  ...given,
});

/** A machine on which nothing has run yet. */
export async function makeSystem(o: Partial<Options>): Promise<System> {
  return createSystem(await loadKernel(), optionsOf(o));
}

/** The command's part of the console. */
function outputOf(console: string): string {
  const from = console.indexOf(BOOTED);
  const text = from < 0 ? console : console.slice(from + BOOTED.length);
  const launched = /^(SMP: AP CPUs launched: \d+\n)?/.exec(text)![0].length;
  const end = text.search(/^Waiting \(max 60 seconds\)|^\nsyncing disks/m);
  return text.slice(launched, end < 0 ? undefined : end);
}

function finish(system: System, seconds: number): Result {
  let console = '';
  system.machine.console.onOutput = (s) => {
    console += s;
  };
  const why = system.machine.run(seconds * NS);
  system.machine.console.flush();
  return { output: outputOf(console), console, status: system.exitStatus ?? null, why, system };
}

/** Boots, gives the shell a command, runs it to its end. */
export async function run(command: string, o: Partial<Options> = {}): Promise<Result> {
  return finish(await makeSystem({ ...o, command }), o.seconds ?? 600);
}

/** The same; what the command wrote, and the machine must have come to a halt with `status`. */
export async function output(command: string, o: Partial<Options> = {}, status = 0): Promise<string> {
  const r = finish(await oneMachine({ ...optionsOf(o), command }), o.seconds ?? 600);
  expect([r.why, r.status, /panic|Fatal/.test(r.console) ? r.console : '', r.output.slice(-2000)]).toEqual([
    'halt',
    status,
    '',
    r.output.slice(-2000),
  ]);
  return r.output;
}

/** What the programs of tests have in common, beside libc. */
const COMMON = `
/** A line of what was found. Written at once: a fork must not find it in a buffer. */
function say(what: str, n: int): void {
  printf('%s %d\\n', what, n);
  fflush(stdout);
}

/** The result of a system call as the kernel gives it: the error, negated, in the place of -1. */
function got(r: int): int {
  return r === -1 ? -errno : r;
}

/** Waits for a child: its exit status, or 128 + the signal that ended it. */
function reap(pid: pid_t): int {
  const status = $var<int>();
  while (wait4(pid, status, 0, null) < 0) if (errno !== EINTR) return -errno;
  return WIFSIGNALED(status[0]) ? 128 + WTERMSIG(status[0]) : WEXITSTATUS(status[0]);
}

/** Virtual time in milliseconds. */
function now(): int {
  const tv = $local<timeval>();
  gettimeofday(tv, 0);
  return (tv.tv_sec % 1000000) * 1000 + tv.tv_usec / 1000;
}

/** A program of /bin with an argument or two: its exit status, or 128 + the signal that ended it. */
function spawn(path: str, first: str, second: str): int {
  const pid = fork();
  if (pid === 0) {
    execl(path, path, first, second, null);
    _exit(127);
  }
  return reap(pid);
}
`;

/**
 * What came of a question: the lines that the program said, and what the kernel said of processes between
 * them.
 */
export interface Answer {
  said: string[];
  kernel: string[];
}

/** Boots and runs the function of that name. */
export type Ask = (question: string, o?: Partial<Options>) => Promise<Answer>;

/**
 * A test's own program, compiled once. Each function that `text` exports is a question, `function name():
 * void`, which is asked by its name on a machine of its own; the program says what it finds, and ends with
 * status 0.
 */
export function program(text: string): Ask {
  const questions = [...text.matchAll(/^export function (\w+)\(\): void/gm)].map((m) => m[1]!);
  const cases = questions.map((q) => `if (strcmp(argv[1], '${q}') === 0) { ${q}(); return 0; }`);
  const main = `export function main(argc: int, argv: ptr<str>): int { ${cases.join('\n')} return 99; }`;
  const executable = compileText('probe', `${COMMON}${text}${main}\n`);
  return async (question, o = {}) => {
    const text = await output(`probe ${question}`, { executables: [executable], ...o });
    const lines = text.split('\n').slice(0, -1);
    const isKernel = (line: string): boolean => /^(pid \d+ \(\w+\)|swap_pager:)/.test(line);
    return { said: lines.filter((l) => !isKernel(l)), kernel: lines.filter(isKernel) };
  };
}

/**
 * Boots to the interactive shell and types lines, one each time the prompt (or what a program waits with)
 * comes; all of the console.
 */
export async function type(
  lines: readonly string[],
  o: Partial<Options> = {},
  secondsBetween = 2,
): Promise<Result> {
  const system = await makeSystem(o);
  const { machine } = system;
  let console = '';
  machine.console.onOutput = (s) => {
    console += s;
  };
  let why: string = 'time';
  let seconds = 0;
  for (const line of [...lines, 'exit\n']) {
    seconds += secondsBetween;
    why = machine.run(seconds * NS);
    if (why !== 'time') break;
    machine.type(line);
  }
  if (why === 'time') why = machine.run((seconds + 100) * NS);
  machine.console.flush();
  return { output: outputOf(console), console, status: system.exitStatus ?? null, why, system };
}
