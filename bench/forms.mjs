/**
 * What the kernel's checked form costs beside the fast one, in processor time of the same run, and how long a way back takes.
 * Rounds are taken in turn; the ratio is of each round's own times.
 */
import { History } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { makeSystem, secondsOf } from './system.mjs';

const ROUNDS = 5;
const LOAD = { ramBytes: 32 << 20, command: 'memcheck 20m && cat /bin/sh | wc -c && memcheck 40m' };
const STEPS_BACK = 20;

function processorSeconds(f) {
  const before = process.cpuUsage();
  f();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function run(kernel, observed) {
  const system = makeSystem(kernel, LOAD);
  let sum = 0;
  const stepper = {
    step(view) {
      sum = (sum + view.address) | 0;
      return false;
    },
  };
  if (observed) system.machine.steps.askFrom(stepper, 0);
  return processorSeconds(() => {
    if (system.machine.run(600e9) !== 'halt') throw new Error('the machine did not halt');
  });
}

/** A machine with its past, at the end of the load; seconds of single steps back, and of a search through all of it for a word never written. */
function backwards(kernel) {
  const system = makeSystem(kernel, LOAD);
  const history = new History(system);
  let why = 'time';
  while (why === 'time') why = history.run(system.machine.now() + 2e7);
  const steps = history.end;
  history.goTo(Math.floor(0.9 * steps));
  history.back('step');
  const back = Array.from({ length: STEPS_BACK }, () => secondsOf(() => history.back('step')));
  const search = secondsOf(() => history.lastWrite(system.symbols.address('version'), 4));
  return { steps, back, search };
}

export async function forms() {
  const fast = await loadKernel();
  const checked = await loadKernel(undefined, 'checked');
  const ratios = { checked: [], observed: [] };
  for (let i = 0; i < ROUNDS; i++) {
    const base = run(fast, false);
    ratios.checked.push(run(checked, false) / base);
    ratios.observed.push(run(checked, true) / base);
  }
  return { ...ratios, ...backwards(checked) };
}
