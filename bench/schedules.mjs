import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import ts from 'typescript';

const THREADS = 3;
const STEPS = 200;
const PER_SAMPLE = 2000;
const SAMPLES = 11;
/** Samples before those, until the compiler of the host has settled. */
const WARM_UP = 4;
/**
 * A preemption comes 1 to so many cycles after the one before: on the average after eight lock/unlock pairs,
 * 16 polls.
 */
const PREEMPT_WITHIN = 2500;

/** What the threads do; appended to the stand-ins of the locks' own tests. */
const THREAD = `
export function* bench_thread(steps: int): Sleeps {
  yield* test_begin();
  for (let i = 0; i < steps; i++) {
    yield* mtx_lock(test_mtx[0]);
    mtx_unlock(test_mtx[0]);
  }
}
export function bench_reset(i: int): void {
  test_procs[i].p_sched_arg = 0;
}
`;

const out = new URL('out/', import.meta.url);

/**
 * The harness of the kernel's lock tests, which is TypeScript, as a module that Node loads, with what it
 * imports of its neighbours.
 */
async function testModule(name) {
  mkdirSync(out, { recursive: true });
  const seen = new Set([name]);
  for (const file of seen) {
    const source = readFileSync(new URL(`../packages/kernel/test/${file}.ts`, import.meta.url), 'utf8');
    for (const [, neighbour] of source.matchAll(/ from '\.\/([\w.-]+)\.js'/g)) seen.add(neighbour);
    const moved = source
      .replaceAll("'../src/'", "'../../packages/kernel/src/'")
      .replaceAll(/ from '\.\/([\w.-]+)\.js'/g, " from './$1.mjs'");
    const { outputText } = ts.transpileModule(moved, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    writeFileSync(new URL(`${file}.mjs`, out), outputText);
  }
  return import(new URL(`${name}.mjs`, out).href);
}

/**
 * Schedules per second: three kernel threads of equal priority, each of which takes and gives back one mutex
 * 200 times, run to their end by the kernel's own scheduler under another order of preemption each time.
 * Witness and invariants are on, as always.
 * @returns samples, and what a schedule consists of: turns of the processor, those that went to another
 * thread, and decisions
 *   (interrupts at a time of their own, each of which preempts)
 */
export async function schedules() {
  const { procs } = await testModule('procs');
  const { LOCK_FILES, LOCK_STUBS } = await testModule('kern_locks.stubs');
  let state = 1;
  const distance = () => {
    state = (Math.imul(state, 1103515245) + 12345) | 0;
    return 1 + ((state >>> 16) % PREEMPT_WITHIN);
  };
  const kernel = await procs(LOCK_FILES, LOCK_STUBS + THREAD, () => 0, distance);
  const samples = [];
  for (let s = -WARM_UP; s < SAMPLES; s++) {
    const start = performance.now();
    for (let n = 0; n < PER_SAMPLE; n++) {
      for (let i = 0; i < THREADS; i++) {
        kernel.call('bench_reset', i);
        kernel.spawn(i, 'bench_thread', STEPS);
      }
      if (!kernel.schedule()) throw new Error('the threads wait for each other');
    }
    if (s >= 0) samples.push(PER_SAMPLE / ((performance.now() - start) / 1000));
  }
  const schedules = PER_SAMPLE * (WARM_UP + SAMPLES);
  const { turns, switches, decisions } = kernel.counts();
  return {
    samples,
    turns: turns / schedules,
    switches: switches / schedules,
    decisions: decisions / schedules,
  };
}
