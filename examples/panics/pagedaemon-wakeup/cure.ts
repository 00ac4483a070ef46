/**
 * As r327168 has it: who waits sets the flag, wakes, and goes to sleep in one section of the lock under which
 * the page daemon looks at the flag.
 */

/** As the kernel's. Locks: vm lock held, kept. Does not sleep. */
export function pagedaemon_wakeup(): void {
  vm_assert();
  if (vm_pages_needed === 0 && curproc() !== pageproc) {
    vm_pages_needed++;
    wakeup($addr($ref(vm_pages_needed)));
  }
}

/** As the kernel's. Locks: vm lock held; let go of while it sleeps. May sleep. */
export function* vm_wait(): Sleeps {
  vm_assert();
  if (curproc() === pageproc) {
    vm_pageout_pages_needed = 1;
    yield* vm_sleep($addr($ref(vm_pageout_pages_needed)), PSWP, 'vmwait', 0);
    return;
  }
  if (vm_pages_needed === 0) {
    vm_pages_needed = 1;
    wakeup($addr($ref(vm_pages_needed)));
  }
  yield* vm_sleep($addr($ref(cnt.v_free_count)), PVM, 'vmwait', 0);
}
