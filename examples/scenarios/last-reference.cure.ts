/** Who counts down to 0 learns it under the lock. */
function* drop(): Sleeps {
  yield* mtx_lock(guard);
  references--;
  const last = references === 0;
  mtx_unlock(guard);
  yield* interruptible();
  if (last) free(memory, M_TEMP);
}
