/**
 * A new page table of the kernel comes into the page directories of those as well that are about to leave the
 * processor for good: they are on zombproc already, and run on their directories until then.
 */

/** Into the directories of one list of processes. Locks: vm lock, or boot. Does not sleep. */
export function pmap_growkernel_list(first: proc, index: u32, newpde: pd_entry_t): void {
  for (let p = first; p !== null; p = LIST_NEXT(p, 'p_list')) {
    if (p.p_vmspace !== null && p.p_vmspace.vm_pmap.pm_pdir !== null)
      p.p_vmspace.vm_pmap.pm_pdir[index] = newpde;
  }
}

/** Locks: vm lock, or boot. Does not sleep. */
export function pmap_growkernel_pde(index: u32, newpde: pd_entry_t): void {
  $st32(PTD + index * 4, $int(newpde));
  pmap_growkernel_list(LIST_FIRST(allproc), index, newpde);
  pmap_growkernel_list(LIST_FIRST(zombproc), index, newpde);
  kernel_pmap.pm_pdir[index] = newpde;
}
