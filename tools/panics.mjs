/**
 * The panics of examples/panics (docs/panics.md): is each found by every seed, what does it come to when it
 * is made small, and does its cure survive?
 * usage: node tools/panics.mjs [--seeds N] [--schedules N] [NAME...]
 *   --seeds      searches of each, 20 by default, each of up to 10,000 schedules
 *   --schedules  schedules that each cure has to survive, 3000 by default
 * Prints a row for each. Exit code 1: one was not found by a seed, or a cure has not survived.
 */
import { fileURLToPath } from 'node:url';
import { DEFAULT_PLAN, Lab, planNamed, search, shrink, verify } from '@trap12/explore';
import { compileScenario } from '@trap12/system/compile-kernel.js';
import { labOf, schedulesTo, summary } from '../bench/sct/measure.mjs';
import { PROGRAMS } from '../bench/sct/programs.mjs';

const PANICS = PROGRAMS.filter(({ suite }) => suite === 'panics');
const MOST = 10_000;
const host = { turn: async () => {}, clock: () => 0 };

function usage(problem) {
  console.error(`${problem}\nusage: node tools/panics.mjs [--seeds N] [--schedules N] [NAME...]`);
  process.exit(2);
}

function readArguments(words) {
  const options = { seeds: 20, schedules: 3000, names: [] };
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === '--seeds' || word === '--schedules') {
      const n = Number(words[++i]);
      if (!(Number.isInteger(n) && n >= 1 && n <= 1e6)) usage(`${word}: accepted: 1 to 1000000`);
      options[word.slice(2)] = n;
    } else if (PANICS.some(({ name }) => name === word)) options.names.push(word);
    else usage(`no panic "${word}"; there are ${PANICS.map(({ name }) => name).join(', ')}`);
  }
  return options;
}

/** The lab of a panic with its cure in it. */
function curedLab({ folder }) {
  const path = (file) => fileURLToPath(new URL(`../bench/sct/${folder}${file}`, import.meta.url));
  const { kernel, scenario } = compileScenario(path('scenario.ts'), [path('hole.ts'), path('cure.ts')]);
  return new Lab({ kernel, scenario, options: {}, seconds: scenario.seconds, from: 'start' });
}

/** What the first seed finds, made small, and the schedule of it as far as `verify` needs it. */
async function smallest(lab) {
  const options = { plan: planNamed(DEFAULT_PLAN), seed: 1, schedules: MOST, host };
  const { found } = await search(lab, options);
  if (found === undefined) return undefined;
  const { examined } = await shrink(lab, found, { stop: () => false, turn: host.turn });
  return { ...examined, ended: examined.failure.signature };
}

function coverage({ failed, systematic, sampled }) {
  if (failed !== undefined) return `fails: ${failed.failure.title}`;
  const chance = sampled === undefined ? '' : `; ${sampled.tries} by chance`;
  return `${systematic.covered ?? `${systematic.tries} schedules`}${chance}`;
}

const { seeds, schedules, names } = readArguments(process.argv.slice(2));
const chosen = PANICS.filter(({ name }) => names.length === 0 || names.includes(name));
const line = (cells) => console.log(`| ${cells.join(' | ')} |`);
const heads = ['panic', `found of ${seeds}`, 'median/worst', 'choices', 'dies of', 'with the cure'];
line(heads);
line(heads.map(() => '---'));
let bad = false;
for (const program of chosen) {
  const lab = labOf(program);
  const all = [];
  for (let seed = 1; seed <= seeds; seed++)
    all.push((await schedulesTo(lab, program, DEFAULT_PLAN, seed, MOST)).schedules);
  const { found, of, median, worst } = summary(all);
  const small = await smallest(lab);
  const verdict =
    small === undefined ? undefined : await verify(curedLab(program), [small], { schedules, seed: 1, host });
  if (found < of || verdict === undefined || verdict.failed !== undefined) bad = true;
  line([
    ...[program.name, found, `${median ?? '-'}/${worst ?? '-'}`],
    ...(small === undefined
      ? ['-', '-', '-']
      : [small.choices.length, small.failure.title, coverage(verdict)]),
  ]);
}
process.exitCode = bad ? 1 : 0;
