/**
 * Readers share a lock and count themselves under a mutex; a writer holds the mutex while it waits for the lock.
 *
 * Lesson: shared holds make circles, too. The reader waits for the mutex, its owner for the readers to go.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [
    { run: reader, name: 'reader 1' },
    { run: reader, name: 'reader 2' },
    { run: writer },
  ],
});

let table: embed<sx>;
let counts: embed<mtx>;
let reads: int = 0;
let writes: int = 0;

function setup(): void {
  sx_init(table, 'table');
  mtx_init(counts, 'statistics', MTX_DEF | MTX_SLEEPABLE);
}

function* reader(): Sleeps {
  yield* sx_slock(table);
  yield* mtx_lock(counts);
  reads++;
  mtx_unlock(counts);
  sx_sunlock(table);
}

function* writer(): Sleeps {
  yield* mtx_lock(counts);
  yield* sx_xlock(table);
  writes++;
  sx_xunlock(table);
  mtx_unlock(counts);
}
