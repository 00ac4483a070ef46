/**
 * The first one who comes makes the table. It says so before it has.
 *
 * Lesson: a flag that stands for data is set after the data, and both under one lock.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [
    { run: visitor, name: 'visitor 1' },
    { run: visitor, name: 'visitor 2' },
  ],
});

let guard: embed<mtx>;
let made: int = 0;
let table: u32 = 0;

function setup(): void {
  mtx_init(guard, 'guard', MTX_DEF);
}

function* visitor(): Sleeps {
  yield* mtx_lock(guard);
  const first = made === 0;
  made = 1;
  mtx_unlock(guard);
  if (first) table = yield* malloc(64, M_TEMP, M_WAITOK);
  $st32(table, 1);
}
