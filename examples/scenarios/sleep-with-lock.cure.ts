/** Leaves the room before it sleeps. */
function* taker(): Sleeps {
  yield* mtx_lock(guard);
  while (brought === 0) yield* msleep($addr($ref(brought)), guard, PPAUSE, 'brought', 0);
  mtx_unlock(guard);
  yield* sx_xlock(room);
  sx_xunlock(room);
}
