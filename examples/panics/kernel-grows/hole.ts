/**
 * A new page table of the kernel comes into the page directories of the processes on allproc.
 */

/** Locks: vm lock, or boot. Does not sleep. */
export function pmap_growkernel_pde(index: u32, newpde: pd_entry_t): void {
  $st32(PTD + index * 4, $int(newpde));
  for (let p = LIST_FIRST(allproc); p !== null; p = LIST_NEXT(p, 'p_list')) {
    if (p.p_vmspace !== null && p.p_vmspace.vm_pmap.pm_pdir !== null)
      p.p_vmspace.vm_pmap.pm_pdir[index] = newpde;
  }
  kernel_pmap.pm_pdir[index] = newpde;
}
