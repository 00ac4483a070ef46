import { createSystem, type System, type SystemOptions } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { expect } from 'vitest';
import type { Libc, Program, User } from '../src/index.js';

export type { Libc, Program, User };

/** What machine, and what to type. */
export interface Options extends SystemOptions {
  /** Virtual seconds that it may take. */
  seconds: number;
}

/** How it ended. */
export interface Result {
  /** What the command wrote to the console: between the kernel's last word at boot and its first at the halt. */
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

async function makeSystem({ seconds, ...given }: Partial<Options>): Promise<System> {
  return createSystem(await loadKernel(), { ramBytes: 32 * MB, locking: CURE, ...given });
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
  return { output: outputOf(console), console, status: system.machine.exitStatus ?? null, why, system };
}

/** Boots, gives the shell a command, runs it to its end. */
export async function run(command: string, o: Partial<Options> = {}): Promise<Result> {
  return finish(await makeSystem({ ...o, command }), o.seconds ?? 600);
}

/** The same; what the command wrote, and the machine must have come to a halt with `status`. */
export async function output(command: string, o: Partial<Options> = {}, status = 0): Promise<string> {
  const r = await run(command, o);
  expect([r.why, r.status, /panic|Fatal/.test(r.console) ? r.console : '', r.output.slice(-2000)]).toEqual([
    'halt',
    status,
    '',
    r.output.slice(-2000),
  ]);
  return r.output;
}

/** Boots and runs `program` as the only command; its expectations are the test. */
export async function ask(program: (c: Libc) => User, o: Partial<Options> = {}): Promise<Result> {
  let done = false;
  const probe: Program = function* (c) {
    yield* program(c);
    done = true;
    return 0;
  };
  const system = await makeSystem({ ...o, command: '/bin/true', programs: { true: probe } });
  const r = finish(system, o.seconds ?? 600);
  expect([r.why, done, /panic|Fatal/.test(r.console) ? r.console : '']).toEqual(['halt', true, '']);
  return r;
}

/** Boots to the interactive shell and types lines, one each time the prompt (or what a program waits with) comes; all of the console. */
export async function type(lines: readonly string[], o: Partial<Options> = {}): Promise<Result> {
  const system = await makeSystem(o);
  const { machine } = system;
  let console = '';
  machine.console.onOutput = (s) => {
    console += s;
  };
  let why: string = 'time';
  let seconds = 0;
  for (const line of [...lines, 'exit\n']) {
    seconds += 2;
    why = machine.run(seconds * NS);
    if (why !== 'time') break;
    machine.type(line);
  }
  if (why === 'time') why = machine.run((seconds + 100) * NS);
  machine.console.flush();
  return { output: outputOf(console), console, status: machine.exitStatus ?? null, why, system };
}

/** Waits for a child: its exit status, or 128 + the signal that ended it. */
export function* reap(c: Libc, pid: number): User<number> {
  for (;;) {
    const [got, status] = yield* c.wait(pid);
    if (got === -4) continue;
    if (got < 0) return got;
    return (status & 0x7f) !== 0 ? 128 + (status & 0x7f) : status >> 8;
  }
}

/** What becomes of a child that does this. */
export function* child(c: Libc, body: Program): User<number> {
  const pid = yield* c.fork(body);
  expect(pid).toBeGreaterThan(0);
  return yield* reap(c, pid);
}
