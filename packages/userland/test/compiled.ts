import type { Executable, System, SystemOptions } from '@trap12/system';
import { compileText } from '@trap12/system/compile.js';
import { oneMachine } from './one-machine.js';

export interface Ran {
  /** All that the console showed. */
  console: string;
  why: string;
  /** Until the next machine is asked for */
  system: System;
}

export interface RunOptions extends Partial<SystemOptions> {
  /** Virtual seconds that it may take; 600 */
  seconds?: number;
  /** Does something to the machine before it is switched on. */
  prepare?: (system: System) => void;
}

const compiled = new Map<string, Executable>();

/** Compiles a text once, however many tests run it. */
function compileOnce(name: string, text: string): Executable {
  const key = `${name}\n${text}`;
  const executable = compiled.get(key) ?? compileText(name, text);
  compiled.set(key, executable);
  return executable;
}

/**
 * Boots a machine with programs given as texts in /bin, and runs a shell command. For questions that need the
 * whole kernel: the program prints what it finds, or ends with a status; the test reads that.
 */
export async function runPrograms(
  programs: Readonly<Record<string, string>>,
  command: string,
  options: RunOptions = {},
): Promise<Ran> {
  const { seconds = 600, prepare, ...machine } = options;
  const executables = Object.entries(programs).map(([name, text]) => compileOnce(name, text));
  const system = await oneMachine({ command, executables, ...machine });
  let text = '';
  system.machine.console.onOutput = (s) => {
    text += s;
  };
  prepare?.(system);
  const why = system.machine.run(seconds * 1e9);
  system.machine.console.flush();
  return { console: text, why, system };
}
