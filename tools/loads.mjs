/**
 * Loads that have broken kernels, with what each of them must say, and how to run one. The mutants
 * (tools/mutants.mjs) and the torture campaign (tools/torture.mjs) use them.
 */
import { fileURLToPath } from 'node:url';
import { heldByKernel, invariantProblems } from '@trap12/kernel';
import { createSystem } from '@trap12/system';
import { compileFile } from '@trap12/system/compile.js';

export const CURE = 'vm_mtx-20010519+swaplocks+vmspace-ref';

/**
 * name: what it is called. command: for the machine's shell. ramMB: least memory that it is made for. says:
 * what the console has to show, in this order. seconds: virtual time that it may take. unit: of what the
 * number that `bytes` finds counts. programs: files of programs that the machine gets for it, from the root
 * of the tree.
 */
export const LOADS = [
  {
    name: 'forks',
    command: 'hog fork 256k 1; echo status $?; memcheck 8m; echo done',
    ramMB: 6,
    says: [/status 0/, /, 0 errors/, /done/],
  },
  {
    name: 'torment',
    command: 'torment SEED 70 256 800; echo status $?',
    ramMB: 5,
    says: [/0 errors/, /status 0/],
  },
  {
    name: 'threads',
    command: 'threads 5 60 400; echo status $?',
    ramMB: 5,
    says: [/, 0 errors/, /status 0/],
  },
  {
    name: 'append',
    command: 'echo x > /tmp/f; hog seq 20m 4 & sleep 3; echo y >> /tmp/f; wait; cat /tmp/f; echo done',
    ramMB: 5,
    says: [/^x\r?\ny\r?$/m, /done/],
  },
  {
    name: 'swapped',
    command: 'sleepers 8 8 & memcheck 10m; sleep 3; memcheck 10m; echo done',
    ramMB: 8,
    says: [/, 0 errors/, /, 0 errors/, /done/],
  },
  {
    name: 'pipes',
    command:
      'seq 3000 > /tmp/a; cat /tmp/a | cat | sort -n | cmp - /tmp/a && pool 4 200 8 & sleep 1; kill $!; echo done',
    ramMB: 8,
    says: [/done/],
  },
  {
    name: 'mixture',
    command:
      'sleepers 3 4 & echo x > /tmp/f; seq 1500 > /tmp/a; memcheck 4m; echo y >> /tmp/f; sort -n /tmp/a | cat | cmp - /tmp/a && cat /tmp/f; sleep 2; stress files 20; stress mapfile 12; stress storm 2; stress signals 4; stress remote 12; stress wire 4; echo done',
    ramMB: 7,
    says: [
      /, 0 errors/,
      /^x\ny$/m,
      /files.*, 0 errors/,
      /mapfile.*, 0 errors/,
      /storm.*, 0 errors/,
      /signals.*, 0 errors/,
      /remote.*, 0 errors/,
      /wire.*, 0 errors/,
      /done/,
    ],
  },
  {
    name: 'rewrite',
    command: 'stress rewrite 3000 SEED; echo status $?',
    ramMB: 5,
    says: [/, 0 errors/, /status 0/],
  },
  {
    name: 'files',
    command: 'stress files 150 SEED; echo status $?',
    ramMB: 5,
    says: [/, 0 errors/, /status 0/],
  },
  {
    name: 'calls',
    command: 'stress calls 600 SEED; echo status $?',
    ramMB: 8,
    says: [/, 0 errors/, /status 0/],
  },
  {
    name: 'rawio',
    command: 'stress rawio 60 SEED; echo status $?',
    ramMB: 8,
    says: [/, 0 errors/, /status 0/],
  },
  {
    name: 'sharers',
    command: 'stress sharers 16 SEED; echo status $?',
    ramMB: 6,
    says: [/, 0 errors/, /status 0/],
  },
  {
    // Memory and swap to the last page: it takes long, and any process may be killed, the shell, too. What it
    // leaves behind goes on for a while.
    name: 'brim',
    command: 'stress brim 1 SEED; echo status $?; sleep 300; echo done',
    ramMB: 5,
    seconds: 3600,
    says: [/, 0 errors[\s\S]*status 0[\s\S]*done|out of swap space/],
  },
  {
    name: 'wire',
    command: 'stress wire 80 SEED; echo status $?',
    ramMB: 6,
    says: [/, 0 errors/, /status 0/],
  },
  {
    name: 'mapfile',
    command: 'stress mapfile 80 SEED; echo status $?',
    ramMB: 5,
    says: [/, 0 errors/, /status 0/],
  },
  {
    name: 'storm',
    command: 'stress storm 15 SEED; echo status $?',
    ramMB: 6,
    says: [/, 0 errors/, /status 0/],
  },
  {
    name: 'signals',
    command: 'stress signals 40 SEED; echo status $?',
    ramMB: 5,
    says: [/, 0 errors/, /status 0/],
  },
  {
    name: 'remote',
    command: 'stress remote 100 SEED; echo status $?',
    ramMB: 5,
    says: [/, 0 errors/, /status 0/],
  },
  {
    name: 'leaks',
    command: 'stress leaks STEPS; echo status $?',
    ramMB: 8,
    says: [/, 0 errors/, /status 0/],
    steps: [4, 12],
  },
  {
    name: 'races',
    command: 'stress races 2 SEED; echo status $?',
    ramMB: 5,
    says: [/, 0 errors/, /status 0/],
  },
  {
    // The disk refuses a number of writes: no byte may be wrong for that.
    name: 'errors',
    command: 'stress rewrite 600 SEED; echo status $?',
    ramMB: 5,
    says: [/, 0 errors/, /status 0/],
    prepare: ({ machine }) =>
      machine.disk.faults.push({ op: 'write', firstSector: 0, lastSector: 2 ** 31, times: 25 }),
  },
  { name: 'wakes', command: 'stress wakes 1; echo status $?', ramMB: 8, says: [/, 0 errors/, /status 0/] },
  {
    name: 'remap',
    programs: ['examples/races/fault-entry/remap.ts'],
    command: 'remap 2; echo status $?',
    ramMB: 5,
    says: [/: 0 pages wrong/, /status 0/],
  },
  {
    name: 'together',
    programs: ['examples/races/page-wakeup/together.ts'],
    command: 'together 2 3; echo status $?',
    ramMB: 5,
    says: [/: 0 words wrong/, /status 0/],
  },
  {
    // It ends with a kill, of a process that may be in the middle of a page fault.
    name: 'shadows',
    programs: ['examples/races/busy-collapse/shadows.ts'],
    command: 'shadows 6 && sleep 5 && echo status 0',
    ramMB: 5,
    says: [/: 0 words wrong/, /status 0/],
  },
  // Several at once, which verify what is theirs while the others press.
  {
    name: 'crowd',
    command:
      'stress rewrite 400 SEED & stress files 30 SEED & stress mapfile 20 SEED & stress wire 20 SEED & wait; echo done',
    ramMB: 6,
    says: [/, 0 errors/, /, 0 errors/, /, 0 errors/, /, 0 errors/, /done/],
  },
  {
    name: 'pressed',
    command:
      'sleepers 5 6 & stress storm 4 SEED; memcheck 5m; stress signals 8 SEED; stress remote 15 SEED; sleep 2; memcheck 5m; echo done',
    ramMB: 6,
    says: [/, 0 errors/, /, 0 errors/, /, 0 errors/, /, 0 errors/, /, 0 errors/, /done/],
  },
  {
    name: 'exchange',
    command:
      'seq 4000 > /tmp/a; stress mapfile 25 SEED & stress rawio 15 SEED & stress sharers 8 SEED & cat /tmp/a | cat | sort -n | cmp - /tmp/a && echo same; wait; cmp /tmp/a /tmp/a && echo done',
    ramMB: 8,
    says: [/, 0 errors/, /, 0 errors/, /, 0 errors/, /done/],
  },
  {
    name: 'families',
    programs: ['examples/races/fault-entry/remap.ts', 'examples/races/page-wakeup/together.ts'],
    command: 'remap 1 & together 1 3 & threads 3 20 200 & torment SEED 20 128 200; wait; echo done',
    ramMB: 6,
    says: [/0 errors/, /done/],
  },
];

