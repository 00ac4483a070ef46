/** A change for examples/scenarios/counter.ts: the counter is read before the lock is taken. */
function* add(): Sleeps {
  for (let i = 0; i < 2; i++) {
    const was = counter;
    yield* mtx_lock(guard);
    yield* interruptible();
    counter = was + 1;
    mtx_unlock(guard);
  }
}
