/**
 * What a unit of a campaign costs beside its own work (docs/campaigns.md): of the store, and of a queue, with
 * workers that answer at once; and how many units real workers do.
 *
 *     node bench/campaign.mjs [store] [resume] [queue] [real]      all of them by default
 *
 * Costs are processor time of the campaign's own process, which other load of the computer changes little.
 * `queue` needs nats-server. Needs a build.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Plan, runCampaign, Store } from '@trap12/campaign';
import { QueueCrew } from '@trap12/campaign/queue/index.js';
import { outcome, STRATEGIES, WANTED } from '../packages/campaign/test/made-up.mjs';

const folder = mkdtempSync(join(tmpdir(), 'trap12-bench-campaign-'));
const root = fileURLToPath(new URL('..', import.meta.url));
/** So many that the start of command and workers, about a second, is little of it. */
const REAL_UNITS = 600;
const WIDTHS = [1, 4, 16, 64, 256, 1000];
const line = (cells) => console.log(`| ${cells.join(' | ')} |`);

function table(...heads) {
  console.log();
  line(heads);
  line(heads.map(() => '---'));
}

/** Works at a new campaign; microseconds of this process, and seconds of the clock. */
async function measured(dir, units, makeCrew) {
  const store = Store.open(dir, true);
  const crew = await makeCrew(store);
  const [cpu, begun] = [process.cpuUsage(), performance.now()];
  await runCampaign(store, {
    subjects: WANTED.map((each) => store.subject(each)),
    strategies: () => STRATEGIES,
    ...{ crew, units, clock: () => performance.now() / 1000, stop: () => false },
  });
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - begun) / 1000;
  await crew.close?.();
  store.close();
  return { us: (user + system) / units, seconds };
}

async function ofStore() {
  table('workers', 'units', 'us a unit', 'bytes a unit', 'opened again in ms');
  for (const width of WIDTHS) {
    const units = width < 16 ? 2000 : 50_000;
    const dir = join(folder, `store-${width}`);
    const { us } = await measured(dir, units, () => ({ width, run: async (task) => outcome(task) }));
    const { size } = statSync(join(dir, 'campaign.db'));
    const begun = performance.now();
    Store.open(dir, false).close();
    const opened = performance.now() - begun;
    line([width, units, Math.round(us), Math.round(size / units), Math.round(opened)]);
  }
}

/** Seconds that `trap12 campaign DIR` takes with many units done, and with none: the fastest of some runs. */
async function ofResume() {
  table('units done', 'the command: seconds', 'in this process: ms to open and to plan');
  const bin = join(root, 'packages/cli/bin/trap12.js');
  for (const units of [0, 100_000]) {
    const dir = join(folder, `resume-${units}`);
    await measured(dir, units, () => ({ width: 256, run: async (task) => outcome(task) }));
    const fastest = (work) => {
      const runs = Array.from({ length: 5 }, () => {
        const begun = performance.now();
        work();
        return performance.now() - begun;
      });
      return Math.min(...runs);
    };
    const command = fastest(() => spawnSync(process.execPath, [bin, 'campaign', dir], { stdio: 'ignore' }));
    const own = fastest(() => {
      const store = Store.open(dir, false);
      new Plan(store, store.allSubjects(), () => STRATEGIES).next();
      store.close();
    });
    line([units, (command / 1000).toFixed(2), Math.round(own)]);
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits until somebody listens there. */
async function listens(port) {
  for (;;) {
    const there = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true) || socket.destroy()).once('error', () => resolve(false));
    });
    if (there) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function ofQueue() {
  const program = ['nats-server', '/usr/sbin/nats-server'].find(
    (each) => spawnSync(each, ['-v']).status === 0,
  );
  if (program === undefined) return console.log('\nqueue: there is no nats-server here');
  const port = await freePort();
  const url = `nats://127.0.0.1:${port}`;
  const nats = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', join(folder, 'nats')];
  const server = spawn(program, nats, { stdio: 'ignore' });
  try {
    await listens(port);
    table('workers', 'units', 'us a unit', 'units/s');
    for (const width of WIDTHS) {
      const units = width < 16 ? 500 : 5000;
      const dir = join(folder, `queue-${width}`);
      // All workers in one process: each has its own requests under way.
      const script = join(root, 'bench/campaign-worker.mjs');
      const workers = spawn(process.execPath, [script, url, String(width)], { stdio: 'inherit' });
      const { us, seconds } = await measured(dir, units, (store) =>
        QueueCrew.open({
          ...{ url, id: store.id, build: 'b1', says: console.error, isDone: (unit) => store.isDone(unit) },
          bundleOf: () => ({ scenario: 'a.ts', patches: [], files: [] }),
        }),
      );
      workers.kill('SIGKILL');
      await new Promise((resolve) => workers.once('exit', resolve));
      line([width, units, Math.round(us), Math.round(units / seconds)]);
    }
  } finally {
    server.kill('SIGKILL');
  }
}

function ofWorkers() {
  table('workers', 'units', 'seconds', 'units/s');
  for (const width of [1, 2, 4]) {
    const dir = join(folder, `real-${width}`);
    const bin = join(root, 'packages/cli/bin/trap12.js');
    const run = (units) =>
      spawnSync(
        process.execPath,
        [
          bin,
          'campaign',
          dir,
          '--workers',
          String(width),
          '--units',
          String(units),
          'examples/scenarios/counter.ts',
        ],
        { cwd: root, stdio: 'ignore' },
      );
    // The canary's units, and machines that are made, are not what is asked about.
    run(5 + width);
    const begun = performance.now();
    run(REAL_UNITS);
    const seconds = (performance.now() - begun) / 1000;
    line([width, REAL_UNITS, seconds.toFixed(1), (REAL_UNITS / seconds).toFixed(1)]);
  }
}

const parts = { store: ofStore, resume: ofResume, queue: ofQueue, real: ofWorkers };
const wanted = process.argv.slice(2);
const unknown = wanted.find((each) => !Object.hasOwn(parts, each));
if (unknown !== undefined) {
  console.error(`no part "${unknown}"; accepted: ${Object.keys(parts).join(', ')}`);
  process.exit(2);
}
try {
  for (const [name, part] of Object.entries(parts))
    if (wanted.length === 0 || wanted.includes(name)) await part();
} finally {
  if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
}
