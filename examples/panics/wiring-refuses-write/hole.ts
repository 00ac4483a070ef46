/**
 * A write to memory that the user has wired, or is wiring, is refused if it was mapped copy on write, though it may
 * be the copy already.
 */

/** Is an access refused to an entry? Locks: the map's lock, shared. Does not sleep. */
export function vm_map_lookup_refuses(entry: vm_map_entry, fault_typea: int, prot: int): boolean {
  const fault_type: int = fault_typea & VM_PROT_ALL;
  if ((fault_type & prot) !== fault_type) return true;
  return (
    (entry.eflags & MAP_ENTRY_USER_WIRED) !== 0 &&
    (entry.eflags & MAP_ENTRY_COW) !== 0 &&
    (fault_type & VM_PROT_WRITE) !== 0 &&
    (fault_typea & VM_PROT_OVERRIDE_WRITE) === 0
  );
}

/** As the kernel's, with the test above in a function of its own. Locks: as the kernel's. May sleep. */
export function* vm_map_lookup(
  mapp: ptr<vm_map>,
  vaddr: vm_offset_t,
  fault_typea: int,
  out_entry: ptr<vm_map_entry>,
  objectp: ptr<vm_object>,
  pindex: ptr<vm_pindex_t>,
  out_prot: ptr<u32>,
  wired: ptr<int>,
): Sleeps<int> {
  vm_assert();
  for (;;) {
    const map = mapp[0];
    yield* vm_map_lock_read(map);
    if (!vm_map_lookup_entry(map, vaddr, out_entry)) {
      vm_map_unlock_read(map);
      return KERN_INVALID_ADDRESS;
    }
    const entry = out_entry[0];
    if ((entry.eflags & MAP_ENTRY_IS_SUB_MAP) !== 0) {
      mapp[0] = vm_map_entry_submap(entry);
      vm_map_unlock_read(map);
      continue;
    }
    let prot: int = (fault_typea & VM_PROT_OVERRIDE_WRITE) !== 0 ? entry.max_protection : entry.protection;
    let fault_type: int = fault_typea & VM_PROT_ALL;
    if (vm_map_lookup_refuses(entry, fault_typea, prot)) {
      vm_map_unlock_read(map);
      return KERN_PROTECTION_FAILURE;
    }
    wired[0] = entry.wired_count !== 0 ? 1 : 0;
    if (entry.wired_count !== 0) {
      prot = entry.protection;
      fault_type = prot;
    }
    if ((entry.eflags & MAP_ENTRY_NEEDS_COPY) !== 0) {
      if ((fault_type & VM_PROT_WRITE) !== 0) {
        if ((yield* vm_map_lock_upgrade(map)) !== 0) continue;
        if ((entry.eflags & MAP_ENTRY_NEEDS_COPY) !== 0) {
          yield* vm_object_shadow($ref(entry.object), $ref(entry.offset), atop(entry.end - entry.start));
          entry.eflags &= ~MAP_ENTRY_NEEDS_COPY;
        }
        vm_map_lock_downgrade(map);
      } else {
        prot &= ~VM_PROT_WRITE;
      }
    }
    if (entry.object === null && map.system_map === 0) {
      if ((yield* vm_map_lock_upgrade(map)) !== 0) continue;
      yield* vm_map_entry_object_create(map, entry);
      vm_map_lock_downgrade(map);
    }
    pindex[0] = OFF_TO_IDX(entry.offset + (vaddr - entry.start));
    objectp[0] = entry.object;
    out_prot[0] = prot;
    return KERN_SUCCESS;
  }
}
