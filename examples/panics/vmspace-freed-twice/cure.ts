/**
 * The whole cure: nobody raises the count from 0, and the address space is freed where the count falls to 0 and
 * nowhere else. A process that has exited keeps its reference until its parent comes.
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

/** As the kernel's: the reference stays. Locks: Giant; takes and drops the vm lock. May sleep. */
export function* exit_vmspace(p: proc): Sleeps {
  const vm = p.p_vmspace;
  const had = vm_owned();
  if (!had) yield* vm_lock();
  if (vm.vm_refcnt === 1) {
    pmap_remove_pages(vm.vm_pmap, VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
    yield* vm_map_remove(vm.vm_map, VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  }
  if (!had) vm_unlock();
}

/** As the kernel's. Locks: takes and drops the vm lock. May sleep. */
export function* cpu_wait(p: proc): Sleeps {
  const had = vm_owned();
  if (!had) yield* vm_lock();
  yield* pmap_dispose_proc(p);
  yield* vmspace_free(p.p_vmspace);
  if (!had) vm_unlock();
}
