/**
 * A process that was asleep when it was chosen is swapped out without another look at what it does by now.
 */

/** As the kernel's, but for the second look. Locks: as the kernel's. Does not sleep (in form). */
export function* swapout(p: proc, action: int): Sleeps<boolean> {
  vm_assert();
  mtx_assert(p.p_mtx, MA_OWNED);
  p.p_vmspace.vm_swrss = vmspace_resident_count(p.p_vmspace);
  mtx_lock_spin(sched_lock);
  p.p_sflag &= ~PS_INMEM;
  p.p_sflag |= PS_SWAPPING;
  mtx_unlock_spin(sched_lock);
  PROC_UNLOCK(p);

  yield* pmap_swapout_proc(p);

  mtx_lock_spin(sched_lock);
  p.p_sflag &= ~PS_SWAPPING;
  p.p_swtime = 0;
  const wanted = p.p_stat === SRUN;
  mtx_unlock_spin(sched_lock);
  wakeup($addr($ref(p.p_sflag)));
  if (wanted) wakeup($addr(proc0));
  return true;
}
