/** Both threads take the mutexes in the same order. */
function* ba(): Sleeps {
  yield* mtx_lock(a);
  yield* mtx_lock(b);
  mtx_unlock(b);
  mtx_unlock(a);
}
