/**
 * What the kernel's checked form costs beside the fast one, in processor time of the same run, and how long a
 * way back takes. Rounds are taken in turn; the ratio is of each round's own times.
 */
import { RaceWatch } from '@trap12/explore';
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

/** As `explore --races` does. */
function watchRaces(system) {
  // Up to where the kernel has its page tables.
  system.machine.run(5e6);
  const watch = new RaceWatch(system);
  let mask = system.get('ktr_mask');
  for (const name of watch.classes) mask |= system.symbols.constant(name);
  system.set('ktr_mask', mask);
  system.machine.observe(watch);
}

/** @param observed 'null': by an observer that does nothing; 'races': by the race detectors */
function run(kernel, observed) {
  const system = makeSystem(kernel, LOAD);
  let sum = 0;
  const stepper = {
    step(view) {
      sum = (sum + view.address) | 0;
      return false;
    },
  };
  if (observed === 'null') system.machine.steps.askFrom(stepper, 0);
  if (observed === 'races') watchRaces(system);
  return processorSeconds(() => {
    if (system.machine.run(600e9) !== 'halt') throw new Error('the machine did not halt');
  });
}

/** Some 10^8 steps: the goal for a search is of such a run. */
const LONG = { ...LOAD, command: Array(5).fill(LOAD.command).join('; ') };

/**
 * A machine with its past, at the end of a long load; seconds of single steps back, and of a search through
 * all of it for the store to a word that nobody writes, on a page that is written all the time.
 */
function backwards(kernel) {
  const system = makeSystem(kernel, LONG);
  const history = new History(system);
  let why = 'time';
  while (why === 'time') why = history.run(system.machine.now() + 2e7);
  const steps = history.end;
  history.goTo(Math.floor(0.9 * steps));
  history.back('step');
  const back = Array.from({ length: STEPS_BACK }, () => secondsOf(() => history.back('step')));
  const search = secondsOf(() =>
    history.write('last', { address: system.symbols.address('version'), bytes: 4 }),
  );
  return { steps, back, search };
}

export async function forms() {
  const fast = await loadKernel();
  const checked = await loadKernel(undefined, 'checked');
  const ratios = { checked: [], observed: [], races: [] };
  for (let i = 0; i < ROUNDS; i++) {
    const base = run(fast);
    const alone = run(checked);
    ratios.checked.push(alone / base);
    ratios.observed.push(run(checked, 'null') / base);
    ratios.races.push(run(checked, 'races') / alone);
  }
  return { ...ratios, ...backwards(checked) };
}
