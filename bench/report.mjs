import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseReport, triageReport } from '../packages/report/dist/index.js';

/** The goal for texts of 4 KB on one core. */
const GOAL_PER_SECOND = 5000;
const TEXT_BYTES = 4096;
const SIZES_MB = [1, 4, 16, 64];

/** The example, filled up to 4 KB with lines as they stand around a panic in a message buffer. */
function text4k() {
  const example = readFileSync(new URL('../examples/vmdaemon-2001.txt', import.meta.url), 'utf8');
  const noise = 'ad0: 9787MB disk at ata0-master using UDMA33, as it stands in the message buffer\n';
  return (example + noise.repeat(Math.ceil(TEXT_BYTES / noise.length))).slice(0, TEXT_BYTES);
}

/**
 * The peer: a scanner as crash collectors have it, which goes over the lines with a list of regular
 * expressions and keeps the line and the groups of the first that fits. It undoes no damage, assigns nothing
 * and derives nothing.
 */
const PATTERNS = [
  /^Fatal trap (\d+): (.+) while in (kernel|user) mode/,
  /^panic: (.+)/,
  /^([\w ]+?)\s*= (0x[0-9a-f]+)(?::(0x[0-9a-f]+))?/,
  /^fault code\s*= (supervisor|user) (read|write)(?: data| instruction)?, (.+)/,
  /^current process\s*= (\d+) \((.+)\)/,
  /^Stopped at\s+(\w+)\+(0x[0-9a-f]+):\s*(.*)/,
  /^(\w+)\(([^)]*)\) at (?:\w+:)?(\w+)\+(0x[0-9a-f]+)/,
  /^#(\d+)\s+(0x[0-9a-f]+) (?:at|in) (\w+)/,
  /^--- (trap|interrupt|syscall)\b(.*)---/,
  /^((?:r|e)?[a-d]x|[er]?(?:[sb]p|[sd]i|ip)|[c-gs]s|r\d+)\s+(0x[0-9a-f]+)/,
  /^uvm_fault\((\S+), (\S+),/,
  /^lock order reversal/,
  /^(?:exclusive|shared) (\w+) (.+) r = (\d+)/,
  /^(?:Free|Open|Net)BSD (\S+)/,
  /^db(?:\{\d+\})?> ?(.*)/,
];

function scan(text) {
  const found = [];
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    for (const pattern of PATTERNS) {
      const m = pattern.exec(line);
      if (m === null) continue;
      found.push({ line, groups: m.slice(1) });
      break;
    }
  }
  return found;
}

/**
 * Seconds of CPU time (all threads of the process, the collector's and the compiler's too) and of the wall
 * clock: other processes take from the second and not from the first.
 */
function seconds(work) {
  const wall = performance.now();
  const start = process.cpuUsage();
  work();
  const used = process.cpuUsage(start);
  return { cpu: (used.user + used.system) / 1e6, wall: (performance.now() - wall) / 1000 };
}

/** Texts of 4 KB a second by either clock, each the best of five rounds after warming up. */
function textsPerSecond(text, work) {
  const round = (count) => {
    for (let i = 0; i < count; i++) work(text);
  };
  round(1500);
  const best = { cpu: 0, wall: 0 };
  for (let n = 0; n < 5; n++) {
    const took = seconds(() => round(1500));
    best.cpu = Math.max(best.cpu, 1500 / took.cpu);
    best.wall = Math.max(best.wall, 1500 / took.wall);
  }
  return best;
}

/**
 * Rows for `npm run bench`: throughput, and the time a megabyte takes in texts of four sizes (linear: the
 * same).
 */
export async function bench() {
  const text = text4k();
  const perSecond = textsPerSecond(text, parseReport);
  const sorted = textsPerSecond(text, triageReport);
  const peer = textsPerSecond(text, scan);
  const rows = [
    {
      name: 'report: texts of 4 KB, parsed with all derivations',
      value: Math.round(perSecond.cpu),
      unit: 'texts/s of CPU time',
      peer: `goal ${GOAL_PER_SECOND}`,
      ratio: perSecond.cpu / GOAL_PER_SECOND,
    },
    {
      name: 'report: the same by the wall clock',
      value: Math.round(perSecond.wall),
      unit: 'texts/s',
      peer: `goal ${GOAL_PER_SECOND}`,
      ratio: perSecond.wall / GOAL_PER_SECOND,
    },
  ];
  rows.push({
    name: 'report: of the same only title, buckets, system (triage)',
    value: Math.round(sorted.cpu),
    unit: 'texts/s of CPU time',
    peer: `goal ${GOAL_PER_SECOND}`,
    ratio: sorted.cpu / GOAL_PER_SECOND,
  });
  rows.push({
    name: 'report: the whole against a scan by regular expressions',
    value: Math.round(perSecond.cpu),
    unit: 'texts/s of CPU time',
    peer: `scan ${Math.round(peer.cpu)}`,
    ratio: perSecond.cpu / peer.cpu,
  });
  let first = 0;
  for (const size of SIZES_MB) {
    const large = text.repeat((size * 1024 * 1024) / TEXT_BYTES);
    const { cpu } = seconds(() => parseReport(large));
    const perMb = (cpu / size) * 1000;
    if (first === 0) first = perMb;
    rows.push({
      name: `report: one text of ${size} MB (${cpu.toFixed(2)} s of CPU time)`,
      value: Number(perMb.toFixed(1)),
      unit: 'ms/MB',
      peer: `at ${SIZES_MB[0]} MB`,
      ratio: perMb / first,
    });
  }
  return rows;
}

/**
 * `node bench/report.mjs`, which is also how bench/run.mjs runs it: in a process of its own, one row a line.
 */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const row of await bench())
    console.log(
      `${row.name.padEnd(58)} ${String(row.value).padStart(6)} ${row.unit} (${row.peer}: ${row.ratio.toFixed(2)})`,
    );
}
