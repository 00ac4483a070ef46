import { createSystem, type System, type SystemOptions } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import type { Libc, Program, User } from '@trap12/userland';

export type RunOptions = SystemOptions;
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
  const system = createSystem(await loadKernel(), {
    command: '/bin/true',
    files: { 'etc/data': 'The quick brown fox jumps over the lazy dog.\n' },
    programs: { true: program },
    ...options,
  });
  let text = '';
  system.machine.console.onOutput = (s) => {
    text += s;
  };
  const why = system.machine.run(600e9);
  system.machine.console.flush();
  return { console: text, system, why };
}
