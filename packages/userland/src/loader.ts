import type { ProgramLoader, UserCpu } from '@trap12/machine';
import { ENTRY_ADDR, NAME_ADDR } from './aout.js';
import { Libc, type Program, runProgram, type User } from './libc.js';
import { PROGRAMS } from './programs/index.js';

const decoder = new TextDecoder();

/** Reads a NUL-terminated string of user memory. */
function* cstring(cpu: UserCpu, at: number): User<string> {
  const bytes: number[] = [];
  for (;;) {
    const byte = yield* cpu.load8(at + bytes.length);
    if (byte === 0) return decoder.decode(Uint8Array.from(bytes));
    bytes.push(byte);
  }
}

/** Reads a vector of strings at `at`, ended by a null pointer. */
function* vector(cpu: UserCpu, at: number): User<string[]> {
  const out: string[] = [];
  for (;;) {
    const pointer = yield* cpu.load32(at + 4 * out.length);
    if (pointer === 0) return out;
    out.push(yield* cstring(cpu, pointer));
  }
}

/**
 * Runs the program that the text at the entry names: crt0. An unknown text is no program: falls off its end.
 * @param own programs besides those of the userland, or in place of those of the same name
 */
export const programLoader = (own: Readonly<Record<string, Program>>): ProgramLoader =>
  function* (cpu, entry) {
    if (entry !== ENTRY_ADDR) return;
    const name = yield* cstring(cpu, NAME_ADDR);
    const program = Object.hasOwn(own, name) ? own[name] : PROGRAMS[name];
    if (program === undefined) return;
    const argc = yield* cpu.load32(cpu.esp);
    const argv = yield* vector(cpu, cpu.esp + 4);
    const env = yield* vector(cpu, cpu.esp + 4 * (argc + 2));
    const variables = new Map<string, string>();
    for (const entryText of env) {
      const eq = entryText.indexOf('=');
      if (eq > 0) variables.set(entryText.slice(0, eq), entryText.slice(eq + 1));
    }
    yield* runProgram(program, new Libc(cpu, argv, variables));
  };
