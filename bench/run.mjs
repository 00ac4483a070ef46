/**
 * Measures trap12 and prints medians, spread and ratios; writes bench/out/bench.json.
 * usage: node bench/run.mjs [--budget SECONDS]   (for the searches of `reproduce`, all together; 120)
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { loadKernel } from '@trap12/system/node.js';
import { coreSeconds } from './core.mjs';
import { explored } from './explored.mjs';
import { faults } from './faults.mjs';
import { traceRatios } from './trace.mjs';
import { forms } from './forms.mjs';
import { gdbPackets } from './gdb.mjs';
import { reproduceSeconds } from './reproduce.mjs';
import { schedules } from './schedules.mjs';
import { short, stats } from './stats.mjs';
import { makeSystem, runToHalt, secondsOf } from './system.mjs';

const BOOTS = 15;
const DD_RUNS = 9;
const DD = 'dd if=/dev/zero of=/dev/null bs=52m count=1';
const flag = process.argv.indexOf('--budget');
const budget = flag < 0 ? 120 : Number(process.argv[flag + 1]);
if (!(budget >= 0)) {
  console.error('usage: node bench/run.mjs [--budget SECONDS]');
  process.exit(2);
}

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const result = {
  schema: 1,
  machine: {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    os: `${process.platform} ${process.arch}`,
    node: process.version,
  },
  measurements: {},
  notes: [],
};

function row(key, title, unit, samples, goal) {
  const s = stats(samples);
  result.measurements[key] = { title, unit, goal, ...s };
  const spread = s.n > 1 ? `${short(s.q1)} .. ${short(s.q3)} (${short(s.min)} .. ${short(s.max)})` : '';
  console.log(
    `${title.padEnd(46)} ${short(s.median).padStart(7)} ${unit.padEnd(4)} ${spread.padEnd(38)} ${goal}`,
  );
  return s;
}

function note(text) {
  result.notes.push(text);
  console.log(`  note: ${text}`);
}

const { machine } = result;
console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.os}, Node ${machine.node}`);
console.log(`${'what'.padEnd(46)} ${'median'.padStart(7)}      ${'quartiles (range)'.padEnd(38)} goal`);

const kernel = await loadKernel();

const { ours, theirs } = faults(kernel);
const fault = row('faults', 'zero-fill faults, whole path', '/s', ours, '');
if (theirs.length > 0) {
  const host = row('hostFaults', "the host kernel's own", '/s', theirs, '');
  result.measurements.faultRatio = {
    title: 'ratio',
    unit: '',
    goal: '>= 0.8',
    median: fault.median / host.median,
  };
  console.log(
    `${'ratio'.padEnd(46)} ${(fault.median / host.median).toFixed(2).padStart(7)}${' '.repeat(45)}>= 0.8`,
  );
} else note('no C compiler (cc): the host kernel was not measured');

const boot = () => secondsOf(() => runToHalt(makeSystem(kernel)));
boot();
row(
  'boots',
  'boots, power-on to halt',
  '/s',
  Array.from({ length: BOOTS }, () => 1 / boot()),
  '',
);

const dd = () => secondsOf(() => runToHalt(makeSystem(kernel, { command: DD })));
row('dd', 'dd bs=52m count=1 on 64M, boot and halt', 's', Array.from({ length: DD_RUNS }, dd), '< 1');

const { samples, turns, switches, decisions } = await schedules();
row('schedules', 'schedules of 3 threads, 200 lock/unlock steps', '/s', samples, '>= 30k');
Object.assign(result.measurements.schedules, { turns, switches, decisions });
note(
  `of which each had ${turns.toFixed(1)} turns, ${switches.toFixed(1)} of them of another thread, and ${decisions.toFixed(1)} decisions`,
);

const form = await forms();
row('checked', 'checked form of the kernel / fast, nobody asking', '', form.checked, '< 3');
row('observed', 'the same with an observer of each access / fast', '', form.observed, '< 5');
row('races', 'the checked form with the race detectors / checked', '', form.races, '< 3');
row('back', `one step back, after ${short(form.steps / 1e6)} million`, 's', form.back, '< 0.1');
row('lastWrite', 'search of all of them for the store to a word', 's', [form.search], '< 5');

const traced = traceRatios(kernel);
row('trace', 'a run that is traced for Perfetto / not traced', '', [traced.perfetto], '< 2');
row('profile', 'the same for speedscope', '', [traced.speedscope], '');

const core = coreSeconds(kernel);
row('core', 'ELF core of a panicked 64M machine', 's', core.writing, '< 1');
if (core.opening.length > 0) row('gdb', 'gdb opens it, backtrace', 's', core.opening, '< 2');
else note('no gdb: the opening of a core was not measured');
row('gdbPackets', 'gdbserver: packets answered, one at a time', '/s', await gdbPackets(), '>= 2k');
const tries = explored();
for (const [key, title] of [
  ['triesRandom', 'explore: tries of 3 threads, a random walk'],
  ['triesBounded', 'explore: the same, every schedule in order'],
])
  row(key, title, '/s', tries[key].samples, key === 'triesRandom' ? '>= 3k' : '');
note(
  `each try of explore is put back to its beginning, runs 3 threads of 2 lock sections to their end and has ${tries.triesRandom.decisions.toFixed(0)} decisions`,
);

const rss = Number(execFileSync(process.execPath, [here('rss.mjs')], { encoding: 'utf8' }));
row('rss', 'peak resident memory, 64M machine', 'MB', [rss / 1e6], '< 300');

const search = await reproduceSeconds(kernel, budget);
if (search.found.length > 0) row('reproduce', 'reproduce to the panic', 's', search.found, '< 10');
if (search.found.length < search.wanted)
  note(
    `reproduce: ${search.found.length} of ${search.begun} searches found the panic (${search.runs} runs; budget ${budget} s for ${search.wanted} searches)`,
  );

mkdirSync(here('out'), { recursive: true });
writeFileSync(here('out/bench.json'), `${JSON.stringify(result, null, 2)}\n`);
console.log('written: bench/out/bench.json');

if (existsSync(here('report.mjs')))
  execFileSync(process.execPath, [here('report.mjs')], { stdio: 'inherit' });
