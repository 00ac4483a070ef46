/** Producers and consumers sleep on channels of their own: full and eaten. */
function* producer(): Sleeps {
  for (let i = 0; i < ITEMS; i++) {
    yield* mtx_lock(guard);
    while (full === 1) yield* msleep($addr($ref(eaten)), guard, PPAUSE, 'full', 0);
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
    wakeup_one($addr($ref(eaten)));
    mtx_unlock(guard);
  }
}
