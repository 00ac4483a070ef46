/** What the parts that run inputs in a machine have in common. */
import { measureUsual, runBatch } from './machine.mjs';
import { Random } from './random.mjs';

/** Signals by which a program ends that has an error of its own. */
const FAULTS = { 4: 'SIGILL', 6: 'SIGABRT', 8: 'SIGFPE', 10: 'SIGBUS', 11: 'SIGSEGV' };

const shown = ({ argv, stdin = '', file = '' }) =>
  JSON.stringify({ argv, stdin: brief(stdin), file: brief(file) });
const brief = (x) => (typeof x === 'string' ? x : Buffer.from(x).toString('base64')).slice(0, 3000);

/** One machine for a batch: which, the seed and the batch's first input decide. */
function machineOf(r) {
  return { seed: r.word(), ncpu: r.pick([1, 1, 2, 4]), ramBytes: r.pick([10, 12, 16, 24]) << 20 };
}

/** The first of all inputs, and the last up to which the machine dies: by halves. */
async function culprit(inputs, machine) {
  let good = 0;
  let bad = inputs.length;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    const { problem } = await runBatch(inputs.slice(0, middle), machine);
    if (problem === '') good = middle;
    else bad = middle;
  }
  return bad - 1;
}

/**
 * Inputs `from` to `from + count - 1` of a part, in one machine.
 * @param make an input, of a stream of random numbers and its own number
 * @param faultsAllowed may the programs die of their own errors?
 * @param wrongEnd what is wrong with how an input's process ended, '' if nothing: of the input and wait(2)'s
 *   status, -1 if its time was over
 */
export async function runInputs(
  part,
  seed,
  from,
  count,
  make,
  faultsAllowed = () => false,
  wrongEnd = () => '',
) {
  const inputs = Array.from({ length: count }, (_, k) =>
    make(new Random(`${part} ${seed} ${from + k}`), from + k),
  );
  const machine = machineOf(new Random(`${part} ${seed} ${from} machine`));
  await measureUsual(machine.ncpu);
  const { statuses, problem, text } = await runBatch(inputs, machine);
  const failures = [];
  if (problem !== '') {
    const at = count === 1 ? 0 : await culprit(inputs, machine);
    failures.push({ at: from + at, from, what: problem, input: shown(inputs[at]) });
  }
  for (const { at, what } of faults(text))
    if (at < count && !faultsAllowed(inputs[at]))
      failures.push({ at: from + at, from, what, input: shown(inputs[at]) });
  for (const [k, status] of statuses.slice(0, count).entries()) {
    const what = wrongEnd(inputs[k], status);
    if (what !== '') failures.push({ at: from + k, from, what, input: shown(inputs[k]) });
  }
  return { failures, late: statuses.filter((s) => s < 0).length };
}

/** Programs that died of their own errors, as the kernel tells it, with the number of the input. */
function* faults(text) {
  let at = 0;
  for (const line of text.split('\n')) {
    const done = /^@(\d+) /.exec(line);
    if (done !== null) at = Number(done[1]) + 1;
    const died = /^pid \d+ \((.*)\), uid \d+: exited on signal (\d+)/.exec(line);
    if (died !== null && died[2] in FAULTS) yield { at, what: `${died[1]} ended by ${FAULTS[died[2]]}` };
  }
}
