/**
 * Tries mutants one after the other: a process of its own, so that one that never ends can be ended from
 * outside (tools/mutants.mjs). It compiles the kernel with the change, in memory and in a temporary folder,
 * and asks the unit tests, then the loads, until one notices.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { addMutation, compile, format, readSources } from '@trap12/kcc';
import { loadExecutables } from '@trap12/system/node.js';
import { CURE, frozen, LOADS, runLoad } from '../loads.mjs';
import { SLEEP_LOAD, watchSleepLocks } from './sleep-watch.mjs';
import { SPIN_LOAD, watchSpins } from './spin-watch.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SRC = join(ROOT, 'packages/kernel/src');
/** Tests that compile a few files of the kernel; the others boot it and are slower. */
const UNIT =
  /^(kern_locks|kern_files|kern_malloc|kern_sysctl|idle|map_lock|pmap_cpus|subr_blist|swap_pager|vm_map|vm_object|vm_zone)\.test\.ts$/;
/** Tests whose text runs in the kernel, under giant and on one processor. */
const IN_KERNEL =
  /^(call_limits|copies|daemons|fault_pager|files|map_entries|pmap|pmap_pages|processes|shortage|sleep_locks|spin_locks|swap_transfers|taken_locks|taken_maps|vm_fault|vm_owed|vm_pageout|waits)\.test\.ts$/;
/**
 * Those that the host watches, too, by name: the checked form, on a machine with a load (spin-watch.mjs,
 * sleep-watch.mjs), and what is told of that, in lines.
 */
const WATCHED = {
  'sleep_locks.test.ts': {
    load: SLEEP_LOAD,
    watch: watchSleepLocks,
    told: ({ bare, left, free, unwoken }) => [
      ...bare.map((what) => `without: ${what}`),
      ...left.map((what) => `left: ${what}`),
      ...free.map((what) => `not held: ${what}`),
      ...unwoken.map((what) => `not woken: ${what}`),
    ],
  },
  'spin_locks.test.ts': {
    load: SPIN_LOAD,
    watch: watchSpins,
    told: ({ taken, places, bare }) => [
      ...taken.map((what) => `takes ${what}`),
      ...bare.map((what) => `without: ${what}`),
      ...[...places].map(([taker, n]) => `places of ${taker} ${n}`).sort(),
    ],
  },
};
/** Tests that have not ended after this part of the patience with a mutant never will. */
const TESTS_SHARE = 0.8;
/** Virtual seconds in which a load is through: twice what the slowest of these takes. */
const TRIAL_S = 90;
/** Which loads each mutant has to stand, and on what machine. */
const TRIALS = [
  ['wakes', { locking: CURE, ncpu: 2 }],
  ['leaks', { locking: 'giant', ncpu: 1 }],
  ['threads', { locking: CURE, ncpu: 2 }],
  ['mixture', { locking: 'giant', ncpu: 1 }],
  ['torment', { locking: CURE, ncpu: 1 }],
];

const sources = readSources(SRC);
const executables = frozen(loadExecutables());

let serial = 0;
/** The run of vitest that is under way. */
let asked;
/** Seconds of the host that a mutant has. */
let patience = 300;

/**
 * The kernel with the change and, if given, the text of a test in it. Its code lies in the folder, for tests
 * that load it from files.
 */
