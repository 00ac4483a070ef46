/**
 * Schedules up to the first failure, by strategy, of the programs in bench/sct/programs: SCTBench as Fray has
 * it, kernel races of ConVul, and the panics of examples/panics. Prints a row for each and writes
 * bench/out/sct.json.
 * usage: node bench/sct.mjs [--seeds N] [--schedules N] [--strategies A,B] [PROGRAM...]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { PLANS } from '@trap12/explore';
import { labOf, schedulesTo, stepsOf, summary } from './sct/measure.mjs';
import { PROGRAMS } from './sct/programs.mjs';

/**
 * With so many threads a schedule takes long, so strategies other than the default get a tenth of the
 * schedules.
 */
const MANY_THREADS = 40;
const DEFAULT = 'portfolio';

function usage(problem) {
  console.error(
    `${problem}\nusage: node bench/sct.mjs [--seeds N] [--schedules N] [--strategies A,B] [PROGRAM...]`,
  );
  process.exit(2);
}

/** The others are for commands, or need the kernel's checked form. */
const FOR_THREADS = ['portfolio', 'random', 'pct', 'pos', 'surw', 'bounded', 'reduced'];

function readArguments(words) {
  const options = { seeds: 20, schedules: 10_000, strategies: FOR_THREADS, programs: [] };
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === '--seeds' || word === '--schedules') {
      const n = Number(words[++i]);
      if (!(Number.isInteger(n) && n >= 1 && n <= 1e6)) usage(`${word}: accepted: 1 to 1000000`);
      options[word.slice(2)] = n;
    } else if (word === '--strategies') options.strategies = (words[++i] ?? '').split(',');
    else if (PROGRAMS.some(({ name }) => name === word)) options.programs.push(word);
    else usage(`no program "${word}"; there are ${PROGRAMS.map(({ name }) => name).join(', ')}`);
  }
  for (const name of options.strategies)
    if (!Object.hasOwn(PLANS, name))
      usage(`no strategy "${name}"; there are ${Object.keys(PLANS).join(', ')}`);
  return options;
}

async function measure(program, { seeds, schedules, strategies }) {
  const lab = labOf(program);
  const threads = lab.threads.length;
  const row = { ...program, fails: String(program.fails), threads, steps: stepsOf(lab), strategies: {} };
  for (const name of strategies) {
    const most = name !== DEFAULT && threads > MANY_THREADS ? Math.ceil(schedules / 10) : schedules;
    // It has no chance in it: one search is as good as twenty.
    const times = name === 'bounded' ? 1 : seeds;
    const all = [];
    for (let i = 0; i < times; i++) all.push(await schedulesTo(lab, program, name, i + 1, most));
    row.strategies[name] = { ...summary(all.map((each) => each.schedules)), most };
    if (name === 'bounded') row.complete = all[0].complete;
  }
  return row;
}

function strategyText({ found, of, median, worst }) {
  if (of === 1) return median === undefined ? '-' : String(median);
  const text = `${median ?? '-'}/${worst ?? '-'}`;
  return found === of ? text : `${text} (${found})`;
}

/** With how many preemptions and fewer every schedule was tried and none failed. */
const boundText = (complete) => (complete === undefined ? '' : complete < 0 ? '-' : String(complete));

function publishedText({ published }) {
  if (published === undefined) return '';
  const one = ([median, found]) => (found === 10 ? String(median) : `${median ?? '-'} (${found})`);
  return [published.pct, published.pos, published.random].map(one).join(', ');
}

const options = readArguments(process.argv.slice(2));
const { programs, strategies, seeds } = options;
const chosen = PROGRAMS.filter(({ name }) => programs.length === 0 || programs.includes(name));
const line = (cells) => console.log(`| ${cells.join(' | ')} |`);
console.log(`Schedules up to the failure, of ${seeds} seeds: median/worst (found of ${seeds}, where not all).
bound: with so many preemptions and fewer all schedules were tried without it; -: it came before.
published: Fray, of 10: median with pct, pos, random (found of 10, where not all).
`);
const heads = ['program', 'threads', 'steps', ...strategies, 'bound', 'published'];
line(heads);
line(heads.map(() => '---'));
const rows = [];
for (const program of chosen) {
  const row = await measure(program, options);
  rows.push(row);
  const cells = strategies.map((name) => strategyText(row.strategies[name]));
  line([row.name, row.threads, row.steps, ...cells, boundText(row.complete), publishedText(row)]);
}
const out = new URL('out/', import.meta.url);
mkdirSync(out, { recursive: true });
writeFileSync(new URL('sct.json', out), `${JSON.stringify({ schema: 1, seeds, rows }, null, 2)}\n`);
if (strategies.includes(DEFAULT))
  for (const suite of new Set(rows.map((row) => row.suite))) {
    const of = rows.filter((row) => row.suite === suite);
    const all = of.filter(({ strategies: { [DEFAULT]: s } }) => s.found === s.of);
    console.log(`${suite}: ${all.length} of ${of.length} programs with every seed by the default`);
  }
