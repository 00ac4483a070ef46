/**
 * A buffer with room for one, two producers, two consumers, and one channel on which both kinds sleep.
 *
 * Lesson: wakeup_one() on a channel with two kinds of sleepers may wake the wrong kind. Who is woken finds nothing to do and sleeps
 * again, and the one that could have gone on never hears of it.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [
    { run: producer, name: 'producer 1' },
    { run: producer, name: 'producer 2' },
    { run: consumer, name: 'consumer 1' },
    { run: consumer, name: 'consumer 2' },
  ],
  check: check,
});

const ITEMS = 2;
let guard: embed<mtx>;
let full: int = 0;
let eaten: int = 0;

function setup(): void {
  mtx_init(guard, 'buffer', MTX_DEF);
}

function* producer(): Sleeps {
  for (let i = 0; i < ITEMS; i++) {
    yield* mtx_lock(guard);
    while (full === 1) yield* msleep($addr($ref(full)), guard, PPAUSE, 'full', 0);
    full = 1;
    wakeup_one($addr($ref(full)));
    mtx_unlock(guard);
  }
}

function* consumer(): Sleeps {
  for (let i = 0; i < ITEMS; i++) {
    yield* mtx_lock(guard);
    while (full === 0) yield* msleep($addr($ref(full)), guard, PPAUSE, 'empty', 0);
    full = 0;
    eaten++;
    wakeup_one($addr($ref(full)));
    mtx_unlock(guard);
  }
}

function check(): void {
  KASSERT(eaten === 2 * ITEMS, '%d of %d items were eaten', eaten, 2 * ITEMS);
}
