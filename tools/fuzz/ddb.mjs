/** The debugger over a machine that stands: lines of the same making as its own test's, shrunk. */
import { Ddb } from '@trap12/ddb';
import { createSystem } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import fc from 'fast-check';
import { testModule } from './tests.mjs';

const MB = 1 << 20;
const NS = 1e9;
/** Pages have gone to the disk by then. */
const SECONDS = 20;
const COMMAND = 'sleep 1000 & dd if=/dev/zero of=/dev/null bs=24m count=3; sleep 2000';

let known;
async function subject() {
  known ??= (async () => {
    const system = createSystem(await loadKernel(), {
      ncpu: 2,
      ramBytes: 16 * MB,
      swapBytes: 32 * MB,
      command: COMMAND,
    });
    system.machine.run(SECONDS * NS);
    const { garbage, plausible, shows } = await testModule('packages/ddb/test/fuzz-lines.ts');
    const lines = fc.oneof(
      { weight: 2, arbitrary: garbage.map((line) => [line]) },
      { weight: 3, arbitrary: fc.array(plausible, { minLength: 1, maxLength: 3 }) },
      { weight: 1, arbitrary: shows.map((line) => [line]) },
    );
    return { system, ram: system.machine.ram.u8.slice(), lines };
  })();
  return known;
}

/** What the debugger says that it must not; '' if nothing. */
function problemOf({ system, ram }, lines) {
  try {
    const debuggerOf = new Ddb(system.target);
    for (const line of [...lines, ''])
      for (const said of debuggerOf.execute(line)) if (said.includes('internal error')) return said;
    return '';
  } catch (error) {
    return `${error.stack ?? error}`;
  } finally {
    if (lines.some((line) => /^\s*w/.test(line))) system.machine.ram.u8.set(ram);
  }
}

async function run(seed, from, count) {
  const all = await subject();
  const failures = [];
  for (let at = from; at < from + count; at++) {
    // A seed of its own for each, so that one can be had alone.
    const property = fc.property(all.lines, (lines) => problemOf(all, lines) === '');
    const { failed, counterexample } = fc.check(property, {
      seed: Math.imul(at + 1, 0x9e3779b1) ^ seed,
      numRuns: 1,
    });
    if (failed)
      failures.push({
        at,
        from: at,
        what: problemOf(all, counterexample[0]),
        input: JSON.stringify(counterexample[0]),
      });
  }
  return { failures, late: 0 };
}

export const ddb = { name: 'ddb', what: 'command lines of the debugger', batch: 500, weight: 6, run };
