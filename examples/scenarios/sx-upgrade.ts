/**
 * Two readers want to write. sx_try_upgrade() gives the lock only to one who reads alone, so each tries until the other is gone.
 *
 * Lesson: nobody waits for a lock, everybody runs, and nothing ever happens: a livelock. Two who wait for each other's reading to end
 * have to give their own up.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [
    { run: reader, name: 'reader 1' },
    { run: reader, name: 'reader 2' },
  ],
  seconds: 0.01,
});

let table: embed<sx>;
let revision: int = 0;

function setup(): void {
  sx_init(table, 'table');
}

function* reader(): Sleeps {
  yield* sx_slock(table);
  yield* interruptible();
  while (sx_try_upgrade(table) === 0) yield* interruptible();
  revision++;
  sx_xunlock(table);
}
