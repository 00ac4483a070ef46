/** Gives its reading up, and takes the lock as a writer. */
function* reader(): Sleeps {
  yield* sx_slock(table);
  yield* interruptible();
  if (sx_try_upgrade(table) === 0) {
    sx_sunlock(table);
    yield* sx_xlock(table);
  }
  revision++;
  sx_xunlock(table);
}
