/**
 * The page daemon is told that pages are short where the lock under which it looks is not held, as in FreeBSD
 * before r327168: who allocates gives the lock back first.
 */

/** Leaves it to vm_wait, which has no plain function around it. Locks: vm lock held, kept. Does not sleep. */
export function pagedaemon_wakeup(): void {
  vm_assert();
}

/** Sets the flag and wakes, once. Locks: none. Does not sleep. */
export function pagedaemon_tell(): void {
  if (vm_pages_needed !== 0) return;
  vm_pages_needed = 1;
  wakeup($addr($ref(vm_pages_needed)));
}

/**
 * The end of an allocation that found nothing, and the wait for more. Locks: vm lock held; let go of
 * meanwhile. May sleep.
 */
export function* vm_wait(): Sleeps {
  vm_assert();
  if (curproc() === pageproc) {
    vm_pageout_pages_needed = 1;
    yield* vm_sleep($addr($ref(vm_pageout_pages_needed)), PSWP, 'vmwait', 0);
    return;
  }
  vm_unlock();
  yield* interruptible();
  pagedaemon_tell();
  yield* vm_lock();
  /* Who sees the flag set takes it that the daemon has been woken. */
  pagedaemon_tell();
  yield* vm_sleep($addr($ref(cnt.v_free_count)), PVM, 'vmwait', 0);
}
