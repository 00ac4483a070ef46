/**
 * In a worker of the tests: whoever started it has gone, and nobody waits for what it does. Vitest's own end
 * reaches a worker only between two tests. A worker runs this once a file of tests.
 */
const KNOWN = Symbol.for('trap12.orphan');

if (process.connected && globalThis[KNOWN] === undefined) {
  globalThis[KNOWN] = true;
  process.once('disconnect', () => process.exit(1));
}
