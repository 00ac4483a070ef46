/**
 * The count of an address space falls when a process exits, and what is left is freed when its parent waits,
 * if the count is 0 then. Who refers to the address space in between raises the count from 0 to 1, and frees it
 * when he has done.
 */

/** As the kernel's, but that the count falls here. Locks: Giant; takes and drops the vm lock. May sleep. */
export function* exit_vmspace(p: proc): Sleeps {
  const vm = p.p_vmspace;
  const had = vm_owned();
  if (!had) yield* vm_lock();
  vm.vm_refcnt--;
  if (vm.vm_refcnt === 0) {
    pmap_remove_pages(vm.vm_pmap, VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
    yield* vm_map_remove(vm.vm_map, VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS);
  }
  if (!had) vm_unlock();
}

/** What exit has left of an address space that nobody refers to. Locks: vm lock held. May sleep. */
export function* vmspace_exitfree(p: proc): Sleeps {
  const vm = p.p_vmspace;
  if (vm.vm_refcnt !== 0) return;
  vm.vm_refcnt = 1;
  yield* vmspace_free(vm);
}

/** As the kernel's, but for vmspace_exitfree. Locks: takes and drops the vm lock. May sleep. */
export function* cpu_wait(p: proc): Sleeps {
  const had = vm_owned();
  if (!had) yield* vm_lock();
  yield* pmap_dispose_proc(p);
  yield* vmspace_exitfree(p);
  if (!had) vm_unlock();
}
