/**
 * It is decided where the count falls who is the last, and he unmaps what is there.
 */

/** Locks: vm lock held or not; may be let go of meanwhile. May sleep. */
export function* vmspace_free(vm: vmspace): Sleeps<void> {
  const had = vm_owned();
  if (!had) yield* vm_lock();
  if ((yield* vmspace_unref(vm)) === 0) {
    const map: vm_map = vm.vm_map;
    yield* vm_map_lock(map);
    yield* vm_map_delete(map, vm_map_min(map), vm_map_max(map));
    vm_map_unlock(map);
    yield* pmap_release(vmspace_pmap(vm));
    zfree(vmspace_zone, $addr(vm));
  }
  if (!had) vm_unlock();
}
