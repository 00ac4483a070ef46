/**
 * The last one to let go of an address space takes it that exit has unmapped what was in it. But exit did so only
 * if it saw no other reference, and the count falls later.
 */

/** As the kernel's, but that it unmaps nothing. Locks: vm lock held or not; may be let go of. May sleep. */
export function* vmspace_free(vm: vmspace): Sleeps<void> {
  const had = vm_owned();
  if (!had) yield* vm_lock();
  if ((yield* vmspace_unref(vm)) === 0) {
    yield* pmap_release(vmspace_pmap(vm));
    zfree(vmspace_zone, $addr(vm));
  }
  if (!had) vm_unlock();
}
