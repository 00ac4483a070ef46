/** The pager takes the map's lock first, as everybody does. */
function* mover(which: u32): Sleeps {
  const own = $int(which);
  const first = own === 2 ? 0 : own;
  const second = own === 2 ? 2 : own + 1;
  yield* mtx_lock(locks[first]);
  yield* mtx_lock(locks[second]);
  mtx_unlock(locks[second]);
  mtx_unlock(locks[first]);
}
