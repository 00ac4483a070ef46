/**
 * The files that the host reads. Each form: `weight`, `make()` a sample, `damage(sample, r)` what is to be
 * read, also by somebody who can compute sums, `read(damaged)`, which must read it or throw an error of
 * `errors`.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CampaignError, runCampaign, stateOf, Store } from '@trap12/campaign';
import { readCertificateText } from '@trap12/cli/certificate.js';
import { headerLines } from '@trap12/cli/savecore.js';
import { Ddb } from '@trap12/ddb';
import { coreFile, DumpError, openDump, savecore, sparseBytes } from '@trap12/dump';
import {
  CertificateError,
  certificateText,
  parseSchedule,
  ScheduleError,
  scheduleText,
  textHash,
} from '@trap12/explore';
import { parseRegime } from '@trap12/kernel';
import { decode, encode } from '@trap12/machine';
import {
  callStopped,
  createSystem,
  DEFAULT_OPTIONS,
  snapshotBytes,
  SnapshotError,
  systemFromSnapshot,
} from '@trap12/system';
import { loadKernel, readSnapshot } from '@trap12/system/node.js';
import { damagedBytes, damagedValue } from './damage.mjs';
import { damaged } from './scripts.mjs';

const SECONDS = 10;
const MB = 1 << 20;
const PIECES = [
  '"',
  '\\',
  '\n',
  '\r\n',
  ' ',
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '-1',
  '1e9',
  '99999999999999999999',
  'null',
  '#',
  '/',
  '\0',
  '\ud800',
  '0',
  ' nobody',
  'hold ',
  'end ',
  'choices ',
];

let folder;

/** A folder for files that only exist to be read. */
function place(name) {
  if (folder === undefined) {
    folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'trap12-fuzz-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  }
  return join(folder, name);
}

let kernel;
const kernelOnce = async () => {
  kernel ??= await loadKernel();
  return kernel;
};

/** A machine that has run for a while, and the options that it was made with. */
async function ran(given) {
  const options = { ...DEFAULT_OPTIONS, ramBytes: 5 * MB, swapBytes: 8 * MB, seed: 3, ...given };
  const system = createSystem(await kernelOnce(), options);
  system.machine.run(SECONDS * 1e9);
  return { system, options };
}

const machine = ({ ramBytes, ncpu, swapBytes, seed, locking, packetsPerSecond, diskErrorRate }) => ({
  ...{ ramBytes, ncpu, swapBytes, seed, locking, packetsPerSecond, diskErrorRate },
});

const SCHEDULE = {
  image: '0123456789abcdef',
  scenario: undefined,
  patches: ['a "b".ts', 'c.ts'],
  command: "echo 'x\n'",
  machine: machine(DEFAULT_OPTIONS),
  seconds: 60,
  from: 'power-on',
  choices: [
    { kind: 'run', number: 3, process: 'sh/7', own: 2, choice: 1, chosen: 'irq14:_ata0/12' },
    { kind: 'run', number: 4, process: undefined, own: 0, choice: 0, chosen: undefined },
    { kind: 'preempt', number: 9, process: 'sh/7', own: 3, choice: 1, chosen: undefined },
    { kind: 'seek', number: 1, process: undefined, own: 0, choice: 4711, chosen: undefined },
    {
      kind: 'hold',
      number: 12,
      process: 'sh/7',
      own: 9,
      choice: 1,
      chosen: undefined,
      hold: { forNs: 1000, place: 'f+0x3', nth: 1 },
    },
  ],
  ended: 'panic: x',
  endedNs: 123456789,
  hash: 'fedcba9876543210',
};

/** A schedule with damages, mostly with the sum of what it then is. */
function damagedSchedule(sample, r) {
  if (r.once(4)) return damaged(sample, r, PIECES);
  const body = sample.replace(/end .*\n$/, '');
  const lines = body.split('\n');
  const at = 1 + r.below(lines.length - 1);
  const json = /^(\w+) ([{"].*)$/.exec(lines[at]);
  const change = r.below(4);
  if (json !== null && r.once(2))
    lines[at] = `${json[1]} ${JSON.stringify(damagedValue({ v: JSON.parse(json[2]) }, r).v)}`;
  else if (change === 0) lines.splice(at, r.below(3));
  else if (change === 1) lines.splice(at, 0, lines[1 + r.below(lines.length - 1)]);
  else lines[at] = damaged(lines[at], r, PIECES);
  const whole = lines.join('\n');
  return `${whole}end ${textHash(whole)}\n`;
}

const schedule = {
  name: 'schedule',
  weight: 40,
  errors: [ScheduleError],
  make: () => scheduleText(SCHEDULE),
  damage: damagedSchedule,
  // What is read can be written, and is the same when it is read again.
  read: (text) => {
    const once = scheduleText(parseSchedule(text));
    const twice = scheduleText(parseSchedule(once));
    if (once !== twice) throw new Error('it is another schedule when it is written and read again');
  },
};

const CERTIFICATE = {
  made: 'trap12',
  title: 'panic: x',
  panic: null,
  schedule: SCHEDULE,
  scheduleText: scheduleText(SCHEDULE),
  files: SCHEDULE.patches.map((path) => ({ path, text: 'export function f(): void {}\n' })),
  cure: {
    files: [{ path: 'cure.ts', text: '' }],
    image: 'x',
    schedules: 10,
    seed: 1,
    verdict: {
      replayed: [null, 'x'],
      around: 3,
      systematic: { tries: 3, covered: null },
      sampled: { tries: 3, distinct: 2, singletons: 1 },
    },
  },
};

function damagedCertificate(sample, r) {
  if (r.once(4)) return damaged(sample, r, PIECES);
  const { sum: _, ...fields } = JSON.parse(sample);
  const body = damagedValue(fields, r);
  if (r.once(4)) body.schedule = damagedSchedule(fields.schedule, r);
  const text = JSON.stringify({ ...body, sum: textHash(JSON.stringify(body)) });
  return r.once(6) ? `<!doctype html>${text}` : text;
}

const certificate = {
  name: 'certificate',
  weight: 40,
  errors: [CertificateError],
  make: () => certificateText(CERTIFICATE),
  damage: damagedCertificate,
  read: (text) => readCertificateText(text),
};

/** A snapshot's head: what it is, and the version of its form. */
const HEAD = 12;

const snapshot = {
  name: 'snapshot',
  weight: 2,
  errors: [SnapshotError],
  async make() {
    const { system, options } = await ran({ command: 'sleep 100', ramBytes: 4 * MB });
    return snapshotBytes(system, options);
  },
  damage(sample, r) {
    if (r.once(4)) return damagedBytes(gzipSync(sample, { level: 1 }), r);
    if (r.once(2)) return gzipSync(damagedBytes(sample, r), { level: 1 });
    const value = decode(sample.subarray(HEAD));
    return gzipSync(Buffer.concat([sample.subarray(0, HEAD), encode(damagedValue(value, r))]), { level: 1 });
  },
  read(bytes) {
    const path = place('snapshot');
    writeFileSync(path, bytes);
    const { system } = systemFromSnapshot(kernel, readSnapshot(path));
    look(system.target);
  },
};

/** A few commands of the debugger: what is there may be anything, and they say what they find. */
function look(target) {
  const ddb = new Ddb(target);
  for (const line of ['t', 'show registers', 'ps', 'show msgbuf', 'show locks', 'show map kernel_map']) {
    for (const said of ddb.execute(line))
      if (said.includes('internal error')) throw new Error(`db> ${line}: ${said}`);
  }
}

/** The machine whose kernel was made to die, and has left a dump on its disk. */
async function died(minidump) {
  const { system } = await ran({
    command: 'sleep 100',
    debuggerOnPanic: false,
    ramBytes: 4 * MB,
    tunables: { do_minidump: minidump },
  });
  // A word of the kernel's own will do as the panic's.
  callStopped(system, 'panic', system.symbols.address('ostype'));
  return system;
}

/** The dump of a kernel that was made to die. */
async function dumped(minidump) {
  const { machine: dead, symbols } = await died(minidump);
  return savecore((sector) => dead.disk.sector(sector), dead.disk.sectors, symbols);
}

/** Dumps are read by `core` and `ddb`, their header by `savecore`. */
function readDump(bytes) {
  const { symbols } = shared;
  const { target } = openDump(bytes, symbols);
  look(target);
  sparseBytes(coreFile(target));
}

const shared = { symbols: undefined };

const dump = (name, weight, make) => ({
  name,
  weight,
  errors: [DumpError],
  async make() {
    shared.symbols ??= (await ran({ command: ':', ramBytes: 4 * MB })).system.symbols;
    return make();
  },
  damage: (sample, r) => damagedBytes(sample, r),
  read: readDump,
});

const dumps = [
  dump('full dump', 1, () => dumped(0)),
  dump('minidump', 2, () => dumped(1)),
  dump('core', 1, async () =>
    sparseBytes(coreFile((await ran({ command: 'sleep 100', ramBytes: 4 * MB })).system.target)),
  ),
];

const disk = {
  ...dump('disk', 2, async () => {
    const { disk: drive } = (await died(1)).machine;
    return new Uint8Array(Buffer.concat(Array.from({ length: drive.sectors }, (_, n) => drive.sector(n))));
  }),
  // The header lies at the disk's end.
  damage(sample, r) {
    if (r.once(2)) return damagedBytes(sample, r);
    const end = damagedBytes(sample.subarray(-4096), r);
    return new Uint8Array(Buffer.concat([sample.subarray(0, -4096), end]));
  },
  read(bytes) {
    const sector = (n) => {
      const out = new Uint8Array(512);
      out.set(bytes.subarray(n * 512, n * 512 + 512));
      return out;
    };
    headerLines(savecore(sector, Math.floor(bytes.length / 512), shared.symbols), shared.symbols);
  },
};

const REGIMES = [
  'giant',
  'vm_mtx-20010519+swaplocks+vmspace-ref,vm_mtx=0',
  'giant,swap_pager_locks=1,vm_daemons_giant=0',
];

const regime = {
  name: 'locking regime',
  weight: 20,
  errors: [RangeError],
  async make() {
    shared.symbols ??= (await ran({ command: ':', ramBytes: 4 * MB })).system.symbols;
    return REGIMES;
  },
  damage: (sample, r) =>
    damaged(r.pick(sample), r, [
      ',',
      '=',
      '+',
      '-',
      '0',
      '1',
      '2',
      ' ',
      'vm_mtx',
      'giant',
      '__proto__',
      'constructor',
    ]),
  read: (text) => parseRegime(text, shared.symbols),
};

const campaign = {
  name: 'campaign',
  weight: 1,
  errors: [CampaignError],
  async make() {
    const dir = place('sample');
    const { outcome, STRATEGIES, WANTED } = await import('../../packages/campaign/test/made-up.mjs');
    const store = Store.open(dir, true);
    const crew = { width: 1, run: async (task) => outcome(task) };
    const subjects = WANTED.map((each) => store.subject(each));
    await runCampaign(store, {
      crew,
      subjects,
      strategies: () => STRATEGIES,
      clock: () => 0,
      stop: () => false,
      units: 40,
    });
    store.close();
    return readFileSync(join(dir, 'campaign.db'));
  },
  damage: (sample, r) => damagedBytes(sample, r),
  read(bytes) {
    const dir = place('campaign');
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir);
    writeFileSync(join(dir, 'campaign.db'), bytes);
    const store = Store.open(dir, false);
    try {
      stateOf(store);
    } finally {
      store.close();
    }
  },
};

export const FORMS = [schedule, certificate, snapshot, ...dumps, disk, regime, campaign];
