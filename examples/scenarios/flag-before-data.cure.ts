/** Others wait until it is there. */
function* visitor(): Sleeps {
  yield* mtx_lock(guard);
  if (made === 0) {
    made = 1;
    mtx_unlock(guard);
    const fresh = yield* malloc(64, M_TEMP, M_WAITOK);
    yield* mtx_lock(guard);
    table = fresh;
    wakeup($addr($ref(table)));
  }
  while (table === 0) yield* msleep($addr($ref(table)), guard, PPAUSE, 'table', 0);
  $st32(table, 1);
  mtx_unlock(guard);
}
