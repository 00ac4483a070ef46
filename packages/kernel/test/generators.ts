import { createSystem, type System, type SystemOptions } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import type { Libc, Program, User } from '@trap12/userland';

export interface RunOptions extends SystemOptions {
  /** Virtual seconds that it may take */
  seconds: number;
  /** Does something to the machine before it is switched on */
  prepare: (system: System) => void;
}
export type { Libc, Program, User };

export interface RunResult {
  console: string;
  system: System;
  why: string;
}

/**
 * Boots the kernel as built and runs `program` as the only command; what it throws comes out here. Answers questions that need
 * the whole kernel: system calls, paging, accounting.
 */
export async function runInKernel(program: Program, options: Partial<RunOptions> = {}): Promise<RunResult> {
  const { seconds = 600, prepare, ...machine } = options;
  const system = createSystem(await loadKernel(), {
    command: '/bin/true',
    files: { 'etc/data': 'The quick brown fox jumps over the lazy dog.\n' },
    programs: { true: program },
    ...machine,
  });
  let text = '';
  system.machine.console.onOutput = (s) => {
    text += s;
  };
  prepare?.(system);
  const why = system.machine.run(seconds * 1e9);
  system.machine.console.flush();
  return { console: text, system, why };
}
