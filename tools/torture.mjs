/**
 * A campaign against our own kernel: loads (tools/loads.mjs) x locking regimes x processors x memory x seeds,
 * in a fixed shuffle of which each beginning is a fair sample. After each run the machine must have halted of
 * itself, without a complaint of the kernel, with the words that the load says when all is right, and
 * everything that adds up must (`show invariants`). usage: node tools/torture.mjs [--seconds S] [--runs N]
 * [--seeds N] [--first SEED] [--load NAME] [--disk-errors RATE] [--results FILE]
 *                               [--summary]
 *   --seconds S  stop after so many seconds of the host      --runs N     stop after so many runs
 *   --seeds N    seeds of each combination (8)               --first SEED the first of them (1)
 *   --load NAME  this load only                              --summary    no run: what the results say
 *   --disk-errors RATE disk commands fail with that probability: then only panics and hangs count, and sums
 *   that are wrong
 * It begins with canaries: kernels with a known bug, which must fail, or the campaign is worth nothing.
 * Results go to FILE (.torture.jsonl), one line each, and what is there for this kernel is not run again.
 * Status 1 if anything was wrong.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { addMutation, compile, readSources } from '@trap12/kcc';
import { loadExecutables, loadKernel } from '@trap12/system/node.js';
import { CURE, frozen, LOADS, runLoad } from './loads.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const REGIMES = ['giant', CURE];
const CPUS = [1, 2, 4, 8];
const RAM_MB = [5, 6, 8, 10, 16];

/** Kernels that must fail, with the load that shows it. */
const CANARIES = [
  {
    load: 'storm',
    machine: { locking: CURE, ncpu: 1, ramBytes: 6 << 20 },
    bug: { file: 'i386/pmap_kern.ts', fn: 'pmap_copy_page', from: 'invlpg(CADDR2);', to: '' },
  },
  {
    load: 'remote',
    machine: { locking: 'giant', ncpu: 2, ramBytes: 8 << 20 },
    bug: {
      file: 'i386/pmap.ts',
      fn: 'pmap_inv_all',
      from: 'if ((mask & ~me) !== 0) smp_invltlb(mask & ~me);',
      to: '',
    },
  },
  {
    load: 'rewrite',
    machine: { locking: 'giant', ncpu: 1, ramBytes: 5 << 20 },
    bug: { file: 'vm/vm_page_valid.ts', fn: 'vm_page_test_dirty', from: 'pmap_is_modified(m)', to: 'false' },
  },
];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '1000000' },
    seeds: { type: 'string', default: '8' },
    first: { type: 'string', default: '1' },
    load: { type: 'string', default: '' },
    'disk-errors': { type: 'string', default: '0' },
    results: { type: 'string', default: join(ROOT, '.torture.jsonl') },
    summary: { type: 'boolean', default: false },
  },
});
const [seconds, runs, seeds, first] = ['seconds', 'runs', 'seeds', 'first'].map((name) =>
  Number(values[name]),
);
const rate = Number(values['disk-errors']);
if (
  ![seconds, runs, seeds, first].every((n) => Number.isSafeInteger(n) && n >= 0) ||
  !(rate >= 0 && rate <= 1)
) {
  console.error(
    'torture: --seconds, --runs, --seeds and --first want numbers from 0 on, --disk-errors one from 0 to 1',
  );
  process.exit(2);
}
const names = LOADS.map((l) => l.name);
if (values.load !== '' && !names.includes(values.load)) {
  console.error(`torture: no load ${values.load}; accepted: ${names.join(', ')}`);
  process.exit(2);
}

/** What a run is known by; the kernel is part of it, since a seed means the same with one kernel only. */
const keyOf = (kernel, c) => `${kernel} ${c.load} ${c.locking} ${c.ncpu} ${c.ramMB} ${c.seed} ${c.rate}`;

function combinations() {
  const all = [];
  for (let seed = first; seed < first + seeds; seed++)
    for (const load of LOADS)
      for (const locking of REGIMES)
        for (const ncpu of CPUS)
          for (const ramMB of RAM_MB)
            if (ramMB >= load.ramMB && (values.load === '' || values.load === load.name))
              all.push({ load: load.name, locking, ncpu, ramMB, seed, rate });
  const place = (c) => createHash('sha256').update(keyOf('', c)).digest('hex');
  return all
    .map((c) => [place(c), c])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, c]) => c);
}

