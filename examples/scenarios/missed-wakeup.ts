/**
 * A thread looks whether something is ready, gives the mutex back, and then goes to sleep.
 *
 * Lesson: between the look and the sleep the answer may change. The wakeup comes when nobody sleeps yet, and is gone. msleep() takes
 * the mutex along so that there is no such moment.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: waiter }, { run: starter }],
});

let guard: embed<mtx>;
let ready: int = 0;

function setup(): void {
  mtx_init(guard, 'guard', MTX_DEF);
}

function* waiter(): Sleeps {
  yield* mtx_lock(guard);
  const now = ready;
  mtx_unlock(guard);
  if (now === 0) {
    yield* mtx_lock(guard);
    yield* msleep($addr($ref(ready)), guard, PPAUSE, 'ready', 0);
    mtx_unlock(guard);
  }
}

function* starter(): Sleeps {
  yield* mtx_lock(guard);
  ready = 1;
  wakeup($addr($ref(ready)));
  mtx_unlock(guard);
}
