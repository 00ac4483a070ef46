/**
 * Half of the cure: nobody raises the count from 0. Who comes when it is 0 gets no reference.
 */

/**
 * A reference to another process's address space, null if it has none left. Locks: takes and drops the vm
 * lock. May sleep.
 */
export function* vmspace_acquire_ref(p: proc): Sleeps<vmspace> {
  yield* vm_lock();
  let vm = p.p_vmspace;
  if (vm.vm_refcnt === 0) vm = null;
  else vm.vm_refcnt++;
  vm_unlock();
  return vm;
}

/** As the kernel's, but for the reference. Locks: as the kernel's. May sleep. */
export function* swapout_one(p: proc, action: int): Sleeps<boolean> {
  const vm = yield* vmspace_acquire_ref(p);
  if (vm === null) {
    PROC_UNLOCK(p);
    return false;
  }
  let done: boolean = false;
  yield* vm_lock();
  if (vm_map_trylock(vm.vm_map) === 0) {
    vm_map_unlock(vm.vm_map);
    done = yield* swapout(p, action);
  } else {
    PROC_UNLOCK(p);
  }
  vm_unlock();
  yield* vmspace_free(vm);
  return done;
}
