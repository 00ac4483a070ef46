/**
 * Do the tests notice when the kernel is wrong? Tries single changes that make it wrong
 * (tools/mutants/*.mjs), one at a time, against the unit tests of the part, then the loads, then the tests
 * that boot it; each until the first that notices. usage: node tools/mutants.mjs [--sample N] [--only TEXT]
 * [--again] [--fast] [--seconds S] [--patience S] [--results FILE] [--table]
 *   --sample N   the first N of a fixed shuffle          --only TEXT  those whose file, function or id has the text;
 *                                                       may be repeated
 *   --again      those once more that nobody noticed     --fast       without the tests that boot a kernel
 *   --seconds S  stop after so many seconds              --table      no trial: what the results say
 *   --patience S what has not ended by then hangs where nothing can interrupt it (300 s of the host; more on one
 *                that has much else to do)
 * Results go to FILE (mutants/results.jsonl), a line each; a run goes on where the last one was left. Ends
 * with status 1 if the kernel without a change does not pass, and, without --table, if a mutant that is none
 * of those known to survive was not noticed.
 */
import { fork } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MUTANTS, shuffled } from './mutants/list.mjs';

const { values } = parseArgs({
  options: {
    sample: { type: 'string', default: String(MUTANTS.length) },
    only: { type: 'string', multiple: true, default: [''] },
    again: { type: 'boolean', default: false },
    fast: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '1000000' },
    patience: { type: 'string', default: '300' },
    results: { type: 'string', default: fileURLToPath(new URL('mutants/results.jsonl', import.meta.url)) },
  },
});
const [sample, budget, patience] = [values.sample, values.seconds, values.patience].map(Number);
if (![sample, budget, patience].every((n) => Number.isSafeInteger(n) && n > 0)) {
  console.error('mutants: --sample, --seconds and --patience want a number from 1 on');
  process.exit(2);
}

/** What is known, by id: the latest line of each. */
const results = new Map();
if (existsSync(values.results))
  for (const line of readFileSync(values.results, 'utf8').split('\n'))
    if (line !== '') results.set(JSON.parse(line).id, JSON.parse(line));

let child;

/** One trial in the other process, which is ended and made anew if it takes too long. */
function attempt(mutant) {
  child ??= fork(new URL('./mutants/try.mjs', import.meta.url));
  return new Promise((resolve) => {
    const end = (outcome) => {
      clearTimeout(timer);
      child?.removeAllListeners();
      resolve(outcome);
    };
    const timer = setTimeout(() => {
      child.removeAllListeners();
      child.kill('SIGKILL');
      child = undefined;
      end({ by: 'load', what: `does not end within ${patience} s`, seconds: patience });
    }, patience * 1000);
    child.once('message', end);
    child.once('exit', (code) => {
      child = undefined;
      end({ by: 'load', what: `the machine's process died (${code})`, seconds: 0 });
    });
    child.send({ mutant, slow: !values.fast, patience });
  });
}

const place = (m) => `${m.file} ${m.fn}: ${m.wrong}`;

function table() {
  const known = MUTANTS.filter((m) => results.has(m.id)).map((m) => ({ ...m, ...results.get(m.id) }));
  const files = [...new Set(known.map((m) => m.file))];
  const count = (list, by) => list.filter((m) => m.by === by).length;
  const row = (name, list) => {
    const equal = list.filter((m) => m.by === 'nobody' && m.equivalent !== undefined).length;
    const open = count(list, 'nobody') - equal;
    const noticed = list.length - equal - open;
    const rate = list.length === equal ? 100 : Math.floor((100 * noticed) / (list.length - equal));
    console.log(
      `| ${name} | ${list.length} | ${count(list, 'unit test')} | ${count(list, 'load')} | ${count(list, 'test of the kernel')} | ${equal} | ${open} | ${rate} % |`,
    );
  };
  console.log(
    '| part | tried | by unit tests | by loads | by tests that boot | no change | nobody | noticed |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const file of files)
    row(
      `\`${file}\``,
      known.filter((m) => m.file === file),
    );
  row('all', known);
  console.log('\nNobody noticed:');
  for (const m of known)
    if (m.by === 'nobody')
      console.log(`- ${m.id} ${place(m)}${m.equivalent ? ` (no change: ${m.equivalent})` : ''}`);
}

if (values.table) {
  table();
  process.exit(0);
}

const chosen = shuffled()
  .slice(0, sample)
  .filter((m) => [m.file, m.fn, m.id].some((text) => values.only.some((only) => text.includes(only))));
// Changes that are none are noticed by nobody, which takes longest: last.
const todo = chosen
  .filter((m) => {
    const r = results.get(m.id);
    return r === undefined || (values.again && r.by === 'nobody' && m.equivalent === undefined);
  })
  .sort((a, b) => Number(a.equivalent !== undefined) - Number(b.equivalent !== undefined));
const until = performance.now() + budget * 1000;
let status = 0;

if (todo.length > 0) {
  const plain = await attempt(null);
  if (plain.by !== 'nobody') {
    console.error(`mutants: the kernel without a change does not pass: ${plain.what ?? plain.invalid}`);
    child?.kill();
    process.exit(1);
  }
  console.log(`the kernel without a change passes (${plain.seconds} s)`);
}
for (const mutant of todo) {
  if (performance.now() > until) break;
  const outcome = await attempt(mutant);
  if (outcome.invalid !== undefined) {
    console.error(`mutants: ${mutant.id} ${place(mutant)} cannot be tried: ${outcome.invalid}`);
    status = 1;
    continue;
  }
  const line = { id: mutant.id, ...outcome };
  results.set(mutant.id, line);
  appendFileSync(values.results, `${JSON.stringify(line)}\n`);
  console.log(`${mutant.id} ${outcome.by} (${outcome.seconds} s) ${place(mutant)} <- ${outcome.what ?? ''}`);
}
child?.kill();
const tried = chosen.filter((m) => results.has(m.id));
const open = tried.filter((m) => results.get(m.id).by === 'nobody' && m.equivalent === undefined);
console.log(`${tried.length} of ${chosen.length} tried, ${open.length} noticed by nobody`);
process.exitCode = status;
