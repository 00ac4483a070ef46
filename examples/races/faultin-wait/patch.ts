/**
 * Brings a process into memory and, if it can run, onto a run queue. It stays there (p_lock) at least until
 * it has been made runnable. Locks: p.p_mtx held; let go of meanwhile; vm lock not held. May sleep.
 */
export function* faultin(p: proc): Sleeps {
  mtx_assert(p.p_mtx, MA_OWNED);
  /* planted: a swapout that is under way is not waited for */
  mtx_lock_spin(sched_lock);
  if ((p.p_sflag & PS_INMEM) !== 0) {
    mtx_unlock_spin(sched_lock);
    return;
  }
  p.p_sflag |= PS_SWAPPING;
  mtx_unlock_spin(sched_lock);
  p.p_lock++;
  PROC_UNLOCK(p);

  yield* vm_lock();
  yield* pmap_swapin_proc(p);
  vm_unlock();

  yield* PROC_LOCK(p);
  mtx_lock_spin(sched_lock);
  p.p_sflag &= ~(PS_SWAPPING | PS_SWAPINREQ);
  p.p_sflag |= PS_INMEM;
  p.p_swtime = 0;
  if (p.p_stat === SRUN) setrunqueue(p);
  mtx_unlock_spin(sched_lock);
  p.p_lock--;
  wakeup($addr($ref(p.p_sflag)));
}
