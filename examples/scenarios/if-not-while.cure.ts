/** Looks again after each wakeup. */
function* consumer(): Sleeps {
  yield* mtx_lock(guard);
  while (items === 0) yield* msleep($addr($ref(items)), guard, PPAUSE, 'items', 0);
  KASSERT(items > 0, 'a consumer found %d items', items);
  items--;
  mtx_unlock(guard);
}
