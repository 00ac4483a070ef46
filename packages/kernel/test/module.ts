import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { addMutation, compile, format, type Mutation, readSources } from '@trap12/kcc';
import {
  createSystem,
  type Kernel,
  type KernelModule,
  type System,
  type SystemOptions,
} from '@trap12/system';
import { loadExecutables } from '@trap12/system/node.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));
const PATH = 'patch/test.ts';
const MUTANT = process.env.TRAP12_MUTANT;

/**
 * What every test in the kernel has: how it says what it finds, and the system call that runs it, once.
 * tools/mutants/try.mjs reads this text, too.
 */
const PRELUDE = `
function say(what: str, n: int): void {
  printf('= %s %d\\n', what, n);
}
function t_is(what: boolean): int {
  return what ? 1 : 0;
}
/** Page i of an object: whole, clean, on no queue, in nobody's hands. */
function* t_clean_page(object: vm_object, i: u32): Sleeps<vm_page> {
  const m = yield* vm_page_grab(object, i, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
  m.valid = VM_PAGE_BITS_ALL;
  m.dirty = 0;
  m.flags &= ~(PG_ZERO | PG_REFERENCED);
  vm_page_wakeup(m);
  return m;
}
/** The same, inactive. */
function* t_inactive_page(object: vm_object, i: u32): Sleeps<vm_page> {
  const m = yield* t_clean_page(object, i);
  vm_page_deactivate(m);
  return m;
}
/** Lets others run, and goes on at once when they have, or cannot. */
function* t_turn(p: proc): Sleeps {
  const priority = p.p_priority;
  mtx_lock_spin(sched_lock);
  p.p_priority = PUSER;
  setrunqueue(p);
  yield* mi_switch();
  p.p_priority = priority;
  mtx_unlock_spin(sched_lock);
}
let test_ran: boolean = false;
export function* sync(p: proc, uap: u32): Sleeps<int> {
  /* Whoever halts the machine calls it, too. */
  if (test_ran) return 0;
  test_ran = true;
  yield* test(p);
  say('end', 1);
  return 0;
}
`;

interface Answers {
  /** What the test said, by name; a name that was said twice has the last */
  said: Map<string, number>;
  why: string;
  console: string;
  system: System;
}

type Form = 'fast' | 'checked';

interface TestOptions extends Partial<SystemOptions> {
  form?: Form;
  /** Does something to the machine before it is switched on. */
  prepare?: (system: System) => void;
}

/** Compiles the whole kernel with the text of a test in it. */
async function build(text: string, form: Form): Promise<Kernel> {
  const files = readSources(SRC);
  const patches = MUTANT === undefined ? [] : addMutation(files, JSON.parse(MUTANT) as Mutation);
  files.set(PATH, PRELUDE + text);
  const built = compile(files, { patches: [...patches, PATH], form });
  if (built.errors.length > 0) throw new Error(built.errors.map(format).join('\n'));
  const dir = mkdtempSync(join(tmpdir(), 'kernel-module-'));
  try {
    writeFileSync(join(dir, 'kernel.mjs'), built.js.replace(/\/\/# sourceMappingURL.*/, ''));
    const module = (await import(pathToFileURL(join(dir, 'kernel.mjs')).href)) as KernelModule;
    return { module, image: built.image, executables: loadExecutables() };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/**
 * Tests that run in the kernel, on the machine with its page tables, TLBs and processors: `text` is kernel
 * TypeScript whose `function* test(p: proc): Sleeps` is called once, by a process that executes the system
 * call sync. All functions of the kernel may be called, those that are not exported, too. Giant is held.
 */
async function inKernel(text: string, { form = 'fast', prepare, ...options }: TestOptions): Promise<Answers> {
  const kernel = await build(text, form);
  const system = createSystem(kernel, { ramBytes: 16 << 20, command: 'sync', ...options });
  let console = '';
  system.machine.console.onOutput = (s) => {
    console += s;
  };
  prepare?.(system);
  const why = system.machine.run(60e9);
  system.machine.console.flush();
  const said = new Map([...console.matchAll(/^= (.*) (-?\d+)\r?$/gm)].map((m) => [m[1]!, Number(m[2])]));
  return { said, why, console, system };
}

/**
 * Runs such a text once for a file of tests, and has a test for each group of answers.
 * @param expected answers by group: what is said as `GROUP: QUESTION`
 * @returns all that was said, once the tests run
 */
export function kernelTests(
  title: string,
  text: string,
  expected: Record<string, Record<string, number>>,
  options: TestOptions = {},
): () => Answers {
  let answers: Answers;
  beforeAll(async () => {
    answers = await inKernel(text, { locking: 'giant', ...options });
  }, 300_000);
  afterAll(() => {
    // The runner keeps this function for the whole of its run; not with a machine and a kernel's image.
    answers = { ...answers, system: undefined as unknown as System };
  });
  it('comes to its end', () => {
    expect([answers.why, /panic|Fatal/.test(answers.console) ? answers.console : '']).toEqual(['halt', '']);
    expect(answers.said.get('end')).toBe(1);
  });
  describe(title, () => {
    for (const [name, facts] of Object.entries(expected))
      it(name, () => {
        const told = Object.keys(facts).map((k) => [k, answers.said.get(`${name}: ${k}`)]);
        expect(Object.fromEntries(told)).toEqual(facts);
      });
  });
  return () => answers;
}
