/**
 * First nobody may write to the page any more without a fault, which would wait for the vm lock; then it is seen
 * whether it is clean.
 */

/** Need nothing be written to have the page again? Locks: vm lock held, kept. May be interrupted. */
export function* vm_pageout_is_clean(m: vm_page): Sleeps<boolean> {
  vm_page_protect(m, VM_PROT_READ);
  if (m.dirty === 0) vm_page_test_dirty(m);
  else vm_page_dirty(m);
  yield* interruptible();
  return m.dirty === 0;
}
