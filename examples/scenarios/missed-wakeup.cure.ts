/** The look and the sleep under one hold of the mutex. */
function* waiter(): Sleeps {
  yield* mtx_lock(guard);
  while (ready === 0) yield* msleep($addr($ref(ready)), guard, PPAUSE, 'ready', 0);
  mtx_unlock(guard);
}
