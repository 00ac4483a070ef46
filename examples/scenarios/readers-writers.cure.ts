/** The lock first, then the mutex: as readers do. */
function* writer(): Sleeps {
  yield* sx_xlock(table);
  yield* mtx_lock(counts);
  writes++;
  mtx_unlock(counts);
  sx_xunlock(table);
}
