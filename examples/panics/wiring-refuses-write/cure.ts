/**
 * Only where the copy is still to be made the write is refused: it would take the place of what is wired. Wiring
 * makes it beforehand, where the user may write.
 */

/** Is an access refused to an entry? Locks: the map's lock, shared. Does not sleep. */
export function vm_map_lookup_refuses(entry: vm_map_entry, fault_typea: int, prot: int): boolean {
  const fault_type: int = fault_typea & VM_PROT_ALL;
  if ((fault_type & prot) !== fault_type) return true;
  return (
    (entry.eflags & MAP_ENTRY_USER_WIRED) !== 0 &&
    (entry.eflags & MAP_ENTRY_NEEDS_COPY) !== 0 &&
    (fault_type & VM_PROT_WRITE) !== 0 &&
    (fault_typea & VM_PROT_OVERRIDE_WRITE) === 0
  );
}
