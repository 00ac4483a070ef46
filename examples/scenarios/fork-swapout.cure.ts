/** Holds the stack while it waits (in BSD p_lock, by PHOLD). */
function* forker(): Sleeps {
  yield* mtx_lock(proc_lock);
  resident = 1;
  held++;
  yield* get_page();
  KASSERT(resident !== 0, 'a stack is copied that was swapped out');
  held--;
  mtx_unlock(proc_lock);
}