const known = new Map();
if (existsSync(values.results))
  for (const line of readFileSync(values.results, 'utf8').split('\n'))
    if (line !== '') {
      const r = JSON.parse(line);
      known.set(keyOf(r.kernel, r), r);
    }

function summary(list) {
  const of = (name, pick) => {
    const groups = new Map();
    for (const r of list) groups.set(r[pick], (groups.get(r[pick]) ?? 0) + 1);
    const order = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
    console.log(`${name}: ${order.map(([value, n]) => `${value} ${n}`).join(', ')}`);
  };
  for (const pick of ['load', 'locking', 'ncpu', 'ramMB', 'seed', 'rate', 'kernel']) of(pick, pick);
  const sum = (field) => list.reduce((total, r) => total + r[field], 0);
  const bad = list.filter((r) => r.problem !== '' || r.wrong > 0);
  console.log(
    `${list.length} runs, ${sum('bytes')} bytes verified, ${sum('wrong')} wrong, ${bad.length} runs with something wrong`,
  );
  for (const r of bad) console.log(`  ${replay(r)} (kernel ${r.kernel}): ${r.problem}`);
  return bad.length;
}

/** The command that shows it again, with this kernel. */
function replay(c) {
  const { command, programs = [] } = LOADS.find((l) => l.name === c.load);
  const errors = c.rate > 0 ? ` --disk-errors ${c.rate}` : '';
  const own = programs.map((file) => ` --program ${file}`).join('');
  return `trap12 run --ram ${c.ramMB}M --ncpu ${c.ncpu} --locking ${c.locking} --seed ${c.seed}${errors}${own} -- '${command.replaceAll('SEED', String(c.seed))}'`;
}

async function build(bug) {
  const files = readSources(join(ROOT, 'packages/kernel/src'));
  const built = compile(files, { patches: addMutation(files, bug) });
  const dir = mkdtempSync(join(tmpdir(), 'trap12-canary-'));
  try {
    writeFileSync(join(dir, 'kernel.mjs'), built.js.replace(/\/\/# sourceMappingURL.*/, ''));
    const module = await import(pathToFileURL(join(dir, 'kernel.mjs')).href);
    return { module, image: built.image, executables: programs };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const programs = frozen(loadExecutables());
const loadNamed = (name) => LOADS.find((l) => l.name === name);

/**
 * With disk errors a process may be killed, and a program may be told of them: what it then says is not asked
 * for.
 */
function run(kernel, c) {
  const machine = {
    locking: c.locking,
    ncpu: c.ncpu,
    ramBytes: c.ramMB << 20,
    seed: c.seed,
    diskErrorRate: c.rate,
  };
  const load = loadNamed(c.load);
  return runLoad(kernel, c.rate > 0 ? { ...load, says: [] } : load, machine);
}

if (values.summary) {
  process.exit(summary([...known.values()]) > 0 ? 1 : 0);
}

const kernel = { ...(await loadKernel()), executables: programs };
const id = kernel.image.hash.slice(0, 8);
const todo = combinations().filter((c) => !known.has(keyOf(id, c)));
let status = 0;

if (todo.length > 0)
  for (const { load, machine, bug } of CANARIES) {
    const { problem, wrong } = runLoad(await build(bug), loadNamed(load), { seed: 1, ...machine });
    const dead = problem !== '' || wrong > 0;
    console.log(
      `canary ${bug.fn} (${load}): ${dead ? `dead, as it must be: ${problem.slice(0, 100)}` : 'LIVES'}`,
    );
    if (!dead) status = 1;
  }
if (status !== 0) {
  console.error('torture: RED: a kernel with a known bug has passed, so that what passes says nothing');
  process.exit(1);
}

const until = performance.now() + seconds * 1000;
const done = [];
for (const c of todo) {
  if (performance.now() > until || done.length >= runs) break;
  const started = performance.now();
  const { problem, bytes, wrong } = run(kernel, c);
  const r = { kernel: id, ...c, problem, bytes, wrong };
  appendFileSync(values.results, `${JSON.stringify(r)}\n`);
  done.push(r);
  const took = ((performance.now() - started) / 1000).toFixed(1);
  const bad = problem !== '' || wrong > 0;
  if (bad) status = 1;
  console.log(
    `${bad ? 'WRONG' : 'right'} ${c.load} ${c.locking} ncpu ${c.ncpu} ${c.ramMB}M seed ${c.seed} (${took} s)${bad ? `: ${problem} ${replay(c)}` : ''}`,
  );
}
summary(done);
process.exitCode = status;
