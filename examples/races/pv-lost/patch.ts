/**
 * Removes one mapping. True if its page-table page went with it. The caller drops the TLB entry. Locks: vm
 * lock.
 */
export function pmap_remove_pte(pmap: pmap, ptq: ptr<pt_entry_t>, va: vm_offset_t): boolean {
  const oldpte = ptq[0];
  ptq[0] = 0;
  if ((oldpte & PG_W) !== 0) pmap.pm_wired_count--;
  pmap.pm_resident_count--;
  if ((oldpte & PG_MANAGED) === 0) return pmap_unuse_pt(pmap, va, null);
  const m = PHYS_TO_VM_PAGE(oldpte & PG_FRAME);
  if ((oldpte & PG_M) !== 0 && pmap_track_modified(va)) vm_page_dirty(m);
  if ((oldpte & PG_A) !== 0) vm_page_flag_set(m, PG_REFERENCED);
  /* planted: the pv entry of the mapping stays */
  return pmap_unuse_pt(pmap, va, null);
}