async function build(mutant, dir, test = '', form = 'fast') {
  const files = new Map(sources);
  const patches = mutant === null ? [] : addMutation(files, mutant);
  if (test !== '') {
    files.set('patch/test.ts', test);
    patches.push('patch/test.ts');
  }
  const built = compile(files, { patches, form });
  if (built.errors.length > 0) return { error: format(built.errors[0]) };
  const name = test === '' ? 'kernel.js' : `kernel${++serial}.js`;
  writeFileSync(join(dir, name), built.js.replace(/\/\/# sourceMappingURL.*/, ''));
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
  const module = await import(pathToFileURL(join(dir, name)).href);
  return { module, image: built.image, executables };
}

/** Files of tests as they were first read: whoever edits one meanwhile must not make all mutants noticed. */
const testSources = new Map();
function testSource(name) {
  if (!testSources.has(name))
    testSources.set(name, readFileSync(join(ROOT, 'packages/kernel/test', name), 'utf8'));
  return testSources.get(name);
}

/**
 * The text of a test in the kernel (packages/kernel/test/module.ts), out of its file: it runs here as it does
 * there, without another process and another compiler to wait for.
 */
function inKernelText(name) {
  const textIn = (file, constant) =>
    new RegExp(`^const ${constant} = \`\\n(.*?)^\`;$`, 'ms').exec(testSource(file))[1];
  return (textIn('module.ts', 'PRELUDE') + textIn(name, 'TEST')).replaceAll('\\\\', '\\');
}

/**
 * What such a test says on the console, all of it; its file has what is right, and the kernel without a
 * change says that.
 */
async function inKernelSays(name, mutant, dir) {
  const watched = WATCHED[name];
  const kernel = await build(mutant, dir, inKernelText(name), watched === undefined ? 'fast' : 'checked');
  if (kernel.error !== undefined) return kernel;
  let seen;
  const load =
    watched === undefined
      ? { command: 'sync', ramMB: 16, says: [], seconds: 60 }
      : { ...watched.load, prepare: (system) => (seen = watched.watch(system)) };
  const { console, problem } = runLoad(kernel, load, { locking: 'giant', seed: 1 });
  const said = [...console.matchAll(/^= .*$/gm)].map((m) => m[0]);
  // One that ends before the test in it does says so itself.
  if (watched !== undefined && said.includes('= end 1')) said.push(...watched.told(seen()));
  return { said, problem };
}

const right = new Map();

/** The first answer of a test in the kernel that is not the right one, '' if there is none. */
async function inKernel(name, mutant, dir) {
  if (!right.has(name)) right.set(name, await inKernelSays(name, null, dir));
  const expected = right.get(name);
  if (expected.error !== undefined || expected.said.length === 0)
    throw new Unsound(`${name}: ${expected.error}`);
  const { said, problem, error } = await inKernelSays(name, mutant, dir);
  if (error !== undefined) return { error };
  const all = said.length > expected.said.length ? said : expected.said;
  const n = all.findIndex((_, i) => said[i] !== expected.said[i]);
  if (n >= 0) return { failed: `${name}: ${said[n] ?? problem}, not ${expected.said[n] ?? 'that'}` };
  return { failed: problem === expected.problem ? '' : `${name}: ${problem}` };
}

/** Runs test files with the change. '' if all passed, else the name of the first test that did not. */
function runTests(tests, mutant, dir) {
  return new Promise((resolve) => {
    const paths = tests.map((t) => `packages/kernel/test/${t}`);
    const args = [
      'node_modules/vitest/vitest.mjs',
      'run',
      ...paths,
      '--bail=1',
      '--maxWorkers=1',
      '--reporter=json',
    ];
    const env = { ...process.env };
    if (mutant !== null) {
      env.TRAP12_KERNEL = `${dir}/`;
      env.TRAP12_MUTANT = JSON.stringify(mutant);
    }
    // A group of its own: a test that hangs in a plain function is ended with all that it has started.
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    asked = child;
    let late = false;
    const timer = setTimeout(
      () => {
        late = true;
        process.kill(-child.pid, 'SIGKILL');
      },
      TESTS_SHARE * patience * 1000,
    );
    let out = '';
    child.stdout.on('data', (s) => {
      out += s;
    });
    child.on('exit', (code) => {
      clearTimeout(timer);
      asked = undefined;
      if (late) return resolve(`${tests.join(' ')}: does not end within ${TESTS_SHARE * patience} s`);
      if (code === 0) return resolve('');
      const name = /"fullName":"((?:[^"\\]|\\.)*)","status":"failed"/.exec(out);
      resolve(`${tests.join(' ')}: ${name === null ? `exit status ${code}` : name[1]}`);
    });
  });
}

/**
 * Whether tests pass without a change, by their names and what they are: those that do not would notice
 * everything.
 */