const compiled = new Map();

/** The programs of a load, compiled once. */
const executablesOf = ({ programs = [] }) =>
  programs.map((file) => {
    if (!compiled.has(file))
      compiled.set(file, compileFile(fileURLToPath(new URL(`../${file}`, import.meta.url))));
    return compiled.get(file);
  });

const COMPLAINTS =
  /^(lock order reversal|acquiring duplicate lock|.*could sleep with|.*: sleeping with ".*" locked|.*partially invalid on fault|.*attempting to cache busy|.*busy page .* found in cache|vm_page_alloc: missing pages|Kernel thread .* exited prematurely)/m;

/**
 * Programs as they are now, whatever is built while a campaign runs: their code is read when they are
 * executed.
 */
export const frozen = (executables) =>
  executables.map((e) => {
    const code = e.code();
    return { ...e, code: () => code };
  });

/** Do the patterns come in this order? */
function saysAll(text, patterns) {
  let at = 0;
  for (const pattern of patterns) {
    const match = pattern.exec(text.slice(at));
    if (match === null) return false;
    at += match.index + match[0].length;
  }
  return true;
}

/** What was verified, and what of it was wrong, as the programs tell it: bytes. */
function account(text) {
  let bytes = 0;
  let wrong = 0;
  for (const m of text.matchAll(/(\d+) (bytes|pages)\b[^\n]*? verified, (\d+) errors/g)) {
    bytes += Number(m[1]) * (m[2] === 'bytes' ? 1 : 4096);
    wrong += Number(m[3]);
  }
  return { bytes, wrong };
}

