/**
 * Handles a page fault at a page address. The map must be referenced and stays so. KERN_SUCCESS: the page is
 * in the map's pmap with at least the access asked for. fault_flags:
 *   VM_FAULT_CHANGE_WIRING  the fault wires (the entry is wired already), or unwires
 *   VM_FAULT_USER_WIRE      the same for mlock
 *   VM_FAULT_HOLD           hold the page (vm_page_hold)
 *   VM_FAULT_DIRTY          it is going to be written at once: do not wait for the modified bit
 * The body is in plain functions as far as it cannot sleep: what a sleeping function keeps across a sleep is
 * paid for at each call. Locks: V held, kept; let go while it sleeps. May sleep.
 */
export function* vm_fault1(
  map: vm_map,
  vaddr: vm_offset_t,
  fault_type: vm_prot_t,
  fault_flags: int,
): Sleeps<int> {
  const fs = $local<faultstate>();
  cnt.v_vm_faults++;
  fs.hardfault = 0;
  fs.vaddr = vaddr;
  fs.fault_flags = fault_flags;

  for (;;) {
    fs.map = map;
    fs.fault_type = fault_type;
    let result = yield* vm_map_lookup(
      $ref(fs.map),
      vaddr,
      fault_type,
      $ref(fs.entry),
      $ref(fs.first_object),
      $ref(fs.first_pindex),
      $ref(fs.prot),
      $ref(fs.wired),
    );
    if (result !== KERN_SUCCESS) {
      if (result !== KERN_PROTECTION_FAILURE) return result;
      if ((fault_flags & VM_FAULT_WIRE_MASK) !== VM_FAULT_USER_WIRE) return result;
      result = yield* vm_fault_lookup_wire(fs, map);
      if (result !== KERN_SUCCESS) return result;
    }
    if ((fs.entry.eflags & MAP_ENTRY_NOFAULT) !== 0) {
      panic('vm_fault: fault on nofault entry, addr: %lx', vaddr);
    }

    vm_object_reference(fs.first_object);
    fs.first_object.paging_in_progress++;

    vm_fault_start(fs);
    result = vm_fault_walk(fs, true);
    if (result !== VF_FOUND) {
      result = yield* vm_fault_wait(fs, result);
      if (result === VF_RETRY) continue;
      if (result !== VF_FOUND) return result;
    }
    if (fs.object !== fs.first_object) vm_fault_private(fs);
    /* planted: whether the map has changed meanwhile is not looked at */
    vm_fault_settle(fs);
    if (pmap_enter(fs.map.pmap, vaddr, fs.m, fs.prot, fs.wired !== 0)) break;
    release_page(fs);
    result = yield* vm_fault_wait(fs, VF_NOMEM);
    if (result !== VF_RETRY) return result;
  }

  /* A reader will want the neighbours. */
  if ((fault_type & VM_PROT_WRITE) === 0 && (fault_flags & VM_FAULT_WIRE_MASK) === 0 && fs.wired === 0) {
    pmap_prefault(fs.map.pmap, vaddr, fs.entry);
  }
  unlock_things(fs);
  vm_fault_finish(fs);
  if (!vm_object_drop(fs.first_object)) yield* vm_object_deallocate(fs.first_object);
  return KERN_SUCCESS;
}
