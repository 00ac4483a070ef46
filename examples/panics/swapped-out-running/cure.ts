/**
 * Whether the process sleeps is looked at again where it is taken out of memory, under sched_lock, under which
 * it would wake up.
 */

/** Locks: p.p_mtx and vm lock held; p.p_mtx is dropped, vm lock kept. Does not sleep (in form). */
export function* swapout(p: proc, action: int): Sleeps<boolean> {
  vm_assert();
  mtx_assert(p.p_mtx, MA_OWNED);
  p.p_vmspace.vm_swrss = vmspace_resident_count(p.p_vmspace);
  mtx_lock_spin(sched_lock);
  if (p.p_lock !== 0 || !swapout_idle(p, action)) {
    mtx_unlock_spin(sched_lock);
    PROC_UNLOCK(p);
    return false;
  }
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
