/**
 * In a worker of the tests: whoever started it has gone, and nobody waits for what it does. Vitest's own end
 * reaches a worker only between two tests.
 */
if (process.connected && process.env.TRAP12_ORPHAN === undefined) {
  process.env.TRAP12_ORPHAN = String(process.pid);
  process.once('disconnect', () => process.exit(1));
}
