/**
 * Tries mutants one after the other: a process of its own, so that one that never ends can be ended from outside (tools/mutants.mjs).
 * It compiles the kernel with the change, in memory and in a temporary folder, and asks the unit tests, then the loads, until one notices.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { addMutation, compile, format, readSources } from '@trap12/kcc';
import { loadExecutables } from '@trap12/system/node.js';
import { CURE, LOADS, runLoad } from '../loads.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SRC = join(ROOT, 'packages/kernel/src');
/** Tests that compile a few files of the kernel; the others boot it and are slower. */
const UNIT = /^(kern_locks|kern_files|kern_malloc|kern_sysctl|pmap|subr_blist|swap_pager|vm_map|vm_object|vm_pageout|vm_zone)\.test\.ts$/;
/** Which loads each mutant has to stand, and on what machine. */
const TRIALS = [
  ['threads', { locking: CURE, ncpu: 2 }],
  ['mixture', { locking: 'giant', ncpu: 1 }],
  ['torment', { locking: CURE, ncpu: 1 }],
];

const sources = readSources(SRC);
const executables = loadExecutables();

/** The kernel with the change, as code and, for tests that load it from files, in a folder. */
function build(mutant, dir) {
  const files = new Map(sources);
  const built = compile(files, { patches: mutant === null ? [] : addMutation(files, mutant) });
  if (built.errors.length > 0) return { error: format(built.errors[0]) };
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'kernel.js'), built.js.replace(/\/\/# sourceMappingURL.*/, ''));
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
  return { image: built.image };
}

/** Runs test files with the change. '' if all passed, else the name of the first test that did not. */
function runTests(tests, mutant, dir) {
  return new Promise((resolve) => {
    const paths = tests.map((t) => `packages/kernel/test/${t}`);
    const args = ['node_modules/vitest/vitest.mjs', 'run', ...paths, '--bail=1', '--maxWorkers=1', '--reporter=json'];
    const env = { ...process.env };
    if (mutant !== null) {
      env.TRAP12_KERNEL = `${dir}/`;
      env.TRAP12_MUTANT = JSON.stringify(mutant);
    }
    const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'ignore'] });
    let out = '';
    child.stdout.on('data', (s) => {
      out += s;
    });
    child.on('exit', (code) => {
      if (code === 0) return resolve('');
      const name = /"fullName":"((?:[^"\\]|\\.)*)","status":"failed"/.exec(out);
      resolve(`${tests.join(' ')}: ${name === null ? `exit status ${code}` : name[1]}`);
    });
  });
}

/** Whether tests pass without a change, by their names: those that do not would notice everything. */
const sound = new Map();

/** What the tests say of the mutant; an error if they fail without it, too. */
async function ask(tests, mutant, dir) {
  const key = tests.join(' ');
  if (!sound.has(key)) {
    const without = await runTests(tests, null, undefined);
    sound.set(key, without);
  }
  if (sound.get(key) !== '') throw new Unsound(`fails without a change: ${sound.get(key)}`);
  return runTests(tests, mutant, dir);
}

/** The tests themselves are wrong, which says nothing about the mutant. */
class Unsound extends Error {}

async function trial(mutant, { slow }) {
  const dir = mkdtempSync(join(tmpdir(), 'trap12-mutant-'));
  try {
    const { image, error } = build(mutant, dir);
    if (error !== undefined) return { invalid: error };
    const unit = mutant === null ? [] : mutant.tests.filter((t) => UNIT.test(t));
    if (unit.length > 0) {
      const failed = await ask(unit, mutant, dir);
      if (failed !== '') return { by: 'unit test', what: failed };
    }
    const module = await import(pathToFileURL(join(dir, 'kernel.js')).href);
    for (const [name, machine] of TRIALS) {
      const load = LOADS.find((l) => l.name === name);
      const { problem, wrong } = runLoad({ module, image, executables }, load, { seed: 1, ...machine });
      if (problem !== '' || wrong > 0) return { by: 'load', what: `${name}: ${problem || `${wrong} wrong`}` };
    }
    const rest = mutant === null || !slow ? [] : mutant.tests.filter((t) => !UNIT.test(t));
    if (rest.length > 0) {
      writeFileSync(join(dir, 'kernel.json'), JSON.stringify(image));
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

process.on('message', async ({ mutant, slow }) => {
  const started = performance.now();
  const outcome = await trial(mutant, { slow });
  process.send({ ...outcome, seconds: Math.round((performance.now() - started) / 100) / 10 });
});
