/**
 * What a machine as bytes promises, tried at length (the tests try it in short):
 *   the fast and the checked form of the kernel give the same run, from N seeds under each regime with 1, 2
 *   and 4 CPUs; a pipeline with background jobs, saved at M random places to a file and gone on with in a
 *   fresh process, ends in the same state.
 * usage: node tools/acceptance-forms.mjs [--seeds N] [--saves M] [--first SEED]     (50, 500, 1; about an hour)
 * In pieces: --first says which seed, and which save, is the next. Ends with status 1 if a promise is not
 * kept.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { regimes } from '@trap12/kernel';
import { completeOptions, createSystem, snapshotBytes, systemFromSnapshot } from '@trap12/system';
import { loadKernel, readSnapshot, writeSnapshot } from '@trap12/system/node.js';
import { SymbolTable } from '@trap12/target';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '50' },
    saves: { type: 'string', default: '500' },
    first: { type: 'string', default: '1' },
  },
});
const [seeds, saves, first] = [values.seeds, values.saves, values.first].map(Number);
if (![seeds, saves, first].every((n) => Number.isSafeInteger(n) && n >= 0) || first === 0) {
  console.error('acceptance-forms: numbers from 0 on are wanted, for --first from 1 on');
  process.exit(2);
}
const END_NS = 60e9;
/** Swaps, forks, pipes and waits, in half a second. */
const LOAD = {
  ramBytes: 8 << 20,
  swapBytes: 16 << 20,
  command: 'memcheck 6m & cat /bin/sh | wc -c; sh -c "exit 3"; wait',
};
const fast = await loadKernel();

const hash = ({ machine }) => {
  // Where the checked form stands after a panic, the words of its frames are in memory for whoever looks.
  const ram = machine.ram.u8.slice();
  const view = new DataView(ram.buffer);
  for (const { va, word } of machine.saveDevices().lent.words)
    view.setInt32(machine.mmu.inspect(va).pa, word, true);
  return createHash('sha256').update(ram).update(`${machine.now()}`).digest('hex');
};

function outcome(kernel, options) {
  const system = createSystem(kernel, { ...LOAD, ...options });
  let console = '';
  system.machine.console.onOutput = (text) => {
    console += text;
  };
  const why = system.machine.run(END_NS);
  return `${why} ${hash(system)} ${JSON.stringify(system.machine.step)} ${console}`;
}

/** The part that goes on with a saved machine: files by standard input, hashes by standard output. */
async function goOn() {
  for await (const file of createInterface({ input: process.stdin })) {
    const { system } = systemFromSnapshot(fast, readSnapshot(file));
    const why = system.machine.run(END_NS);
    console.log(`${why} ${hash(system)}`);
  }
}

let broken = 0;
function say(kept, text) {
  if (!kept) broken++;
  console.log(`${kept ? 'kept  ' : 'BROKEN'}  ${text}`);
}

async function formsAgree() {
  const checked = await loadKernel(undefined, 'checked');
  const names = Object.keys(regimes(new SymbolTable(fast.image)));
  let runs = 0;
  const ends = new Map();
  for (let seed = first; seed < first + seeds; seed++) {
    const before = runs;
    for (const locking of names)
      for (const ncpu of [1, 2, 4]) {
        const options = { locking, ncpu, seed };
        const one = outcome(fast, options);
        const why = one.split(' ')[0];
        ends.set(why, (ends.get(why) ?? 0) + 1);
        if (outcome(checked, options) === one) runs++;
        else say(false, `the forms differ: ${locking}, ${ncpu} CPUs, seed ${seed}`);
      }
    console.log(`        seed ${seed}: ${runs - before} of ${names.length * 3} the same`);
  }
  const how = [...ends].map(([why, n]) => `${n} ${why}`).join(', ');
  const all = names.length * 3 * seeds;
  say(runs === all, `both forms of the kernel give the same run: ${runs} of ${all} (ended by ${how})`);
}

async function savesGoOn() {
  const directory = mkdtempSync(join(tmpdir(), 'trap12-saves-'));
  const self = fileURLToPath(import.meta.url);
  let same = 0;
  try {
    for (let i = first - 1; i < first - 1 + saves; i++) {
      const options = completeOptions({ ...LOAD, ncpu: 1 + (i % 4), seed: 1 + Math.floor(i / 25) });
      const whole = createSystem(fast, options);
      const why = whole.machine.run(END_NS);
      const { polls } = whole.machine.step;
      const part = createSystem(fast, options);
      // Anywhere in the run, by a number that has no period in common with it.
      part.machine.run(END_NS, 1 + ((i * 7919) % polls));
      const file = join(directory, 'machine');
      writeSnapshot(file, snapshotBytes(part, options));
      const child = spawn(process.execPath, [self, 'go-on'], { stdio: ['pipe', 'pipe', 'inherit'] });
      child.stdin.end(`${file}\n`);
      let got = '';
      for await (const chunk of child.stdout) got += chunk;
      if (got.trim() === `${why} ${hash(whole)}`) same++;
      else
        say(
          false,
          `saved at poll ${1 + ((i * 7919) % polls)} of ${polls}, ${options.ncpu} CPUs, seed ${options.seed}: another end`,
        );
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
  say(same === saves, `saved and gone on with in a fresh process, the run is the run: ${same} of ${saves}`);
}

if (positionals[0] === 'go-on') await goOn();
else {
  await formsAgree();
  await savesGoOn();
  process.exitCode = broken > 0 ? 1 : 0;
}
