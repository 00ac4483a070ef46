/** Gets the lock on the object before it gives that of the list back (LK_INTERLOCK). */
function* user(): Sleeps {
  yield* mtx_lock(list);
  if (listed === 0) {
    mtx_unlock(list);
    return;
  }
  yield* lockmgr(object, LK_SHARED | LK_INTERLOCK, list, curproc());
  KASSERT(alive !== 0, 'the object is used after its end');
  yield* lockmgr(object, LK_RELEASE, null, curproc());
}
