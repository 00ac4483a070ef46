/**
 * Inputs by chance for everything that reads something: no kernel may panic, no program die of an error of
 * its own, no reader of the host throw what is not its own error, nothing hang (docs/holding.md). usage: node
 * tools/fuzz.mjs [--seconds S] [--inputs N] [--seed N] [--only PART] [--at K [--from K]]
 *   --seconds S   stop after so many seconds of the host, of which each part has the same share (none: no
 *                 limit)
 *   --inputs N    of all parts together (10000), each by its weight unless there is a limit of seconds
 *   --seed N      which inputs (1)
 *   --only PART   of this part only                      --at K     this input only (with --only)
 *   --from K      with --at: those from K on before it, in the same machine
 * Inputs are drawn from the seed, the part and their number: the same build has the same ones. Status 1 if
 * one of them failed, 2 for wrong usage.
 */
import { parseArgs } from 'node:util';
import { PARTS } from './fuzz/parts.mjs';
import { byInputs, byTime, leftOut } from './fuzz/shares.mjs';

const NAMES = PARTS.map(({ name }) => name);

function usage(message) {
  console.error(`fuzz: ${message.replace(/\s+/g, ' ')}`);
  process.exit(2);
}

function options() {
  const text = (fallback) => ({ type: 'string', default: fallback });
  try {
    return parseArgs({
      options: {
        seconds: { type: 'string' },
        inputs: text('10000'),
        seed: text('1'),
        only: text(''),
        at: text('-1'),
        from: text('-1'),
      },
    }).values;
  } catch (error) {
    return usage(error.message);
  }
}

const values = options();
const number = (name, low) => {
  const n = Number(values[name]);
  if (!Number.isFinite(n) || n < low)
    usage(`--${name} ${JSON.stringify(values[name])}; accepted: numbers from ${low} on`);
  return Math.floor(n);
};
const [seconds, inputs, seed, at, from] = [
  values.seconds === undefined ? Infinity : number('seconds', 1),
  number('inputs', 1),
  number('seed', 0),
  number('at', -1),
  number('from', -1),
];
if (values.only !== '' && !NAMES.includes(values.only))
  usage(`no part "${values.only}"; accepted: ${NAMES.join(', ')}`);
if (at >= 0 && values.only === '') usage('--at wants --only PART');
const chosen = PARTS.filter(({ name }) => values.only === '' || name === values.only);

/** Ctrl-C ends it after what is under way, with the table. */
let stopped = false;
process.once('SIGINT', () => {
  stopped = true;
});

const total = (parts, field) => parts.reduce((sum, part) => sum + part[field], 0);

/** A command that shows a failure again. */
const replay = (part, failure) =>
  `npm run fuzz -- --only ${part} --seed ${seed}${failure.from < failure.at ? ` --from ${failure.from}` : ''} --at ${failure.at}`;

function table(counts) {
  console.log('| part | inputs | failed | cut off | seconds |\n| --- | --- | --- | --- | --- |');
  const row = (name, { done, failed, late, took }) =>
    console.log(`| ${name} | ${done} | ${failed} | ${late} | ${(took / 1000).toFixed(0)} |`);
  for (const { part, ...count } of counts) row(part.name, count);
  row('all', {
    done: total(counts, 'done'),
    failed: total(counts, 'failed'),
    late: total(counts, 'late'),
    took: total(counts, 'took'),
  });
}

async function batch(count, first, many) {
  const { part } = count;
  const began = performance.now();
  const { failures, late } = await part.run(seed, first, many);
  count.took += performance.now() - began;
  count.done += many;
  count.failed += failures.length;
  count.late += late;
  for (const failure of failures)
    console.log(
      `WRONG ${part.name} ${failure.at}: ${failure.what}\n    ${failure.input}\n    ${replay(part.name, failure)}`,
    );
}

async function all(counts) {
  const until = performance.now() + seconds * 1000;
  for (let done = 0; done < inputs && performance.now() < until && !stopped; ) {
    const left = inputs - done;
    const { count, many } =
      seconds === Infinity ? byInputs(counts, left) : byTime(counts, left, until - performance.now());
    await batch(count, count.done, many);
    done += many;
  }
}

const counts = chosen.map((part) => ({ part, done: 0, failed: 0, late: 0, took: 0 }));
if (at >= 0) {
  const first = from >= 0 ? Math.min(from, at) : at;
  await batch(counts[0], first, at - first + 1);
} else {
  await all(counts);
}
table(counts);
const missing = leftOut(counts);
if (missing !== undefined) console.log(missing);
process.exitCode = total(counts, 'failed') > 0 ? 1 : 0;