const sound = new Map();

/** What the tests say of the mutant; an error if they fail without it, too. */
async function ask(tests, mutant, dir) {
  const key = tests.map((t) => t + readFileSync(join(ROOT, 'packages/kernel/test', t), 'utf8')).join();
  if (!sound.has(key)) {
    const without = await runTests(tests, null, undefined);
    sound.set(key, without);
  }
  if (sound.get(key) !== '') throw new Unsound(`fails without a change: ${sound.get(key)}`);
  return runTests(tests, mutant, dir);
}

/** What a load says of the kernel without a change, by its name and machine: '' if it is through. */
const soundLoads = new Map();

/** What a load says of a kernel, '' if nothing is wrong. */
function tried(kernel, name, machine) {
  const load = { seconds: TRIAL_S, ...LOADS.find((l) => l.name === name) };
  const { problem, wrong } = runLoad(kernel, load, { seed: 1, ...machine });
  if (problem !== '' || wrong > 0) return `${name}: ${problem || `${wrong} wrong`}`;
  return '';
}

/** @throws Unsound if a load that the mutant names is not even through without it: it would notice all */
async function refuseUnsound(name, machine) {
  const key = `${name} ${JSON.stringify(machine)}`;
  if (!soundLoads.has(key)) {
    const dir = mkdtempSync(join(tmpdir(), 'trap12-mutant-'));
    try {
      soundLoads.set(key, tried(await build(null, dir), name, machine));
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }
  if (soundLoads.get(key) !== '') throw new Unsound(`fails without a change: ${soundLoads.get(key)}`);
}

/** The tests themselves are wrong, which says nothing about the mutant. */
class Unsound extends Error {}

async function trial(mutant, { slow }) {
  const dir = mkdtempSync(join(tmpdir(), 'trap12-mutant-'));
  try {
    const unit = mutant === null ? [] : mutant.tests.filter((t) => UNIT.test(t));
    for (const name of mutant === null ? [] : mutant.tests.filter((t) => IN_KERNEL.test(t))) {
      const { failed, error } = await inKernel(name, mutant, dir);
      if (error !== undefined) return { invalid: error };
      if (failed !== '') return { by: 'unit test', what: failed };
    }
    const kernel = await build(mutant, dir);
    if (kernel.error !== undefined) return { invalid: kernel.error };
    if (unit.length > 0) {
      const failed = await ask(unit, mutant, dir);
      if (failed !== '') return { by: 'unit test', what: failed };
    }
    const own = (mutant?.loads ?? []).map((name) => [name, { locking: CURE, ncpu: 2 }]);
    for (const [name, machine] of [...own, ...TRIALS]) {
      const what = tried(kernel, name, machine);
      if (what === '') continue;
      // The others are those that the kernel without a change stands first of all.
      if (own.some(([load]) => load === name)) await refuseUnsound(name, machine);
      return { by: 'load', what };
    }
    const rest =
      mutant === null || !slow ? [] : mutant.tests.filter((t) => !UNIT.test(t) && !IN_KERNEL.test(t));
    if (rest.length > 0) {
      writeFileSync(join(dir, 'kernel.json'), JSON.stringify(kernel.image));
      const failed = await ask(rest, mutant, dir);
      if (failed !== '') return { by: 'test of the kernel', what: failed };
    }
    return { by: 'nobody' };
  } catch (e) {
    if (e instanceof Unsound) return { invalid: e.message };
    // A defect that shows in the host's own code, a kernel that cannot even be put into memory for instance.
    return { by: 'load', what: `does not run: ${String(e).split('\n')[0]}` };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

process.on('message', async ({ mutant, slow, patience: seconds }) => {
  patience = seconds;
  const started = performance.now();
  const outcome = await trial(mutant, { slow });
  process.send({ ...outcome, seconds: Math.round((performance.now() - started) / 100) / 10 });
});

process.on('disconnect', () => {
  if (asked !== undefined) process.kill(-asked.pid, 'SIGKILL');
  process.exit();
});
