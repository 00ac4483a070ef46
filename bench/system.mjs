import { performance } from 'node:perf_hooks';
import { createSystem } from '@trap12/system';

/** The kernel without the report's bug: what is measured is not how it dies. */
const LOCKING = 'vm_mtx-20010519+swaplocks+vmspace-ref';

/** A machine with the kernel as built in it. */
export function makeSystem(kernel, given = {}) {
  return createSystem(kernel, { locking: LOCKING, command: '/bin/true', ...given });
}

/**
 * Runs a system to its halt and returns what the console showed; throws if it ends otherwise.
 * @param onLine is given each line at the moment when it is complete
 */
export function runToHalt(system, onLine = () => {}, virtualSeconds = 600) {
  let text = '';
  system.machine.console.onOutput = (s) => {
    text += s;
    onLine(s);
  };
  const why = system.machine.run(virtualSeconds * 1e9);
  if (why !== 'halt') throw new Error(`the machine ended by ${why}:\n${text}`);
  return text;
}

export function secondsOf(run) {
  const start = performance.now();
  run();
  return (performance.now() - start) / 1000;
}