/**
 * Runs a load to its end and looks at what is left.
 * @param kernel as loadKernel() gives it
 * @param load of LOADS
 * @param machine ramBytes, ncpu, locking, seed ... for createSystem
 * @returns what is wrong (a line, '' if nothing), bytes verified and found wrong, the console
 */
export function runLoad(kernel, load, machine) {
  if (load.steps === undefined) return runOnce(kernel, load, machine);
  // After few steps and after many the kernel must hold the same.
  const [few, many] = load.steps.map((n) =>
    runOnce(kernel, { ...load, command: load.command.replace('STEPS', n) }, machine),
  );
  if (few.problem !== '' || many.problem !== '') return few.problem !== '' ? few : many;
  const before = heldByKernel(few.system.memory);
  const after = heldByKernel(many.system.memory);
  const more = Object.keys(after).filter((name) => after[name] !== before[name]);
  const what = more.map((name) => `${name} ${before[name]} and ${after[name]}`).join(', ');
  return { ...many, problem: more.length === 0 ? '' : `after ${load.steps.join(' and ')} steps: ${what}` };
}

function runOnce(kernel, load, machine) {
  const command = load.command.replaceAll('SEED', String(machine.seed ?? 1));
  const own = { ramBytes: load.ramMB << 20, command, executables: executablesOf(load) };
  const system = createSystem(kernel, { ...own, ...load.machine, ...machine });
  let console = '';
  system.machine.console.onOutput = (s) => {
    console += s;
  };
  load.prepare?.(system);
  const why = system.machine.run((load.seconds ?? 300) * 1e9);
  system.machine.console.flush();
  const text = console.replaceAll('\r', '');
  return { problem: problem(system, load, why, text), ...account(text), console: text, system };
}

function problem(system, load, why, text) {
  const panic = /^(panic: .*|Fatal trap .*|Fatal double fault.*)$/m.exec(text);
  if (panic !== null) return panic[0];
  if (why !== 'halt') return `ended by ${why}`;
  const complaint = COMPLAINTS.exec(text);
  if (complaint !== null) return complaint[0];
  if (!saysAll(text, load.says))
    return `does not say what it should: ${text.slice(-200).replaceAll('\n', ' | ')}`;
  const bad = invariantProblems(system.memory);
  return bad.length === 0 ? '' : `show invariants: ${bad[0]}`;
}
