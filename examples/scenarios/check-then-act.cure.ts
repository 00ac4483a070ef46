/** Looks and takes under one hold. */
function* taker(me: u32): Sleeps {
  yield* mtx_lock(guard);
  if (owner === 0) {
    owner = me;
    taken++;
  }
  mtx_unlock(guard);
}
