/**
 * Two consumers sleep until there is an item; a wakeup makes both run, but there is only one.
 *
 * Lesson: a wakeup is a hint. Who was woken looks again, by while and not by if: somebody else may have been faster.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [
    { run: consumer, name: 'consumer 1' },
    { run: consumer, name: 'consumer 2' },
    { run: producer },
  ],
});

let guard: embed<mtx>;
let items: int = 0;

function setup(): void {
  mtx_init(guard, 'guard', MTX_DEF);
}

function* consumer(): Sleeps {
  yield* mtx_lock(guard);
  if (items === 0) yield* msleep($addr($ref(items)), guard, PPAUSE, 'items', 0);
  KASSERT(items > 0, 'a consumer found %d items', items);
  items--;
  mtx_unlock(guard);
}

function* producer(): Sleeps {
  for (let i = 0; i < 2; i++) {
    yield* mtx_lock(guard);
    items++;
    wakeup($addr($ref(items)));
    mtx_unlock(guard);
  }
}
