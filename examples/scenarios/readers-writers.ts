/**
 * Readers share a lock and count themselves under another; a writer holds that one while it waits for the first.
 *
 * Lesson: shared holds make circles, too. The reader waits for the statistics, their holder for the readers to go.
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
let counts: embed<sx>;
let reads: int = 0;
let writes: int = 0;

function setup(): void {
  sx_init(table, 'table');
  sx_init(counts, 'statistics');
}

function* reader(): Sleeps {
  yield* sx_slock(table);
  yield* sx_xlock(counts);
  reads++;
  sx_xunlock(counts);
  sx_sunlock(table);
}

function* writer(): Sleeps {
  yield* sx_xlock(counts);
  yield* sx_xlock(table);
  writes++;
  sx_xunlock(table);
  sx_xunlock(counts);
}
